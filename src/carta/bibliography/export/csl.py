"""CSL-JSON, the form of Zotero, pandoc and citeproc."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from carta.bibliography.entries import OTHERS, BibEntry
from carta.bibliography.export.parts import Names, field, names_of, notes_of, pages_of
from carta.bibliography.formatting import canonical_url, shown_title
from carta.bibliography.library import work_identifiers
from carta.bibliography.names import Name
from carta.bibliography.years import year_of

_TYPES = {
    "article": "article-journal",
    "book": "book",
    "inbook": "chapter",
    "incollection": "chapter",
    "inproceedings": "paper-conference",
    "online": "webpage",
    "techreport": "report",
    "report": "report",
    "phdthesis": "thesis",
    "dataset": "dataset",
}


def to_csl_json(entries: Iterable[BibEntry]) -> str:
    """Return a JSON array of the entries in their order.

    Further authors that are known to exist but are not named stand as the literal name ``others``, which pandoc
    writes as "et al.".
    """
    return json.dumps([csl_item(entry) for entry in entries], ensure_ascii=False, indent=1) + "\n"


def csl_item(entry: BibEntry) -> dict[str, Any]:
    """Return one entry as an item of the CSL-JSON schema."""
    first, last = pages_of(entry)
    found = work_identifiers(entry)
    is_report = entry.type in ("techreport", "report")
    item: dict[str, Any] = {
        "id": entry.key,
        "type": _TYPES.get(entry.type, "webpage" if entry.has("url") else "document"),
        "author": _people(names_of(entry, "author")),
        "editor": _people(names_of(entry, "editor")),
        "title": shown_title(entry),
        "container-title": field(entry, "journal", "journaltitle", "booktitle"),
        "publisher": field(entry, "publisher", "institution", "organization", "school"),
        "issued": _issued(entry),
        "volume": field(entry, "volume"),
        "number" if is_report else "issue": field(entry, "number"),
        "page": f"{first}–{last}" if last else first,
        "DOI": field(entry, "doi") if "doi" in found else "",
        "PMID": found.get("pmid", ""),
        "PMCID": found.get("pmcid", ""),
        "URL": canonical_url(entry) or "",
        "note": " ".join(notes_of(entry)),
    }
    return {name: value for name, value in item.items() if value}


def _issued(entry: BibEntry) -> dict[str, Any]:
    date = field(entry, "date") or field(entry, "year")
    parts = date.split("/")[0].split("-")
    if all(part.isdigit() for part in parts):
        return {"date-parts": [[int(part) for part in parts]]}
    year = year_of(entry.fields)
    return {"literal": year} if year else {}


def _people(names: Names) -> list[dict[str, str]]:
    return [_person(name) for name in names.names] + [{"literal": OTHERS}] * names.more


def _person(name: Name) -> dict[str, str]:
    if name.is_body:
        return {"literal": name.last}
    person = {"family": name.last, "given": " ".join(name.first), "suffix": name.lineage}
    return {part: words for part, words in person.items() if words}
