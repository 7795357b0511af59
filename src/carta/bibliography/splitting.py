"""Where entries start and end in a BibTeX text, found in linear time whatever the text is.

pybtex reads a file in one go and loses its place at the first unbalanced brace. Here each entry
is cut out first, so that a broken one costs nothing but itself:

* an entry ends where its own bracket closes, whatever stands in between;
* one whose bracket never closes ends where the next entry seems to start;
* one that closes but cannot be parsed is given up to the next apparent start inside of it.
"""

from __future__ import annotations

import re
from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal

#: What pybtex takes as a start, but with a type of sober length: a run of ``@`` must not cost its square.
_START = re.compile(r"@\s*([A-Za-z][\w.:+-]{0,63})\s*([{(])")
#: An apparent start: a type with its bracket at the start of a line, or a whole ``@type{key, field =``.
_AT_LINE_START = re.compile(r"^[ \t]*(@[ \t]*[A-Za-z][\w.:+-]{0,63}[ \t]*[{(])", re.MULTILINE)
_WHOLE_HEAD = re.compile(
    r"@[ \t]*(?!string\b|preamble\b|comment\b)[A-Za-z][\w.:+-]{0,63}[ \t]*[{(]"
    r"\s*[^\s,{}()\"=@]+[ \t]*,\s*[A-Za-z][\w-]*\s*=",
    re.IGNORECASE,
)
#: A longer key is no key; findings name it cut to this.
LONGEST_KEY = 200
_KEY = re.compile(r"\s*((?!@)[^\s,{}()\"=]+)")
_KEY_AND_COMMA = re.compile(r"\s*((?!@)[^\s,{}()\"=]+)\s*,")
_PAREN_TOKENS = re.compile(r'[{}()"]')
#: Text behind an entry that can only be what was cut off by a brace too many.
_CUT_OFF = re.compile(r"\s*+,?\s*+([A-Za-z][\w-]*+)\s*+=\s*+[\"{\d]")
_BRACE_TOO_MANY = re.compile(r"\s*\}")
#: A known type without a bracket, anywhere.
_STRAY = re.compile(r"@\s*([A-Za-z][\w.:+-]{0,63})")
#: ``@...key, field = {`` with something that is no type, or a type too long to be one. Bounded: it is tried at
#: every ``@`` that starts a line.
_BROKEN_HEAD = re.compile(
    r"@[^\n]{0,200}?,\s{0,200}[A-Za-z][\w-]{0,63}[ \t]{0,200}=[ \t]{0,200}[\"{\w]|@\s{0,200}[^\s@{}(),=\"]{64}"
)
#: Between entries: a line that is a field; or one that ends what came before, a bracket alone or nothing.
_OUTSIDE = re.compile(
    r"^[ \t]*+(?:(?P<field>[A-Za-z][\w-]*+[ \t]*+=[ \t]*+[\"{])|(?:[})][ \t]*+,?[ \t]*+)?+$)", re.MULTILINE
)
#: An ``@`` behind more than this is in the middle of a line, whatever stands before it.
_LONGEST_INDENT = 200
KNOWN_STARTS = frozenset(
    {
        "article",
        "book",
        "booklet",
        "collection",
        "conference",
        "dataset",
        "electronic",
        "inbook",
        "incollection",
        "inproceedings",
        "manual",
        "mastersthesis",
        "misc",
        "online",
        "patent",
        "phdthesis",
        "proceedings",
        "report",
        "software",
        "string",
        "preamble",
        "techreport",
        "thesis",
        "unpublished",
    }
)


@dataclass(frozen=True, slots=True)
class Chunk:
    """One ``@type{...}`` as it stands in the text."""

    type: str
    #: The citation key, or the macro's name; empty where there is none.
    key: str
    text: str
    #: Offsets in the whole text: of the ``@``, and behind the last character.
    start: int
    end: int
    line: int
    #: Whether its own bracket closes.
    closed: bool


@dataclass(frozen=True, slots=True)
class Oddity:
    """Text between entries that a reader should know of."""

    kind: Literal[
        "no-bracket",
        "no-type",
        "fields-outside",
        "cut-off-fields",
        "brace-too-many",
        "open-comment",
        "in-comment",
    ]
    #: The word, key or type that it is about.
    what: str
    line: int


class Splitter:
    """Cuts a text into chunks, one :meth:`next` at a time; the caller says which could not be parsed."""

    def __init__(self, text: str) -> None:
        self._text = text
        self._newlines = array("q", (m.start() for m in re.finditer("\n", text)))
        heads = {m.start() for m in _WHOLE_HEAD.finditer(text)}
        heads.update(m.start(1) for m in _AT_LINE_START.finditer(text))
        self._apparent_starts = array("q", sorted(heads))
        self._closing = _closing_braces(text, {m.end() - 1 for m in _START.finditer(text)})
        self._position = 0
        #: Up to here apparent starts outrank braces, since the braces were shown to be wrong.
        self._distrust_until = 0
        #: Open braces of an ``@comment{`` around the present position, its line, and the keys inside.
        self._comment_depth = 0
        self._comment_line = 0
        self._commented: list[Oddity] = []
        #: Whether the fields that come next, outside of any entry, were already reported.
        self._told = False
        self.oddities: list[Oddity] = []

    def line(self, offset: int) -> int:
        """Return the line of an offset, counted from one."""
        return bisect_left(self._newlines, offset) + 1

    def next(self) -> Chunk | None:
        """Return the next chunk, or ``None`` at the end."""
        while True:
            at = self._text.find("@", self._position)
            if at < 0:
                self._pass_over(len(self._text))
                if self._comment_depth > 0:
                    self.oddities.append(Oddity("open-comment", "comment", self._comment_line))
                return None
            self._pass_over(at)
            head = _START.match(self._text, at)
            if head is None:
                self._note_stray(at)
                self._position = at + 1
            elif head.group(1).lower() == "comment":
                # BibTeX and pybtex skip the word alone: an entry inside the braces is read.
                if self._comment_depth == 0 and head.group(2) == "{":
                    self._comment_line = self.line(at)
                if head.group(2) == "{":
                    self._comment_depth += 1
                self._position = head.end()
            else:
                return self._cut(at, head)

    def distrust(self, chunk: Chunk) -> None:
        """Go back into a chunk that closes but cannot be parsed, to the first apparent start inside."""
        inside = self._first_apparent_start(chunk.start + 1)
        self._note_broken_heads(chunk.start + 1, min(inside, chunk.end))
        if inside < chunk.end:
            self._position = inside
            self._distrust_until = max(self._distrust_until, chunk.end)

    def starts_inside(self, chunk: Chunk) -> Iterator[tuple[str, int]]:
        """Key and line of each ``@type{key,`` inside a chunk's braces that seems to be an entry."""
        low = bisect_right(self._apparent_starts, chunk.start)
        for offset in self._apparent_starts[low : bisect_left(self._apparent_starts, chunk.end)]:
            head = _START.match(self._text, offset)
            key = _KEY_AND_COMMA.match(self._text, head.end()) if head else None
            if key:
                yield key.group(1)[:LONGEST_KEY], self.line(offset)

    def _cut(self, at: int, head: re.Match[str]) -> Chunk:
        self._told = False
        limit = self._first_apparent_start(at + 1)
        if head.group(2) == "{":
            closing = self._closing.get(head.end() - 1)
        else:
            closing = _closing_parenthesis(self._text, head.end(), limit)
        if closing is not None and closing > limit and at < self._distrust_until:
            closing = None
        end = limit if closing is None else closing + 1
        self._position = end
        chunk = Chunk(
            type=head.group(1).lower(),
            key=self._key_behind(head),
            text=self._text[at:end],
            start=at,
            end=end,
            line=self.line(at),
            closed=closing is not None,
        )
        if chunk.closed:
            self._look_behind(chunk)
        else:
            self._note_broken_heads(at + 1, end)
        return chunk

    def _look_behind(self, chunk: Chunk) -> None:
        if self._comment_depth > 0:
            if chunk.type not in ("string", "preamble"):
                self._commented.append(Oddity("in-comment", chunk.key or chunk.type, chunk.line))
        elif cut_off := _CUT_OFF.match(self._text, chunk.end):
            line = self.line(cut_off.start(1))
            self.oddities.append(Oddity("cut-off-fields", chunk.key or chunk.type, line))
            self._told = True
        elif brace := _BRACE_TOO_MANY.match(self._text, chunk.end):
            line = self.line(brace.end() - 1)
            self.oddities.append(Oddity("brace-too-many", chunk.key or chunk.type, line))

    def _pass_over(self, until: int) -> None:
        """Go over text that belongs to no entry: follow the braces of a comment, note fields that nobody reads."""
        if self._comment_depth == 0 and until - self._position > 2:
            for line in _OUTSIDE.finditer(self._text, self._position, until):
                if line.group("field") is None:
                    self._told = False
                elif not self._told:
                    self._told = True
                    field = line.group("field").split("=")[0].strip()
                    self.oddities.append(Oddity("fields-outside", field, self.line(line.start("field"))))
        if self._comment_depth > 0:
            between = self._text[self._position : until]
            self._comment_depth += between.count("{") - between.count("}")
            if self._comment_depth <= 0:
                self._comment_depth = 0
                self.oddities += self._commented
                self._commented = []

    def _note_stray(self, at: int) -> None:
        word = _STRAY.match(self._text, at)
        if word and word.group(1).lower() in KNOWN_STARTS:
            self.oddities.append(Oddity("no-bracket", word.group(1), self.line(at)))
            self._told = True
        elif self._comment_depth == 0 and self._starts_line(at):
            self._told = False
            self._note_broken_heads(at, at + 1)

    def _note_broken_heads(self, start: int, end: int) -> None:
        """Note what starts a line like an entry, but with no type that could be read."""
        at = self._text.find("@", start, end)
        while at >= 0:
            if (
                self._starts_line(at)
                and _BROKEN_HEAD.match(self._text, at)
                and not _START.match(self._text, at)
            ):
                head = re.split(r"[{(,\n]", self._text[at + 1 : at + 64], maxsplit=1)[0]
                self.oddities.append(Oddity("no-type", head.strip(), self.line(at)))
                self._told = True
            at = self._text.find("@", at + 1, end)

    def _starts_line(self, at: int) -> bool:
        if at and self._text[at - 1] not in "\n \t":
            return False
        line = bisect_left(self._newlines, at)
        start = self._newlines[line - 1] + 1 if line else 0
        return at - start <= _LONGEST_INDENT and not self._text[start:at].strip()

    def _first_apparent_start(self, offset: int) -> int:
        index = bisect_left(self._apparent_starts, offset)
        return self._apparent_starts[index] if index < len(self._apparent_starts) else len(self._text)

    def _key_behind(self, head: re.Match[str]) -> str:
        key = _KEY.match(self._text, head.end())
        return key.group(1)[:LONGEST_KEY] if key else ""


def _closing_braces(text: str, wanted: set[int]) -> dict[int, int]:
    """Offsets of the wanted opening braces to those of their closing ones, in one pass."""
    closing: dict[int, int] = {}
    open_braces = array("q")
    for brace in re.finditer(r"[{}]", text):
        if brace.group() == "{":
            open_braces.append(brace.start())
        elif open_braces:
            opening = open_braces.pop()
            if opening in wanted:
                closing[opening] = brace.start()
    return closing


def _closing_parenthesis(text: str, start: int, limit: int) -> int | None:
    """Offset of the ``)`` that is outside of braces and quotes, before ``limit``."""
    depth = 0
    quoted = False
    for token in _PAREN_TOKENS.finditer(text, start, limit):
        match token.group():
            case "{":
                depth += 1
            case "}":
                depth -= 1
            case '"' if depth == 0:
                quoted = not quoted
            case ")" if depth == 0 and not quoted:
                return token.start()
    return None
