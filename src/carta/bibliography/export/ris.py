"""RIS, which nearly every reference manager reads."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import rispy

from carta.bibliography.entries import OTHERS, BibEntry
from carta.bibliography.export.parts import field, names_of, notes_of, pages_of
from carta.bibliography.formatting import canonical_url, shown_title
from carta.bibliography.library import work_identifiers
from carta.bibliography.names import Name
from carta.bibliography.years import year_of

_TYPES = {
    "article": "JOUR",
    "book": "BOOK",
    "inbook": "CHAP",
    "incollection": "CHAP",
    "inproceedings": "CPAPER",
    "online": "ELEC",
    "techreport": "RPRT",
    "report": "RPRT",
    "phdthesis": "THES",
    "dataset": "DATA",
}


class _Writer(rispy.RisWriter):  # type: ignore[misc]
    """Without the running number that the library puts above each reference."""

    def set_header(self, count: int) -> str:
        """Return nothing: the standard has no such line."""
        return ""


def to_ris(entries: Iterable[BibEntry]) -> str:
    """Return the entries in their order, each from ``TY`` to ``ER``.

    Further authors that are known to exist but are not named stand as the author ``others``, as in BibTeX.
    """
    text = rispy.dumps([_reference(entry) for entry in entries], implementation=_Writer)
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def _reference(entry: BibEntry) -> dict[str, Any]:
    authors, editors = names_of(entry, "author"), names_of(entry, "editor")
    first, last = pages_of(entry)
    found = work_identifiers(entry)
    url = canonical_url(entry)
    values: dict[str, Any] = {
        "type_of_reference": _TYPES.get(entry.type, "ELEC" if entry.has("url") else "GEN"),
        "id": entry.key,
        "authors": [_inverted(name) for name in authors.names] + [OTHERS] * authors.more,
        "secondary_authors": [_inverted(name) for name in editors.names],
        "title": shown_title(entry),
        "secondary_title": field(entry, "journal", "journaltitle", "booktitle"),
        "publisher": field(entry, "publisher", "institution", "organization", "school"),
        "year": year_of(entry.fields) or "",
        "volume": field(entry, "volume"),
        "number": field(entry, "number"),
        "start_page": first,
        "end_page": last,
        "doi": field(entry, "doi") if "doi" in found else "",
        # Where PubMed's own exports put the two.
        "accession_number": found.get("pmid", ""),
        "custom2": found.get("pmcid", ""),
        "urls": [url] if url else [],
        "notes": notes_of(entry),
    }
    return {name: value for name, value in values.items() if value}


def _inverted(name: Name) -> str:
    return ", ".join(part for part in (name.last, " ".join(name.first), name.lineage) if part)
