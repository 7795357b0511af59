"""Records laid out as tables: one row a study, a fact, a patient, a trial and so on."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from pydantic import BaseModel

from carta.evidence.appraisals import (
    LOWERING,
    RAISING,
    Appraisal,
    CaseSeriesItems,
    Certainty,
    TrialDomains,
)
from carta.evidence.base import Evidence
from carta.evidence.formatting import format_fact
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

Row = dict[str, Any]

#: Columns that hold numbers; all others are text. Yes and no are 1 and 0.
_REAL = frozenset(
    [
        "mean",
        "median",
        "sd",
        "plus_minus",
        "range_width",
        "p",
        "i2",
        "age",
        "disease_years",
        "followup_months",
        "relapse_month",
        "low",
        "high",
        "between_subject",
        "ci95_low",
        "ci95_high",
        "iqr_low",
        "iqr_high",
        "range_low",
        "range_high",
    ]
)
_INTEGER = frozenset(
    [
        "events",
        "n",
        "year",
        "price_year",
        "derived",
        "enrollment",
        "crs_grade",
        "icans_grade",
        "relapse",
        "drug_free",
    ]
)
#: Columns whose type differs from that of their name elsewhere.
_TYPES = {("facts", "value"): "REAL"}

#: What a column holds that no record's field describes.
_MEANINGS = {
    "study": "Key of the study, as in references.bib.",
    "key": "Key of the study, as in references.bib.",
    "id": "Identifier within its file.",
    "citation": "How the work is cited.",
    "shown": "The fact as the site writes it.",
    "nct": "ClinicalTrials.gov number.",
    "ci95_low": "95 % interval, lower limit.",
    "ci95_high": "95 % interval, upper limit.",
    "iqr_low": "First quartile.",
    "iqr_high": "Third quartile.",
    "range_low": "Lowest value.",
    "range_high": "Highest value.",
    "low": "Lower limit of the range.",
    "high": "Upper limit of the range.",
    "model": "Name of the model's file.",
    "product": "Name of what was given.",
    "targets": "Targets of the vocabulary.",
    "cell_source": "Cell source of the vocabulary.",
    "patient": "Identifier of the patient within the study.",
    "other": "Key of the other report.",
    "note": "What a user must know.",
    "list": "Which list of the vocabulary.",
    "label": "As it is printed.",
    "definition": "What it means; of a unit, the expression that pint reads.",
    "also": "Synonyms and abbreviations.",
    "certainty": "Name of the record of certainty.",
    "item": "Item of the checklist, domain, or GRADE's reason to lower or raise.",
    "judgement": "The answer or level.",
    "reason": "Why, from what was read; for the certainty itself, what it means for a reader.",
    "analysis": "Of a randomised trial: the set of patients that was analysed.",
    "question": "What the item asks.",
    "crs_grade": "Highest grade of cytokine release syndrome.",
    "icans_grade": "Highest grade of ICANS.",
}


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


def _table(
    name: str, meaning: str, names: Iterable[str], rows: Sequence[Row], model: type[BaseModel] | None = None
) -> Table:
    columns = []
    for column in names:
        kind = "REAL" if column in _REAL else "INTEGER" if column in _INTEGER else "TEXT"
        field = model.model_fields.get(column) if model is not None else None
        described = (field.description if field is not None else None) or _MEANINGS.get(column)
        columns.append(
            Column(
                column,
                _TYPES.get((name, column), kind),
                described or column.replace("_", " ").capitalize() + ".",
            )
        )
    return Table(name, meaning, columns, rows)


def _plain(value: Any) -> Any:
    """Return a value as a cell holds it."""
    if isinstance(value, list):
        return "; ".join(str(item) for item in value) or None
    return value.isoformat() if isinstance(value, date) else value


def _cells(record: BaseModel, names: Iterable[str]) -> Row:
    return {name: _plain(getattr(record, name)) for name in names}


def _spread(record: BaseModel, name: str) -> Row:
    low, high = getattr(record, name) or (None, None)
    return {f"{name}_low": low, f"{name}_high": high}


_STUDY = [
    "design",
    "diseases",
    "topics",
    "registrations",
    "n",
    "access",
    "read_at",
    "cohort",
    "circular",
    "also_known_as",
    "added",
    "notes",
]
_PRODUCT = ["targets", "cell_source", "vector", "costimulation", "lymphodepletion"]


def _studies(evidence: Evidence, citations: Mapping[str, str]) -> Table:
    rows = []
    for key, study in evidence.studies().items():
        product = study.product or Product.model_validate({})
        rows.append(
            {
                "key": key,
                "citation": citations.get(key),
                **_cells(study, _STUDY),
                "product": product.name,
                **_cells(product, _PRODUCT),
            }
        )
    names = ("key", "citation", *_STUDY, "product", *_PRODUCT)
    return _table("studies", "One row a source.", names, rows, Study)


_FACT_FIRST = ["what", "value", "mean", "median", "events", "n", "text", "unit", "sd", "plus_minus"]
_FACT_SPREADS = ("ci95", "iqr", "range")
_FACT_LAST = [
    "range_width",
    "qualifier",
    "p",
    "i2",
    "outcome",
    "arm",
    "timepoint",
    "year",
    "price_year",
    "country",
    "derived",
    "source_inconsistency",
    "locator",
    "status",
    "checked",
    "note",
]


def _facts(evidence: Evidence) -> Table:
    words = evidence.vocabulary()
    rows = []
    for bound in evidence.facts():
        row = {"study": bound.study, "id": bound.id, "shown": format_fact(bound.fact, "full", words)}
        row |= _cells(bound.fact, _FACT_FIRST)
        for name in _FACT_SPREADS:
            row |= _spread(bound.fact, name)
        rows.append(row | _cells(bound.fact, _FACT_LAST))
    limits = [f"{name}_{end}" for name in _FACT_SPREADS for end in ("low", "high")]
    names = ("study", "id", "shown", *_FACT_FIRST, *limits, *_FACT_LAST)
    return _table("facts", "One row a reported result.", names, rows, Fact)


def _patients(evidence: Evidence) -> tuple[Table, Table]:
    fields = [name for name in Patient.model_fields if name != "measurements"]
    people, measurements = [], []
    for bound in evidence.patients():
        people.append({"study": bound.study, "id": bound.id, **_cells(bound.patient, fields)})
        measurements += [
            {
                "study": bound.study,
                "patient": bound.id,
                "id": name,
                "what": measurement.what,
                "value": str(measurement.value),
                "unit": measurement.unit,
            }
            for name, measurement in bound.patient.measurements.items()
        ]
    names = ("study", "patient", "id", "what", "value", "unit")
    return (
        _table("patients", "One row a published patient.", ("study", "id", *fields), people, Patient),
        _table("measurements", "Further readings of a patient.", names, measurements, Measurement),
    )


def _trials(evidence: Evidence) -> tuple[Table, Table]:
    fields = [name for name in Trial.model_fields if name != "history"]
    changes = tuple(FieldChange.model_fields)
    trials = evidence.trials()
    history = [
        {"nct": nct, **_cells(change, changes), "value": str(change.value)}
        for nct, trial in trials.items()
        for change in trial.history
    ]
    rows = [{"nct": nct, **_cells(trial, fields)} for nct, trial in trials.items()]
    return (
        _table("trials", "One row a registered trial.", ("nct", *fields), rows, Trial),
        _table(
            "trial_history", "Values that a registry field once had.", ("nct", *changes), history, FieldChange
        ),
    )


def _overlaps(evidence: Evidence) -> Table:
    rows = [
        {"study": key, "other": other, "note": note}
        for key, study in evidence.studies().items()
        for other, note in study.overlaps.items()
    ]
    return _table("overlaps", "Pairs of reports that share patients.", ("study", "other", "note"), rows)


def _claims(evidence: Evidence) -> Table:
    fields = tuple(Claim.model_fields)
    rows = [{"id": name, **_cells(claim, fields)} for name, claim in evidence.claims().items()]
    return _table("claims", "One row an audited statement.", ("id", *fields), rows, Claim)


_PARAMETER = ["range_kind", "between_subject", "status", "sources", "basis", "note"]


def _parameters(evidence: Evidence) -> Table:
    rows = []
    for model in evidence.models():
        for name, parameter in evidence.parameters(model).parameters.items():
            low, high = parameter.range or (None, None)
            rows.append(
                {
                    "model": model,
                    "id": name,
                    **_cells(parameter, ("symbol", "what")),
                    # A vector is one cell, so the column holds text.
                    "value": None if parameter.value is None else json.dumps(parameter.value),
                    **_cells(parameter, ("text", "unit")),
                    "low": low,
                    "high": high,
                    **_cells(parameter, _PARAMETER),
                }
            )
    names = ("model", "id", "symbol", "what", "value", "text", "unit", "low", "high", *_PARAMETER)
    return _table("parameters", "One row a quantity of a model.", names, rows, Parameter)


_WORDS = ("diseases", "targets", "cell_sources", "designs", "outcomes", "cohorts", "claim_kinds")


def _vocabulary(evidence: Evidence) -> Table:
    vocabulary = evidence.vocabulary()
    rows = [
        {"list": group, "id": word, **_cells(term, ("label", "definition", "also"))}
        for group in _WORDS
        for word, term in getattr(vocabulary, group).items()
    ]
    rows += [
        {"list": "units", "id": word, "label": unit.many, "definition": unit.pint, "also": None}
        for word, unit in vocabulary.units.items()
    ]
    names = ("list", "id", "label", "definition", "also")
    return _table("vocabulary", "The words that records use.", names, rows)


def _appraisals(evidence: Evidence) -> Table:
    """One row an answer: ten of a case series, six (five domains and the whole) of each analysed set of a trial."""
    rows: list[Row] = []
    for key, appraisal in evidence.appraisals().items():
        first = {"study": key, **_cells(appraisal, ("instrument", "read", "appraised", "outcome"))}
        if appraisal.items is not None:
            for name, field in CaseSeriesItems.model_fields.items():
                item = getattr(appraisal.items, name)
                rows.append(
                    first
                    | {"analysis": None, "item": name, "question": field.description}
                    | {"judgement": item.answer, "reason": item.reason}
                )
        for analysis, judged in appraisal.analyses.items():
            domains = [
                (name, field.description, getattr(judged.domains, name))
                for name, field in TrialDomains.model_fields.items()
            ]
            for name, question, domain in [*domains, ("overall", "All domains together", judged.overall)]:
                rows.append(
                    first
                    | {"analysis": f"{analysis}: {judged.label}", "item": name, "question": question}
                    | {"judgement": domain.risk, "reason": domain.reason}
                )
    names = ("study", "instrument", "outcome", "analysis", "item", "question", "judgement", "reason")
    return _table(
        "appraisals",
        "Risk of bias: one row an item or domain of a study.",
        (*names, "read", "appraised"),
        rows,
        Appraisal,
    )


def _certainty(evidence: Evidence) -> Table:
    """One row a judgement behind the certainty of an outcome, the result last."""
    rows: list[Row] = []
    for name, record in evidence.certainties().items():
        first = {"certainty": name, "outcome": record.outcome, "question": record.question}

        def row(item: str, judgement: str, reason: str, first: Row = first) -> Row:
            return first | {"item": item, "judgement": judgement, "reason": reason}

        rows.append(row("start", record.start, record.start_reason))
        rows += [row(item, (held := getattr(record, item)).concern, held.reason) for item in LOWERING]
        rows += [row(item, f"+{(held := getattr(record, item)).levels}", held.reason) for item in RAISING]
        rows.append(row("certainty", record.level, record.plain))
    names = ("certainty", "outcome", "question", "item", "judgement", "reason")
    return _table("certainty", "GRADE: one row a judgement on an outcome.", names, rows, Certainty)


def tables(evidence: Evidence, citations: Mapping[str, str] | None = None) -> list[Table]:
    """Return all tables of the base. ``citations`` maps a key to the reference printed beside it."""
    return [
        _studies(evidence, citations or {}),
        _facts(evidence),
        *_patients(evidence),
        *_trials(evidence),
        _overlaps(evidence),
        _claims(evidence),
        _parameters(evidence),
        _appraisals(evidence),
        _certainty(evidence),
        _vocabulary(evidence),
    ]
