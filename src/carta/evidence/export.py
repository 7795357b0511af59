"""The evidence base as tables: CSV, JSON, Parquet, and one SQLite file, with a data dictionary."""

from __future__ import annotations

import csv
import hashlib
import io
import json
import sqlite3
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from carta.evidence.base import Evidence
from carta.evidence.formatting import format_fact
from carta.evidence.loading import schemas
from carta.evidence.records import (
    Claim,
    Fact,
    FieldChange,
    Measurement,
    Parameter,
    Patient,
    Product,
    Study,
    Trial,
)
from carta.files import write_bytes_atomically, write_text_atomically

Row = dict[str, Any]


@dataclass(frozen=True)
class Column:
    """A column of an exported table: its SQL type and what it holds."""

    name: str
    type: str
    meaning: str


@dataclass(frozen=True)
class Table:
    """An exported table. Every row has every column; what is not known is null."""

    name: str
    meaning: str
    columns: Sequence[Column]
    rows: Sequence[Row]


def _meaning(model: type[BaseModel], name: str) -> str:
    field = model.model_fields.get(name)
    return (field.description or "").strip() if field else ""


def _columns(described: Sequence[tuple[str, str, str]]) -> list[Column]:
    return [Column(*entry) for entry in described]


def _joined(values: Sequence[str]) -> str | None:
    return "; ".join(values) or None


def _pair(interval: tuple[float, float] | None) -> tuple[float | None, float | None]:
    return interval if interval is not None else (None, None)


def _from_model(
    model: type[BaseModel], names: Sequence[tuple[str, str]], extra: Mapping[str, str]
) -> list[Column]:
    return _columns(
        [
            (name, kind, _meaning(model, name) or extra.get(name, name.replace("_", " ")))
            for name, kind in names
        ]
    )


def tables(evidence: Evidence, titles: Mapping[str, str] | None = None) -> list[Table]:
    """Return all tables of the base. ``titles`` maps a key to the citation that is printed beside it."""
    vocabulary = evidence.vocabulary()
    citations = titles or {}
    studies = evidence.studies()
    study_rows: list[Row] = []
    overlap_rows: list[Row] = []
    for key, study in studies.items():
        product = study.product or Product.model_construct(targets=[])
        study_rows.append(
            {
                "key": key,
                "citation": citations.get(key),
                "design": study.design,
                "diseases": _joined(study.diseases),
                "topics": _joined(study.topics),
                "registrations": _joined(study.registrations),
                "n": study.n,
                "product": product.name,
                "targets": _joined(product.targets),
                "cell_source": product.cell_source,
                "vector": product.vector,
                "costimulation": product.costimulation,
                "lymphodepletion": product.lymphodepletion,
                "access": study.access,
                "read_at": _joined(study.read_at),
                "cohort": study.cohort,
                "circular": _joined(study.circular),
                "also_known_as": _joined(study.also_known_as),
                "added": study.added.isoformat(),
                "notes": _joined(study.notes),
            }
        )
        overlap_rows += [
            {"study": key, "other": other, "note": note} for other, note in study.overlaps.items()
        ]
    fact_rows: list[Row] = []
    for bound in evidence.facts():
        fact = bound.fact
        row: Row = {"study": bound.study, "id": bound.id, "shown": format_fact(fact, "full", vocabulary)}
        for name in ("what", "value", "mean", "median", "events", "n", "text", "unit", "sd", "plus_minus"):
            row[name] = getattr(fact, name)
        for name in ("ci95", "iqr", "range"):
            row[f"{name}_low"], row[f"{name}_high"] = _pair(getattr(fact, name))
        for name in (
            "range_width", "qualifier", "p", "i2", "outcome", "arm", "timepoint", "year", "price_year", "country",
            "derived", "source_inconsistency", "locator", "status",
        ):  # fmt: skip
            row[name] = getattr(fact, name)
        row["checked"] = fact.checked.isoformat()
        row["note"] = fact.note
        fact_rows.append(row)
    patient_rows: list[Row] = []
    measurement_rows: list[Row] = []
    for person in evidence.patients():
        record = person.patient
        patient_rows.append(
            {
                "study": person.study,
                "id": person.id,
                **{
                    name: getattr(record, name)
                    for name in Patient.model_fields
                    if name not in ("measurements", "same_patient_as")
                },
                "same_patient_as": _joined(record.same_patient_as),
            }
        )
        measurement_rows += [
            {
                "study": person.study,
                "patient": person.id,
                "id": name,
                "what": measurement.what,
                "value": str(measurement.value),
                "unit": measurement.unit,
            }
            for name, measurement in record.measurements.items()
        ]
    trial_rows: list[Row] = []
    history_rows: list[Row] = []
    for nct, trial in evidence.trials().items():
        row = {"nct": nct}
        for name in Trial.model_fields:
            value = getattr(trial, name)
            if name == "history":
                history_rows += [
                    {"nct": nct, **change.model_dump(), "value": str(change.value)}
                    for change in trial.history
                ]
            elif name == "added":
                row[name] = value.isoformat()
            else:
                row[name] = _joined(value) if isinstance(value, list) else value
        trial_rows.append(row)
    claim_rows = [
        {
            "id": name,
            **{k: (_joined(v) if isinstance(v, list) else v) for k, v in claim.model_dump().items()},
        }
        for name, claim in evidence.claims().items()
    ]
    parameter_rows = []
    for model in evidence.models():
        for name, parameter in evidence.parameters(model).parameters.items():
            low, high = _pair(parameter.range)
            value = parameter.value
            parameter_rows.append(
                {
                    "model": model,
                    "id": name,
                    "symbol": parameter.symbol,
                    "what": parameter.what,
                    "value": json.dumps(value)
                    if isinstance(value, list)
                    else None
                    if value is None
                    else repr(value),
                    "text": parameter.text,
                    "unit": parameter.unit,
                    "low": low,
                    "high": high,
                    "range_kind": parameter.range_kind,
                    "between_subject": parameter.between_subject,
                    "status": parameter.status,
                    "sources": _joined(parameter.sources),
                    "basis": parameter.basis,
                    "note": parameter.note,
                }
            )
    word_rows: list[Row] = []
    for group in ("diseases", "targets", "cell_sources", "designs", "outcomes", "cohorts", "claim_kinds"):
        for word, term in getattr(vocabulary, group).items():
            word_rows.append(
                {
                    "list": group,
                    "id": word,
                    "label": term.label,
                    "definition": term.definition,
                    "also": _joined(term.also),
                }
            )
    for word, unit in vocabulary.units.items():
        word_rows.append(
            {"list": "units", "id": word, "label": unit.many, "definition": unit.pint, "also": None}
        )

    number = {"value", "mean", "median", "sd", "plus_minus", "range_width", "p", "i2"}
    whole = {"events", "n", "year", "price_year"}
    fact_extra = {
        "study": "Key of the study.",
        "id": "Identifier of the fact within the study.",
        "shown": "The fact as the site writes it.",
        "ci95_low": "95 % interval, lower limit.",
        "ci95_high": "95 % interval, upper limit.",
        "iqr_low": "First quartile.",
        "iqr_high": "Third quartile.",
        "range_low": "Lowest value.",
        "range_high": "Highest value.",
    }
    fact_names = [
        (
            name,
            "REAL"
            if name in number or name.endswith(("_low", "_high"))
            else "INTEGER"
            if name in whole | {"derived"}
            else "TEXT",
        )
        for name in (fact_rows[0] if fact_rows else [])
    ]
    study_extra = {
        "key": "Key of the study, as in references.bib.",
        "citation": "How the work is cited.",
        "product": "Name of what was given.",
        "targets": "Targets of the vocabulary.",
        "cell_source": "Cell source of the vocabulary.",
    }
    trial_names = [
        (name, "INTEGER" if name == "enrollment" else "TEXT")
        for name in ["nct", *(n for n in Trial.model_fields if n != "history")]
    ]
    patient_names = [
        (
            name,
            "REAL"
            if name in {"age", "disease_years", "followup_months", "relapse_month"}
            else "INTEGER"
            if name in {"crs_grade", "icans_grade", "relapse", "drug_free"}
            else "TEXT",
        )
        for name in (patient_rows[0] if patient_rows else [])
    ]
    return [
        Table("studies", "One row a source.", _from_model(Study, [(name, "INTEGER" if name == "n" else "TEXT") for name in study_rows[0]] if study_rows else [], study_extra), study_rows),
        Table("facts", "One row a reported result.", _from_model(Fact, fact_names, fact_extra), fact_rows),
        Table("patients", "One row a published patient.", _from_model(Patient, patient_names, {"study": "Key of the study.", "id": "Identifier within the study.", "status": "How the row was read.", "crs_grade": "Highest grade of cytokine release syndrome.", "icans_grade": "Highest grade of ICANS."}), patient_rows),
        Table("measurements", "Further readings of a patient.", _from_model(Measurement, [(n, "TEXT") for n in ("study", "patient", "id", "what", "value", "unit")], {}), measurement_rows),
        Table("trials", "One row a registered trial.", _from_model(Trial, trial_names, {"nct": "ClinicalTrials.gov number."}), trial_rows),
        Table("trial_history", "Values that a registry field once had.", _from_model(FieldChange, [(n, "TEXT") for n in ("nct", "field", "value", "as_of", "source")], {}), history_rows),
        Table("overlaps", "Pairs of reports that share patients.", _columns([("study", "TEXT", "Key of one report."), ("other", "TEXT", "Key of the other."), ("note", "TEXT", "What is known of the shared patients.")]), overlap_rows),
        Table("claims", "One row an audited statement.", _from_model(Claim, [(n, "TEXT") for n in (claim_rows[0] if claim_rows else [])], {"id": "Name of the claim."}), claim_rows),
        Table("parameters", "One row a quantity of a model.", _from_model(Parameter, [(n, "REAL" if n in {"low", "high", "between_subject"} else "TEXT") for n in (parameter_rows[0] if parameter_rows else [])], {"model": "Name of the model's file.", "low": "Lower limit of the range.", "high": "Upper limit of the range."}), parameter_rows),
        Table("vocabulary", "The words that records use.", _columns([("list", "TEXT", "Which list."), ("id", "TEXT", "The word."), ("label", "TEXT", "As it is printed."), ("definition", "TEXT", "What it means; of a unit, its expression."), ("also", "TEXT", "Synonyms.")]), word_rows),
    ]  # fmt: skip


def to_csv(table: Table) -> str:
    """Write a table as CSV (RFC 4180, UTF-8, header, an empty cell for null)."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    names = [column.name for column in table.columns]
    writer.writerow(names)
    writer.writerows([["" if row[name] is None else row[name] for name in names] for row in table.rows])
    return stream.getvalue()


def to_json(table: Table) -> str:
    """Write a table as a JSON array of objects."""
    return json.dumps(list(table.rows), ensure_ascii=False, indent=1) + "\n"


def _sqlite(all_tables: Sequence[Table]) -> bytes:
    """Build the database in memory and return the file's bytes; the same input gives the same bytes."""
    connection = sqlite3.connect(":memory:")
    quoted = '"{}"'.format
    for table in all_tables:
        definition = ", ".join(f"{quoted(column.name)} {column.type}" for column in table.columns)
        connection.execute(f"CREATE TABLE {quoted(table.name)} ({definition})")
        marks = ", ".join("?" for _ in table.columns)
        connection.executemany(
            f"INSERT INTO {quoted(table.name)} VALUES ({marks})",  # noqa: S608  names are ours
            [[row[column.name] for column in table.columns] for row in table.rows],
        )
    connection.execute(
        "CREATE TABLE data_dictionary (table_name TEXT, column_name TEXT, type TEXT, meaning TEXT)"
    )
    connection.executemany(
        "INSERT INTO data_dictionary VALUES (?, ?, ?, ?)",
        [
            (table.name, column.name, column.type, column.meaning)
            for table in all_tables
            for column in table.columns
        ],
    )
    connection.commit()
    content = connection.serialize()
    connection.close()
    return bytes(content)


def _dictionary(all_tables: Sequence[Table]) -> str:
    lines = ["# Data dictionary", "", "Tables of the CARTA evidence base. Content licence: CC BY 4.0.", ""]
    for table in all_tables:
        lines += [
            f"## {table.name}",
            "",
            f"{table.meaning} {len(table.rows)} rows.",
            "",
            "| column | type | meaning |",
            "|---|---|---|",
        ]
        lines += [f"| {column.name} | {column.type} | {column.meaning} |" for column in table.columns]
        lines.append("")
    return "\n".join(lines)


def _parquet(table: Table) -> bytes:
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"TEXT": pa.string(), "REAL": pa.float64(), "INTEGER": pa.int64()}
    arrays = []
    for column in table.columns:
        values = [row[column.name] for row in table.rows]
        if column.type == "INTEGER":
            values = [None if value is None else int(value) for value in values]
        elif column.type == "REAL":
            values = [None if value is None else float(value) for value in values]
        arrays.append(pa.array(values, type=kinds[column.type]))
    stream = io.BytesIO()
    pq.write_table(
        pa.table(arrays, names=[column.name for column in table.columns]), stream, compression="zstd"
    )
    return stream.getvalue()


def write_data(evidence: Evidence, out: Path, titles: Mapping[str, str] | None = None) -> list[Path]:
    """Write all tables to ``out`` as CSV, JSON, Parquet and ``carta.sqlite``, with dictionary, schemas and checksums.

    Every file is written whole or not at all. Returns what was written, in order.

    Raises:
        ModuleNotFoundError: when pyarrow (the extra ``data``) is not installed.
    """
    all_tables = tables(evidence, titles)
    contents: dict[str, bytes] = {}
    for table in all_tables:
        contents[f"csv/{table.name}.csv"] = to_csv(table).encode()
        contents[f"json/{table.name}.json"] = to_json(table).encode()
        contents[f"parquet/{table.name}.parquet"] = _parquet(table)
    contents["carta.sqlite"] = _sqlite(all_tables)
    contents["DATA-DICTIONARY.md"] = _dictionary(all_tables).encode()
    for name, schema in schemas().items():
        contents[f"schema/{name}"] = (json.dumps(schema, indent=2, ensure_ascii=False) + "\n").encode()
    written = []
    for name, content in contents.items():
        write_bytes_atomically(out / name, content)
        written.append(out / name)
    sums = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(contents.items())
    )
    write_text_atomically(out / "SHA256SUMS", sums)
    return [*written, out / "SHA256SUMS"]
