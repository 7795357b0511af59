"""BibTeX that LaTeX can set: our own canonical form without our own fields."""

from __future__ import annotations

import re
from collections.abc import Iterable

from carta.bibliography.entries import BibEntry
from carta.bibliography.export.parts import INTERNAL, doubts_of
from carta.bibliography.formatting import shown_title
from carta.bibliography.titles import is_description
from carta.bibliography.writer import format_entry

#: Fields that packages read as they stand; TeX's special characters need no backslash there.
_VERBATIM = frozenset(["doi", "url", "eprint", "pmid", "pmcid", "nct", "isbn", "issn", "archiveprefix"])
#: A special character of TeX that no backslash protects. A dollar sign may begin a formula, unless a digit follows.
_SPECIAL = re.compile(r"(?<!\\)([&%#_])|(?<!\\)(\$)(?=\d+(?:\.\d+)?\s?[A-Za-z ])")


def to_bibtex(entries: Iterable[BibEntry]) -> str:
    """Return the entries in their order, in Unicode, with a blank line between.

    Raises:
        ValueError: for an entry that BibTeX could not read back.
    """
    return "\n".join(format_entry(_public(entry)) for entry in entries)


def _public(entry: BibEntry) -> BibEntry:
    fields = {
        name: value if name in _VERBATIM else _SPECIAL.sub(r"\\\g<0>", value)
        for name, value in entry.fields.items()
        if name not in INTERNAL
    }
    if is_description(fields.get("title", "")):
        fields["title"] = f"{{{shown_title(entry)}}}"
    if doubts := doubts_of(entry):
        # Not "note", which styles print.
        fields["annote"] = " ".join(doubts)
    persons = {
        role: [_SPECIAL.sub(r"\\\g<0>", name) for name in names] for role, names in entry.persons.items()
    }
    return BibEntry(entry.key, entry.type, fields, persons)
