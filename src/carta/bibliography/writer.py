"""BibTeX in our canonical form, the one that ``references.bib`` is kept in."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

from carta.bibliography.entries import PERSON_ROLES, BibEntry
from carta.bibliography.titles import is_protected
from carta.files import write_text_atomically

#: Fields in the order they are written; others follow by name, and ``confirmed`` is last.
ORDER = (
    "author",
    "editor",
    "title",
    "journal",
    "booktitle",
    "publisher",
    "institution",
    "school",
    "organization",
    "address",
    "series",
    "edition",
    "volume",
    "number",
    "pages",
    "chapter",
    "month",
    "year",
    "date",
    "howpublished",
    "doi",
    "pmid",
    "pmcid",
    "nct",
    "isbn",
    "issn",
    "eprint",
    "archiveprefix",
    "url",
    "urldate",
    "note",
)
_RANK = {name: rank for rank, name in enumerate(ORDER)} | {"confirmed": len(ORDER) + 1}

_KEY = re.compile(r"[^\s,{}()\"#%~\\=@]+")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_-]*")


def canonical(entry: BibEntry) -> BibEntry:
    """Return the entry as it reads back: white space single, title in its own braces, no empty field."""
    fields = {name.lower(): " ".join(value.split()) for name, value in entry.fields.items()}
    title = fields.get("title")
    if title and not is_protected(title):
        fields["title"] = f"{{{title}}}"
    persons = {
        role.lower(): [" ".join(name.split()) for name in names]
        for role, names in entry.persons.items()
        if names
    }
    return BibEntry(
        entry.key,
        entry.type.lower(),
        {name: value for name, value in fields.items() if value},
        persons,
        entry.line,
        entry.field_lines,
    )


def format_entry(entry: BibEntry) -> str:
    """Return one entry: a field a line in fixed order, Unicode, the title in double braces.

    Raises:
        ValueError: when BibTeX could not read the result back, and which key, name or value is why.
    """
    entry = canonical(entry)
    if not _KEY.fullmatch(entry.key):
        raise ValueError(f"{entry.key!r} cannot be a BibTeX key")
    if not _NAME.fullmatch(entry.type) or entry.type in ("string", "preamble", "comment"):
        raise ValueError(f"{entry.key}: {entry.type!r} cannot be an entry type")
    values = dict(entry.fields)
    for role, names in entry.persons.items():
        if role not in PERSON_ROLES:
            raise ValueError(f"{entry.key}: {role!r} is no role; names stand under author or editor")
        values[role] = " and ".join(names)
    lines = [f"@{entry.type}{{{entry.key},"]
    for name in sorted(values, key=lambda name: (_RANK.get(name, len(ORDER)), name)):
        _refuse_unreadable(entry.key, name, values[name])
        lines.append(f"  {name} = {{{values[name]}}},")
    return "\n".join([*lines, "}"]) + "\n"


def write_bibliography(entries: Iterable[BibEntry], path: Path) -> None:
    """Write the entries sorted by key, the whole file or nothing.

    Raises:
        ValueError: for an entry that could not be read back, and for a key that is there twice.
        OSError: when the file cannot be written.
    """
    by_key: dict[str, BibEntry] = {}
    for entry in entries:
        if by_key.setdefault(entry.key.lower(), entry) is not entry:
            raise ValueError(f"the key {entry.key!r} is there twice")
    ordered = sorted(by_key.values(), key=lambda entry: (entry.key.lower(), entry.key))
    write_text_atomically(path, "\n".join(format_entry(entry) for entry in ordered))


def _refuse_unreadable(key: str, name: str, value: str) -> None:
    if not _NAME.fullmatch(name):
        raise ValueError(f"{key}: {name!r} cannot be the name of a field")
    if "\0" in value:
        raise ValueError(f"{key}: the field {name} holds a NUL character")
    depth = 0
    for brace in re.findall(r"[{}]", value):
        depth += 1 if brace == "{" else -1
        if depth < 0:
            break
    if depth != 0:
        raise ValueError(f"{key}: the braces of the field {name} are not balanced")
