"""What tells the rows of an exported table apart, and which column leads to which other table."""

from __future__ import annotations

from typing import NamedTuple


class Lead(NamedTuple):
    """A column whose values are those of a column of another table."""

    column: str
    table: str
    target: str


#: The columns that name a row, each table's.
KEYS: dict[str, tuple[str, ...]] = {
    "studies": ("key",),
    "facts": ("study", "id"),
    "patients": ("study", "id"),
    "measurements": ("study", "patient", "id"),
    "trials": ("nct",),
    "overlaps": ("study", "other"),
    "claims": ("id",),
    "parameters": ("model", "id"),
    "vocabulary": ("list", "id"),
    "data_dictionary": ("table_name", "column_name"),
}
#: Columns that lead to another table.
LEADS: dict[str, tuple[Lead, ...]] = {
    "facts": (Lead("study", "studies", "key"),),
    "patients": (Lead("study", "studies", "key"),),
    "measurements": (Lead("study", "studies", "key"),),
    "trial_history": (Lead("nct", "trials", "nct"),),
    "overlaps": (Lead("study", "studies", "key"), Lead("other", "studies", "key")),
    "appraisals": (Lead("study", "studies", "key"),),
}
