"""Names of persons and bodies: splitting a list, parsing one name, and saying what is wrong with it."""

from __future__ import annotations

import functools
import re
from dataclasses import dataclass

from pybtex.database import Person
from pybtex.exceptions import PybtexError

from carta.bibliography.entries import OTHERS
from carta.bibliography.texts import plain_text

#: A longer "name" is a list without its "and"; parsing it would tell nothing.
LONGEST_NAME = 1000

_SEPARATOR = re.compile(r"[{}]|(?<=\s)and(?=\s)", re.IGNORECASE)
_ET_AL = re.compile(r"\bet\.?\s+al\b|\bu\.\s?a\.|^others\b.|\band\s+others\b", re.IGNORECASE)
_BODY = re.compile(
    r"\b(?:administration|agency|association|authors|collaboration|collaborators|college|commission|committee|"
    r"consortium|department|foundation|group|hospital|inc|institut|institute|investigators|laborator(?:y|ies)|"
    r"ministry|network|organi[sz]ation|pharmaceuticals?|society|team|therapeutics|university|universit[äéà]t?)\b",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Name:
    """A parsed name. A body has a ``last`` only."""

    first: tuple[str, ...]
    #: The family name with its particle: ``van der Berg``.
    last: str
    lineage: str
    is_body: bool

    @property
    def initials(self) -> str:
        """Initials of the given names, without full stops: ``JP`` for Jean-Pierre."""
        words = re.split(r"[\s.\-‐‑]+", " ".join(self.first))
        return "".join(word[0].upper() for word in words if word and word[0].isalpha())


def split_names(value: str) -> list[str]:
    """Split a list at each ``and`` outside of braces, in linear time. Empty names are kept for the report."""
    if not value.strip():
        return []
    padded = f" {value} "
    names: list[str] = []
    depth = start = 0
    for mark in _SEPARATOR.finditer(padded):
        if mark.group() == "{":
            depth += 1
        elif mark.group() == "}":
            depth -= 1
        elif depth == 0:
            names.append(padded[start : mark.start()].strip())
            start = mark.end()
    names.append(padded[start:].strip())
    return names


@functools.cache
def parse_name(raw: str) -> Name | None:
    """Parse one name as pybtex does, or return ``None`` where that gives no family name."""
    if is_braced(raw):
        return Name((), plain_text(raw), "", is_body=True)
    if len(raw) > LONGEST_NAME or len(parts_at_commas(raw)) > 3:
        return None
    try:
        person = Person(raw)
    except (PybtexError, ValueError, IndexError):
        return None
    last = plain_text(" ".join([*person.prelast_names, *person.last_names]))
    if not last:
        return None
    first = tuple(plain_text(part) for part in (*person.first_names, *person.middle_names))
    return Name(first, last, plain_text(" ".join(person.lineage_names)), is_body=False)


def is_braced(value: str) -> bool:
    """Return whether one pair of braces holds the whole value."""
    if not (value.startswith("{") and value.endswith("}")):
        return False
    depth = 0
    for brace in re.finditer(r"[{}]", value):
        depth += 1 if brace.group() == "{" else -1
        if depth == 0:
            return brace.end() == len(value)
    return False


def parts_at_commas(raw: str) -> list[str]:
    """Split at commas outside of braces."""
    parts: list[str] = []
    depth = start = 0
    for mark in re.finditer(r"[{},]", raw):
        if mark.group() == "{":
            depth += 1
        elif mark.group() == "}":
            depth -= 1
        elif depth == 0:
            parts.append(raw[start : mark.start()].strip())
            start = mark.end()
    parts.append(raw[start:].strip())
    return parts


def wrong_with_name(raw: str) -> str | None:
    """Return what makes a name print wrongly, or ``None``. ``others`` is not judged here."""
    if not raw.strip("{} ,~"):
        return "is empty"
    if len(raw) > LONGEST_NAME:
        return "is too long for one name; names are separated by the word and"
    if is_braced(raw):
        return None
    outside = re.sub(r"\{[^{}]*\}", "", raw)
    if _ET_AL.search(outside):
        return "says et al. in words; BibTeX writes it and others"
    if re.search(r"[;|]", outside):
        return "holds more than one name; names are separated by the word and"
    if re.search(r"(?<!\\)&", outside):
        return "holds a bare &; names are separated by the word and"
    if len(parts_at_commas(raw)) > 3:
        return "has more than two commas; names are separated by the word and"
    if re.search(r"\d", outside):
        return "holds a digit"
    if parse_name(raw) is None:
        return "has no family name"
    return None


def looks_like_body(raw: str) -> bool:
    """Return whether an unbraced name is that of an institution, which BibTeX would take apart."""
    return not is_braced(raw) and raw.lower() != OTHERS and bool(_BODY.search(raw[:LONGEST_NAME]))
