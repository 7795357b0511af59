"""When a study was published, and what it is called on a figure; both from the bibliography."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from carta.bibliography.formatting import short_citation
from carta.bibliography.reading import load_bibliography
from carta.evidence.base import Evidence

#: Longest label, in letters: a source that names no author has its title there, which a figure has no room for.
LONGEST: Final = 34

_YEAR = re.compile(r"\d{4}")


@dataclass(frozen=True)
class Publication:
    """What the bibliography knows of a study."""

    #: Short citation, such as "Müller et al., 2024".
    label: str
    #: Year of publication; None where the entry has none.
    year: str | None


def publications(base: Evidence) -> dict[str, Publication]:
    """Return the publications of ``references.bib`` by study key; empty where there is no such file."""
    path = base.root / "references.bib"
    return dict(_read(path, path.stat().st_mtime_ns)) if path.is_file() else {}


@lru_cache(maxsize=4)
def _read(path: Path, changed: int) -> dict[str, Publication]:
    """Read the file once for each of its states, which ``changed`` tells apart."""
    found = {}
    for key, entry in load_bibliography(path).items():
        match = _YEAR.match(str(entry.fields.get("date") or entry.fields.get("year") or ""))
        found[key] = Publication(_shortened(short_citation(entry)), match.group() if match else None)
    return found


def _shortened(citation: str) -> str:
    if len(citation) <= LONGEST:
        return citation
    by, _, year = citation.rpartition(", ")
    return f"{by[: LONGEST - len(year) - 3].rstrip(' (,…')}…, {year}"
