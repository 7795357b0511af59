"""What stands beside the tables for programs: a Frictionless data package and the metadata of Datasette."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from carta.evidence.export.keys import KEYS, LEADS
from carta.evidence.export.tables import Table

TITLE = "CARTA: evidence on CAR T-cell therapy for autoimmune disease"
ABOUT = (
    "Results read in papers, abstracts, labels and registries, each with its place in the source and how it was read. "
    "Take status, note and cohort of a value along, and do not add up reports of one cohort."
)
LICENCE = "CC BY 4.0"
LICENCE_ADDRESS = "https://creativecommons.org/licenses/by/4.0/"

_KINDS = {"TEXT": "string", "REAL": "number", "INTEGER": "integer"}


def data_package(tables: Sequence[Table], contents: Mapping[str, bytes], checked: str | None) -> str:
    """Return ``datapackage.json``: each CSV with its columns, keys, size and SHA-256.

    Args:
        tables: the tables.
        contents: file name to content; holds ``csv/TABLE.csv`` for each.
        checked: the day on which the evidence was last checked.
    """
    resources = [_resource(table, contents[f"csv/{table.name}.csv"]) for table in tables]
    package: dict[str, Any] = {
        "profile": "tabular-data-package",
        "name": "carta-evidence",
        "title": TITLE,
        "description": ABOUT,
        "licenses": [{"name": "CC-BY-4.0", "path": LICENCE_ADDRESS, "title": LICENCE}],
    }
    if checked is not None:
        package["version"] = checked
    return json.dumps(package | {"resources": resources}, ensure_ascii=False, indent=1) + "\n"


def _resource(table: Table, content: bytes) -> dict[str, Any]:
    schema: dict[str, Any] = {
        "fields": [
            {"name": column.name, "type": _KINDS[column.type], "description": column.meaning}
            for column in table.columns
        ],
        "missingValues": [""],
    }
    if table.name in KEYS:
        schema["primaryKey"] = list(KEYS[table.name])
    if leads := LEADS.get(table.name):
        schema["foreignKeys"] = [
            {"fields": lead.column, "reference": {"resource": lead.table, "fields": lead.target}}
            for lead in leads
        ]
    return {
        "profile": "tabular-data-resource",
        "name": table.name,
        "title": table.name.replace("_", " ").capitalize(),
        "description": table.meaning,
        "path": f"csv/{table.name}.csv",
        "format": "csv",
        "mediatype": "text/csv",
        "encoding": "utf-8",
        "bytes": len(content),
        "hash": f"sha256:{hashlib.sha256(content).hexdigest()}",
        "schema": schema,
    }


def datasette_metadata(tables: Sequence[Table]) -> str:
    """Return the metadata with which ``datasette carta.sqlite --metadata metadata.json`` explains tables and columns."""
    described = {
        table.name: {
            "description": table.meaning,
            "columns": {column.name: column.meaning for column in table.columns},
        }
        for table in tables
    }
    metadata = {
        "title": TITLE,
        "description": ABOUT,
        "license": LICENCE,
        "license_url": LICENCE_ADDRESS,
        "databases": {"carta": {"tables": described, "queries": _QUERIES}},
    }
    return json.dumps(metadata, ensure_ascii=False, indent=1) + "\n"


#: Questions to begin with.
_QUERIES = {
    "facts-of-an-outcome": {
        "title": "Facts of one outcome",
        "description": "Every result with the outcome, with its study, cohort and standing. Reports of one cohort must not be added up.",
        "sql": (
            "select facts.study, studies.cohort, facts.shown, facts.status, facts.locator, facts.note "
            "from facts join studies on studies.key = facts.study where facts.outcome = :outcome "
            "order by studies.cohort, facts.study"
        ),
        "params": ["outcome"],
    },
    "reports-of-a-cohort": {
        "title": "Reports of the same people",
        "description": "Which reports belong to one cohort.",
        "sql": "select key, citation, n from studies where cohort = :cohort order by key",
        "params": ["cohort"],
    },
}
