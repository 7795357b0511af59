"""One chunk of a BibTeX text to an entry, through pybtex's own grammar."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from pybtex.database.input.bibtex import LowLevelParser, month_names
from pybtex.scanner import PrematureEOF, PybtexSyntaxError, Token
from pybtex.utils import CaseInsensitiveDict

from carta.bibliography.entries import PERSON_ROLES, BibEntry
from carta.bibliography.names import split_names
from carta.bibliography.splitting import Chunk

#: Characters that macros may put in for a whole file. Macros made of macros can double at every line.
MOST_EXPANDED = 20_000_000
#: pybtex's own limit.
MOST_NESTED = 100

_BRACES = re.compile(r"[{}]")
_BRACES_AND_QUOTE = re.compile(r'[{}"]')


class UnreadableChunkError(Exception):
    """A chunk that does not follow the grammar. ``line`` is where the parser stopped."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.line = line


@dataclass
class Macros:
    """The ``@string`` macros of one file, and the use made of them so far."""

    values: Any = field(default_factory=lambda: CaseInsensitiveDict(month_names))
    expanded: int = 0
    #: What was defined or used, and the line.
    used: list[tuple[str, int]] = field(default_factory=list)


@dataclass
class Parsed:
    """What one chunk gave; ``entry`` is ``None`` for ``@string`` and ``@preamble``."""

    entry: BibEntry | None
    #: Macros that are not defined, and the line.
    undefined: list[tuple[str, int]]
    #: Fields that are there twice, and the line of the second; the first one counts.
    repeated: list[tuple[str, int]]
    #: Whether a comma is missing behind the key.
    comma_missing: bool


class _ChunkParser(LowLevelParser):  # type: ignore[misc]
    """pybtex's grammar, with the line of each field, and strings scanned in linear time.

    pybtex looks for the next quote from every brace on, and descends a generator a brace; both
    take the square of a long value.
    """

    text: str
    pos: int

    def __init__(self, chunk: Chunk, macros: Macros) -> None:
        super().__init__(chunk.text, macros=macros.values)
        self.lineno = chunk.line
        self.shared = macros
        self.field_lines: list[tuple[str, int]] = []
        self.undefined: list[tuple[str, int]] = []
        self.comma_missing = False

    def parse_entry_fields(self) -> None:
        self.eat_whitespace()
        self.comma_missing = self.text[self.pos : self.pos + 1] not in (",", "}", ")")
        super().parse_entry_fields()

    def parse_field(self) -> None:
        self.eat_whitespace()
        line = self.lineno
        super().parse_field()
        if self.current_field_name:
            self.field_lines.append((self.current_field_name, line))

    def substitute_macro(self, name: str) -> str:
        value = self.shared.values.get(name)
        if value is None:
            self.undefined.append((name, self.lineno))
            return ""
        self.shared.used.append((name, self.lineno))
        if self.shared.expanded + len(value) > MOST_EXPANDED:
            raise PybtexSyntaxError("the macros of this file expand to too much text", self)
        self.shared.expanded += len(value)
        return str(value)

    def handle_error(self, error: PybtexSyntaxError) -> None:
        raise error

    def parse_string(self, string_end: Any, level: int = 0, max_level: int = MOST_NESTED) -> Iterator[Token]:
        del level  # Counted here, where pybtex recurses.
        depth = 0
        stops = _BRACES_AND_QUOTE if string_end is self.QUOTE else _BRACES
        while stop := stops.search(self.text, self.pos):
            value = self.text[self.pos : stop.end()]
            self.pos = stop.end()
            self.update_lineno(value)
            yield Token(value, string_end)
            if stop.group() == "{":
                depth += 1
                if depth > max_level:
                    raise PybtexSyntaxError("too many nested braces", self)
            elif depth > 0:
                depth -= stop.group() == "}"
            elif stop.group() == "}" and string_end is self.QUOTE:
                raise PybtexSyntaxError("unbalanced braces", self)
            else:
                return
        raise PrematureEOF(self)


def parse(chunk: Chunk, macros: Macros) -> Parsed:
    """Parse one chunk; an ``@string`` adds to ``macros``.

    Raises:
        UnreadableChunkError: when the chunk does not follow the grammar.
    """
    parser = _ChunkParser(chunk, macros)
    parser.pos = parser.command_start = 1
    try:
        _, body = parser.parse_command()
    except PybtexSyntaxError as error:
        raise UnreadableChunkError(str(error.args[0]), error.lineno) from None
    if chunk.type in ("string", "preamble"):
        macros.used.append((f"@{chunk.type}", chunk.line))
        return Parsed(None, parser.undefined, [], False)
    key, fields = body
    entry, repeated = _entry(chunk, key, fields, parser.field_lines)
    return Parsed(entry, parser.undefined, repeated, parser.comma_missing)


def _entry(
    chunk: Chunk, key: str, raw_fields: list[tuple[str, list[str]]], lines: list[tuple[str, int]]
) -> tuple[BibEntry, list[tuple[str, int]]]:
    fields: dict[str, str] = {}
    persons: dict[str, list[str]] = {}
    field_lines: dict[str, int] = {}
    repeated: list[tuple[str, int]] = []
    for (raw_name, parts), (_, line) in zip(raw_fields, lines, strict=True):
        name = raw_name.lower()
        if name in field_lines:
            repeated.append((name, line))
            continue
        field_lines[name] = line
        value = " ".join("".join(parts).split())
        if name in PERSON_ROLES:
            persons[name] = split_names(value)
        else:
            fields[name] = value
    return BibEntry(key, chunk.type, fields, persons, chunk.line, field_lines), repeated
