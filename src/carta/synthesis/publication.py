"""When a study was published: as its record says, else the year of its entry in the bibliography."""

from __future__ import annotations

import re
from functools import lru_cache
from pathlib import Path

from carta.bibliography.reading import load_bibliography
from carta.evidence.base import Evidence

_YEAR = re.compile(r"\d{4}")


def publication_dates(base: Evidence) -> dict[str, str]:
    """Return the year of publication by study key, for the entries of ``references.bib`` that have one."""
    path = base.root / "references.bib"
    return dict(_years(path, path.stat().st_mtime_ns)) if path.is_file() else {}


@lru_cache(maxsize=4)
def _years(path: Path, changed: int) -> dict[str, str]:
    """Read the years once for each state of the file, which ``changed`` tells apart."""
    found = {}
    for key, entry in load_bibliography(path).items():
        match = _YEAR.match(str(entry.fields.get("date") or entry.fields.get("year") or ""))
        if match:
            found[key] = match.group()
    return found
