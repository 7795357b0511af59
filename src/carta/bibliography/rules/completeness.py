"""Rules: the entry has what its type needs, and what it inherits from exists."""

from __future__ import annotations

import re
from collections.abc import Iterator

from carta.bibliography.entries import PERSON_ROLES, BibEntry
from carta.bibliography.library import Library, parent_keys
from carta.bibliography.rules.confirmation import confirmed_fields
from carta.bibliography.rules.rule import at, shown
from carta.bibliography.texts import plain_text
from carta.findings import Finding

_BY = ("author", "editor")
_WHEN = ("year", "date")

#: Entry type to the fields it needs; of a tuple, any one. After BibTeX, with biblatex's other names for them.
REQUIRED: dict[str, tuple[str | tuple[str, ...], ...]] = {
    "article": ("author", "title", ("journal", "journaltitle"), _WHEN),
    "book": (_BY, "title", "publisher", _WHEN),
    "booklet": ("title",),
    "inbook": (_BY, "title", ("chapter", "pages", "booktitle"), "publisher", _WHEN),
    "incollection": ("author", "title", "booktitle", _WHEN),
    "inproceedings": ("author", "title", "booktitle", _WHEN),
    "manual": ("title",),
    "mastersthesis": ("author", "title", ("school", "institution"), _WHEN),
    "misc": (("title", "author", "howpublished", "note", "url"),),
    "online": ("title", ("url", "doi", "eprint"), ("year", "date", "urldate", "note")),
    "patent": ("author", "title", "number", _WHEN),
    "phdthesis": ("author", "title", ("school", "institution"), _WHEN),
    "proceedings": ("title", _WHEN),
    "techreport": (_BY, "title", ("institution", "publisher", "organization"), _WHEN),
    "unpublished": ("author", "title", ("note", "howpublished")),
    "dataset": ((*_BY, "organization", "publisher"), "title", _WHEN),
    "software": ("title",),
    "periodical": (("title", "editor"), _WHEN),
    "xdata": (),
    "set": (),
}

#: Other names of the same types.
ALIASES = {
    "conference": "inproceedings",
    "electronic": "online",
    "www": "online",
    "report": "techreport",
    "thesis": "phdthesis",
    "collection": "book",
    "mvbook": "book",
    "mvcollection": "book",
    "mvproceedings": "proceedings",
    "reference": "book",
    "mvreference": "book",
    "bookinbook": "incollection",
    "suppbook": "incollection",
    "suppcollection": "incollection",
    "inreference": "incollection",
    "suppperiodical": "article",
    "review": "article",
    "image": "misc",
    "video": "misc",
    "audio": "misc",
    "artwork": "misc",
    "legislation": "misc",
    "jurisdiction": "misc",
    "standard": "misc",
    "unspecified": "misc",
}

_PLACEHOLDER = re.compile(
    r"[(\[]?(?:authors? (?:not (?:seen|known|given|read)|unknown)|unknown(?: authors?)?"
    r"|(?:still )?to be (?:confirmed|checked|determined|announced|added|found)"
    r"|not (?:known|available|seen|read|confirmed)|n/?a|none|null|nil|to ?do|tbd|tba|fixme|x{3,}|\?+|-+"
    r"|no (?:title|author)|untitled|title|author|journal)\.?[)\]]?",
    re.IGNORECASE,
)
#: Nobody's name, though a title may be so short.
_NOBODY = re.compile(r"(?:the )?news|various(?: authors)?", re.IGNORECASE)
_HELD_TO_BE_REAL = (
    "title",
    "booktitle",
    "journal",
    "journaltitle",
    "publisher",
    "institution",
    "school",
    "year",
)


def known_type(entry: BibEntry, library: Library) -> Iterator[Finding]:
    """A type that no style knows is printed as ``misc``, or not at all."""
    if entry.type not in REQUIRED and entry.type not in ALIASES:
        yield at(
            library,
            entry,
            "",
            "unknown-type",
            "warning",
            f"'{entry.key}' has the type @{entry.type[:60]}, which styles do not know.",
            "Use a known type, such as article, online or misc.",
        )


def required_fields(entry: BibEntry, library: Library) -> Iterator[Finding]:
    """Each type needs its fields, own or inherited; an empty one does not count.

    Our own file may say ``missing = {author}`` of a field that could be read nowhere: a marked gap, no error.
    """
    needed = REQUIRED.get(ALIASES.get(entry.type, entry.type), ())
    missing = [
        " or ".join(choice)
        for choice in ((field,) if isinstance(field, str) else field for field in needed)
        if not any(library.has(entry, name) for name in choice)
    ]
    marked = confirmed_fields(entry, "missing") if library.marks_confirmation else set()
    gaps = [choice for choice in missing if marked & set(choice.split(" or "))]
    errors = [choice for choice in missing if choice not in gaps]
    for names, severity, mend in (
        (errors, "error", "Add what is missing, or use the type that fits the source."),
        (gaps, "notice", "Read it at the publisher, PubMed or the registry, and take it out of missing."),
    ):
        if names:
            yield at(
                library,
                entry,
                "",
                "required-fields",
                "error" if severity == "error" else "notice",
                f"'{entry.key}' (@{entry.type}) lacks {', '.join(names)}.",
                mend,
            )
    if stale := sorted(name for name in marked if entry.has(name)):
        yield at(
            library,
            entry,
            "missing",
            "required-fields",
            "warning",
            f"'{entry.key}' calls {', '.join(stale)} missing, which it has.",
            "Take the name out of missing.",
        )


def crossref(entry: BibEntry, library: Library) -> Iterator[Finding]:
    """A parent by ``crossref`` or ``xdata`` is there, was read, and is not the entry itself."""
    for parent in parent_keys(entry):
        if parent.lower() == entry.key.lower():
            problem = "names itself"
        elif parent.lower() in library.bib_file.broken_keys:
            problem = f"names {shown(parent)}, which could not be read"
        elif parent.lower() not in library.by_key:
            problem = f"names {shown(parent)}, which is not in this file"
        else:
            continue
        field = "crossref" if entry.fields.get("crossref", "").strip() == parent else "xdata"
        yield at(
            library,
            entry,
            field,
            "crossref",
            "error",
            f"The {field} of '{entry.key}' {problem}, so that nothing is inherited.",
            "Add or mend the parent entry, or correct the key.",
        )


def crossref_cycle(library: Library) -> Iterator[Finding]:
    """Parents do not lead back to the entry. Follows each ``crossref`` once."""
    settled: set[str] = set()
    for start in library.entries:
        path: dict[str, BibEntry] = {}
        entry: BibEntry | None = start
        while entry is not None and (key := entry.key.lower()) not in settled and key not in path:
            path[key] = entry
            parent = entry.fields.get("crossref", "").strip().lower()
            # An entry that names itself is the other rule's.
            entry = library.by_key.get(parent) if parent != key else None
        if entry is not None and entry.key.lower() in path:
            yield at(
                library,
                entry,
                "crossref",
                "crossref",
                "error",
                f"The crossref of '{entry.key}' leads back to itself through other entries.",
                "Take the crossref away from the entry that is the parent.",
            )
        settled.update(path)


def placeholder(entry: BibEntry, library: Library) -> Iterator[Finding]:
    """No field that is printed holds a placeholder, such as ``unknown`` or ``n/a``."""
    values = [(field, entry.fields[field]) for field in _HELD_TO_BE_REAL if field in entry.fields]
    values += [(role, name) for role in PERSON_ROLES for name in entry.persons.get(role, ())]
    for field, value in values:
        if len(value) >= 60:
            continue
        text = plain_text(value)
        if _PLACEHOLDER.fullmatch(text) or (field in PERSON_ROLES and _NOBODY.fullmatch(text)):
            yield at(
                library,
                entry,
                field,
                "placeholder",
                "error",
                f"The {field} of '{entry.key}' is the placeholder {shown(value)}, which would be printed.",
                "Fill in what the source says, or leave the field out.",
            )
