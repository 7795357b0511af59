"""The searches: one text file an index under ``evidence/queries/``, as the methods page shows it."""

from __future__ import annotations

from pathlib import Path

#: The indexes that are searched; Crossref is only asked about what we cite.
SEARCHED = ("clinicaltrials", "pubmed", "europe-pmc")


class QueryError(Exception):
    """A query file that is missing or empty."""


def read_query(root: Path, source: str) -> str:
    """Return the query of one index on one line. Lines that begin with ``#`` are remarks.

    Raises:
        QueryError: when the file is missing, not UTF-8, or holds no query.
    """
    path = root / "evidence" / "queries" / f"{source}.txt"
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise QueryError(f"{path}: the query cannot be read ({error}). Restore the file.") from error
    query = " ".join(" ".join(line for line in lines if not line.lstrip().startswith("#")).split())
    if not query:
        raise QueryError(f"{path}: the file holds no query. Write the search expression into it.")
    return query
