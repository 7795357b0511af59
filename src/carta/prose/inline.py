"""Inline Markdown to the words a reader sees, each on its exact source line.

markdown-it keeps lines for blocks only. The parser here also notes, for every inline token,
the line and the offset at which it begins, so that a digit in the third line of a paragraph
is reported on that line.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from markdown_it import MarkdownIt
from markdown_it.parser_inline import ParserInline
from markdown_it.rules_inline.state_inline import StateInline
from markdown_it.token import Token
from markdown_it.utils import EnvType

from carta.prose.markup import BOUND_ROLES, SHOWN_ROLES, base_role

Kind = Literal[
    "alt", "caption", "definition", "footnote", "front-matter", "heading", "html",
    "list-item", "paragraph", "table-cell", "title",
]  # fmt: skip

#: Stands in a span's text for what is shown there but is no prose: a fact, a citation, code, maths.
OPAQUE = "\ufffc"
#: Stands in a span's text for a ``{given}`` role.
GIVEN = "\ufffb"
#: Enclose a number that stands alone in maths or code (``$15$``): it may still count something.
BARE_OPEN, BARE_CLOSE = "\ue000", "\ue001"

_BARE_NUMBER = re.compile(r"(?=.*\d)(?:\\(?:approx|sim|pm|geq?|leq?|times|%|,|;)|[\d\s.,~<>=≤≥≈±×+\-–%])+")
#: ``$5 and $`` out of "costs $5 and $6": two prices that Markdown takes for maths.
_PRICES_AS_MATHS = re.compile(r"\d[\d.,]*\s*[A-Za-z]{2,}[^\\{}^_=]*")
_EXPLICIT_TITLE = re.compile(r"(.+?)\s*<[^<>]*>", re.DOTALL)


@dataclass(frozen=True, slots=True)
class ProseSpan:
    """The prose of one block: a paragraph, a heading, a cell of a table, a caption."""

    #: What the reader sees. Line breaks are those of the source; :data:`OPAQUE`, :data:`GIVEN` and
    #: the pair :data:`BARE_OPEN`, :data:`BARE_CLOSE` stand for what is not running text.
    text: str
    #: Source line of the first character, counted from one.
    line: int
    kind: Kind

    def line_at(self, offset: int) -> int:
        """Return the source line of the character at ``offset``."""
        return self.line + self.text.count("\n", 0, offset)


@dataclass(frozen=True, slots=True)
class RoleUse:
    """One role in the text: ``{fact}`muller-2024-nejm:followup```."""

    name: str
    content: str
    line: int


class _LineKeepingState(StateInline):
    """Inline state that writes ``[line, offset]`` of each token into ``Token.map``.

    ``map`` is unused on inline tokens, and unlike ``meta`` no rule overwrites it.
    """

    def pushPending(self) -> Token:  # noqa: N802 - the name of the base class
        line = self.src.count("\n", 0, self.pos) - self.pending.count("\n")
        token = super().pushPending()
        token.map = [line, self.pos]
        return token

    def push(self, ttype: str, tag: str, nesting: Literal[-1, 0, 1]) -> Token:
        token = super().push(ttype, tag, nesting)
        token.map = [self.src.count("\n", 0, self.pos), self.pos]
        return token


class _LineKeepingParser(ParserInline):
    def parse(self, src: str, md: MarkdownIt, env: EnvType, tokens: list[Token]) -> list[Token]:
        state = _LineKeepingState(src, md, env, tokens)
        self.tokenize(state)
        for rule in self.ruler2.getRules(""):
            rule(state)
        return state.tokens


def keep_lines(md: MarkdownIt) -> None:
    """Make ``md`` note the line and the offset of every inline token."""
    parser = _LineKeepingParser()
    parser.ruler, parser.ruler2 = md.inline.ruler, md.inline.ruler2
    md.inline = parser


class InlineReader:
    """Collects spans, roles and raw HTML from inline tokens."""

    def __init__(self) -> None:
        self.spans: list[ProseSpan] = []
        self.roles: list[RoleUse] = []
        #: Lines on which inline HTML stands.
        self.html_lines: list[int] = []

    def read(self, children: Sequence[Token], source: str, line: int, kind: Kind) -> str:
        """Add the span of one block and return its text.

        ``source`` is the Markdown from which ``children`` were parsed, ``line`` that of its start.
        """
        text = self._text(children, source, line)
        if text.strip():
            self.spans.append(ProseSpan(text, line, kind))
        return text

    def _text(self, children: Sequence[Token], source: str, line: int) -> str:
        parts: list[str] = []
        reached = 0
        in_autolink = False
        for token in children:
            start, offset = token.map or (reached, 0)
            if start > reached:
                # A role or a link title ran over a line end that its token no longer holds.
                parts.append("\n" * (start - reached))
                reached = start
            if token.type == "link_open" and token.markup == "autolink":
                in_autolink = True
            elif token.type == "link_close":
                in_autolink = False
            piece = OPAQUE if in_autolink else self._shown(token, source, line + start, offset)
            parts.append(piece)
            reached += piece.count("\n")
        return "".join(parts)

    def _shown(self, token: Token, source: str, line: int, offset: int) -> str:
        match token.type:
            case "text":
                return token.content
            case "softbreak" | "hardbreak":
                return "\n"
            case "myst_role":
                return self._role(token, source, line, offset)
            case "math_inline" | "math_inline_double":
                return _maths(token.content)
            case "code_inline":
                return _bare_number_or_opaque(token.content)
            case "image":
                self.read(token.children or [], token.content, line, "alt")
                return OPAQUE
            case "html_inline":
                if not token.content.startswith("<!--"):
                    self.html_lines.append(line)
                return ""
            case _:
                return ""

    def _role(self, token: Token, source: str, line: int, offset: int) -> str:
        name = str(token.meta["name"])
        self.roles.append(RoleUse(name, token.content, line))
        base = base_role(name)
        if base == "given":
            return GIVEN
        if base in BOUND_ROLES:
            return OPAQUE
        # The token's content has blanks for line ends; the source of the same length has them.
        ticks = offset + len(name) + 2
        while source[ticks : ticks + 1] == "`":
            ticks += 1
        content = source[ticks : ticks + len(token.content)]
        explicit = _EXPLICIT_TITLE.fullmatch(content)
        if explicit:
            return explicit.group(1)
        return content if base in SHOWN_ROLES else OPAQUE


def _bare_number_or_opaque(content: str) -> str:
    if _BARE_NUMBER.fullmatch(content):
        return f"{BARE_OPEN}{content}{BARE_CLOSE}"
    return OPAQUE


def _maths(content: str) -> str:
    if _PRICES_AS_MATHS.fullmatch(content):
        return f"${content}$"
    return _bare_number_or_opaque(content)
