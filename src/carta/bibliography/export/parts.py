"""What the forms share: names, the year, what holds a work, and what a user of the reference must know."""

from __future__ import annotations

import re
from typing import NamedTuple

from carta.bibliography.entries import OTHERS, BibEntry
from carta.bibliography.names import Name, parse_name
from carta.bibliography.texts import plain_text
from carta.bibliography.titles import is_description

#: Fields of our own that say what was read; they become a note.
INTERNAL = ("confirmed", "missing")

#: What a reader of a reference takes for granted, so that doubt about it must be said.
_DOUBTFUL = {
    "author": "the authors",
    "title": "the title",
    "journal": "the journal",
    "booktitle": "the book",
    "year": "the year",
    "volume": "the volume",
    "number": "the number",
    "pages": "the pages",
    "doi": "the DOI",
}


class Names(NamedTuple):
    """The names of a role, and whether more are known to exist."""

    names: list[Name]
    more: bool


def names_of(entry: BibEntry, role: str) -> Names:
    """Return the parsed names of ``author`` or ``editor``; one that does not parse stands as it was written."""
    raw = entry.persons.get(role, [])
    named = [name for name in raw if name.strip() and name.lower() != OTHERS]
    parsed = [parse_name(name) or Name((), plain_text(name), "", is_body=True) for name in named]
    return Names(parsed, any(name.lower() == OTHERS for name in raw))


def field(entry: BibEntry, *names: str) -> str:
    """Return the first of the fields that is not empty, as a reader sees it."""
    return next((plain_text(entry.fields[name]) for name in names if entry.has(name)), "")


def pages_of(entry: BibEntry) -> tuple[str, str]:
    """Return the first and the last page; the last is empty where the entry has one page or an article number."""
    first, _, last = re.sub(r"\s*(?:-{1,3}|–|—)\s*", "–", field(entry, "pages")).partition("–")
    return first, last


def notes_of(entry: BibEntry) -> list[str]:
    """Return all a user of the reference should know: what it says of itself, and what of it is not certain."""
    notes = [text for text in (field(entry, "note"), field(entry, "howpublished")) if text]
    if nct := field(entry, "nct"):
        notes.append(f"Registered as {nct}")
    return [_sentence(note) for note in notes] + doubts_of(entry)


def doubts_of(entry: BibEntry) -> list[str]:
    """Return what of the reference is not certain, each in a sentence."""
    doubts = []
    described = is_description(entry.fields.get("title", ""))
    if described:
        doubts.append("The words in brackets describe the work; its title was not read.")
    if unconfirmed := _unconfirmed(entry, besides=("title",) if described else ()):
        doubts.append(f"Not confirmed at the source: {', '.join(unconfirmed)}.")
    return doubts


def _unconfirmed(entry: BibEntry, besides: tuple[str, ...]) -> list[str]:
    if "confirmed" not in entry.fields:
        return []
    confirmed = {word.strip() for word in entry.fields["confirmed"].strip("{}").split(",")}
    return [
        words
        for name, words in _DOUBTFUL.items()
        if entry.has(name) and name not in confirmed and name not in besides
    ]


def _sentence(text: str) -> str:
    return text if text.endswith((".", "?", "!")) else f"{text}."
