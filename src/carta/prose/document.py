"""A MyST Markdown page as the prose a reader sees, with exact source lines."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from markdown_it import MarkdownIt
from markdown_it.token import Token
from markdown_it.utils import EnvType
from mdit_py_plugins.amsmath import amsmath_plugin
from mdit_py_plugins.attrs import attrs_block_plugin, attrs_plugin
from mdit_py_plugins.colon_fence import colon_fence_plugin
from mdit_py_plugins.deflist import deflist_plugin
from mdit_py_plugins.dollarmath import dollarmath_plugin
from mdit_py_plugins.footnote import footnote_plugin
from mdit_py_plugins.front_matter import front_matter_plugin
from mdit_py_plugins.myst_blocks import myst_block_plugin
from mdit_py_plugins.myst_role import myst_role_plugin

from carta.prose.inline import InlineReader, Kind, ProseSpan, RoleUse, keep_lines
from carta.prose.markup import (
    BODY_NOT_PROSE,
    BODY_ON_FIRST_LINE,
    CAPTIONED_DIRECTIVES,
    CELLS,
    TITLED_DIRECTIVES,
    fill_empty_roles,
)
from carta.prose.options import DirectiveUse, TextAt, YamlError, load_mapping, split_directive

_DIRECTIVE = re.compile(r"\{([^\s}]+)\}\s*(.*)", re.DOTALL)
_HTML_NOT_SHOWN = re.compile(
    r"<(script|style)\b.*?</\1\s*>|<[/!?]?[A-Za-z][^>]*>|<[!?][^>]*>", re.DOTALL | re.IGNORECASE
)
_HTML_COMMENT = re.compile(r"<!--.*?-->", re.DOTALL)
#: Options that a reader sees, or that a screen reader speaks, by their path.
_SHOWN_OPTIONS: dict[str, Kind] = {
    "alt": "alt",
    "caption": "caption",
    "mystnb.figure.caption": "caption",
    "mystnb.image.alt": "alt",
}
_CONTAINERS: dict[str, Kind] = {
    "dt": "definition",
    "dd": "definition",
    "footnote_reference": "footnote",
    "heading": "heading",
    "list_item": "list-item",
    "td": "table-cell",
    "th": "table-cell",
}
#: Directives nested deeper than this are not read: no page is, and the stack is finite.
_DEEPEST = 40


@dataclass(frozen=True, slots=True)
class Heading:
    level: int
    text: str
    line: int


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that keeps a page, or a part of it, from being read as its author meant."""

    #: The rule's name, such as ``prose/unclosed-fence``.
    rule: str
    line: int
    message: str
    mend: str


@dataclass(frozen=True, slots=True)
class ProseDocument:
    """What a page says and uses, in the order of its source."""

    path: Path
    spans: tuple[ProseSpan, ...]
    roles: tuple[RoleUse, ...]
    directives: tuple[DirectiveUse, ...]
    #: Headings of the page itself; those inside directives, lists and quotations are not counted.
    headings: tuple[Heading, ...]
    #: Lines on which raw HTML begins. Comments are none.
    html_lines: tuple[int, ...]
    problems: tuple[Problem, ...]


def read_document(path: Path) -> ProseDocument:
    """Read a page.

    Bytes that are no UTF-8, unclosed fences and broken YAML become ``problems``. Raises
    :class:`OSError` where the file cannot be opened.
    """
    data = path.read_bytes()
    try:
        return parse_document(data.decode("utf-8-sig"), path)
    except UnicodeDecodeError as error:
        problem = Problem(
            "prose/encoding",
            data.count(b"\n", 0, error.start) + 1,
            f"The byte 0x{data[error.start]:02x} is no valid UTF-8.",
            "Save the file as UTF-8.",
        )
    document = parse_document(data.decode("utf-8-sig", errors="replace"), path)
    return ProseDocument(
        document.path,
        document.spans,
        document.roles,
        document.directives,
        document.headings,
        document.html_lines,
        (problem, *document.problems),
    )


def parse_document(text: str, path: Path) -> ProseDocument:
    """Parse the text of a page; ``path`` is only kept. Never raises, whatever the text."""
    reader = _Reader()
    reader.read_page(fill_empty_roles(text))
    return ProseDocument(
        path,
        tuple(sorted(reader.inline.spans, key=_by_line)),
        tuple(sorted(reader.inline.roles, key=_by_line)),
        tuple(sorted(reader.directives, key=_by_line)),
        tuple(reader.headings),
        tuple(sorted(set(reader.inline.html_lines))),
        tuple(sorted(reader.problems, key=_by_line)),
    )


@cache
def markdown_parser() -> MarkdownIt:
    """The Markdown of the site: the same plugins with the same settings as MyST-Parser."""
    md = (
        MarkdownIt("commonmark")
        .enable("table")
        .use(front_matter_plugin)
        .use(myst_block_plugin)
        .use(myst_role_plugin)
        .use(footnote_plugin)
        .disable("footnote_inline")
        .disable("footnote_tail")
        .use(dollarmath_plugin)
        .use(colon_fence_plugin)
        .use(amsmath_plugin)
        .use(deflist_plugin)
        .use(
            attrs_plugin,
            after=("image", "code_inline", "link_close", "span_close"),
            spans=True,
            span_after="footnote_ref",
        )
        .use(attrs_block_plugin)
    )
    keep_lines(md)
    return md


class _Reader:
    """Walks one page and the directives nested in it."""

    def __init__(self) -> None:
        self.inline = InlineReader()
        self.directives: list[DirectiveUse] = []
        self.headings: list[Heading] = []
        self.problems: list[Problem] = []
        #: Link references and footnotes hold for the whole page, nested directives included.
        self.env: EnvType = {}

    def read_page(self, text: str) -> None:
        lines = _lines(text)
        tokens = self._parse(text, 1)
        if tokens and tokens[0].type == "front_matter":
            self._front_matter(tokens[0].content)
        elif lines[0].rstrip() == "---" and re.match(r"[\w-]+:(\s|$)", lines[1] if len(lines) > 1 else ""):
            self._problem("front-matter", 1, "The front matter is not closed.", "Close it with a line `---`.")
        self._walk(tokens, lines, 1, "paragraph", 0)

    def _parse(self, text: str, line: int) -> list[Token]:
        try:
            return markdown_parser().parse(text, self.env)
        except Exception as error:  # noqa: BLE001 - the parser has no error type of its own
            self._problem(
                "unreadable",
                line,
                f"The Markdown parser gives up on the text from here on ({type(error).__name__}: {error}).",
                "Remove unusual control characters, or split the text to find the passage.",
            )
            return []

    def _problem(self, rule: str, line: int, message: str, mend: str) -> None:
        self.problems.append(Problem(f"prose/{rule}", line, message, mend))

    def _front_matter(self, content: str) -> None:
        try:
            _, texts = load_mapping(content, 2)
        except YamlError as problem:
            self._problem(
                "front-matter",
                problem.line + 1,
                f"The front matter cannot be read: {problem.message}.",
                "Write it as YAML, one `name: value` a line.",
            )
            return
        for name in ("title", "description"):
            if name in texts:
                self._inline_text(texts[name], "front-matter")

    def _walk(
        self, tokens: Sequence[Token], lines: Sequence[str], first: int, kind: Kind, depth: int
    ) -> None:
        """Read block tokens of a text whose first line is line ``first`` of the file."""
        kinds = [kind]
        for index, token in enumerate(tokens):
            name = token.type.removesuffix("_open").removesuffix("_close")
            if name in _CONTAINERS:
                if token.nesting > 0:
                    kinds.append(_CONTAINERS[name])
                elif len(kinds) > 1:
                    kinds.pop()
                continue
            start, end = token.map or (0, 0)
            match token.type:
                case "inline":
                    while start + 1 < end and not lines[start].strip():
                        start += 1  # a line of non-breaking spaces, which the parser strips
                    text = self.inline.read(token.children or [], token.content, first + start, kinds[-1])
                    opening = tokens[index - 1]
                    if opening.type == "heading_open" and depth == 0 and opening.level == 0:
                        self.headings.append(Heading(int(opening.tag[1]), text, first + start))
                case "fence" | "colon_fence":
                    self._fence(token, lines, first, kinds[-1], depth)
                case "html_block":
                    self._html(token.content, first + start)
                case _:
                    pass

    def _inline_text(self, text: TextAt, kind: Kind) -> None:
        for token in markdown_parser().parseInline(text.text, self.env):
            self.inline.read(token.children or [], token.content, text.line, kind)

    def _markdown(self, text: TextAt, kind: Kind, depth: int) -> None:
        if text.text.strip():
            self._walk(self._parse(text.text, text.line), _lines(text.text), text.line, kind, depth)

    def _html(self, content: str, line: int) -> None:
        shown = _HTML_COMMENT.sub(_blank, content)
        if not shown.strip():
            return
        self.inline.html_lines.append(line)
        text = _HTML_NOT_SHOWN.sub(_blank, shown)
        if text.strip():
            self.inline.spans.append(ProseSpan(text, line, "html"))

    def _fence(self, token: Token, lines: Sequence[str], first: int, kind: Kind, depth: int) -> None:
        start, end = token.map or (0, 0)
        line = first + start
        match = _DIRECTIVE.fullmatch(token.info.strip())
        last = lines[end - 1].strip(" \t>") if 0 < end <= len(lines) else ""
        if end - start < 2 or last.strip(token.markup[0]) or len(last) < len(token.markup):
            what = f"The directive `{{{match.group(1)}}}`" if match else "The fenced block"
            self._problem(
                "unclosed-fence",
                line,
                f"{what} is opened here and never closed, so it takes in all that follows.",
                f"Close it with a line `{token.markup}`; a fence that holds another needs more marks.",
            )
        if match:
            self._directive(match.group(1), match.group(2).strip(), token, line, kind, depth)
        elif token.type == "colon_fence":
            # Colons without a name enclose ordinary text.
            self._nested(TextAt(token.content, line + 1), kind, depth)

    def _nested(self, text: TextAt, kind: Kind, depth: int) -> None:
        if depth < _DEEPEST:
            self._markdown(text, kind, depth + 1)
        else:
            self._problem("unreadable", text.line, "Directives are nested too deeply.", "Nest fewer of them.")

    def _directive(self, name: str, argument: str, token: Token, line: int, kind: Kind, depth: int) -> None:
        options, texts, body, problem = split_directive(token.content, line + 1, cell=name in CELLS)
        if problem is not None:
            self._problem(
                "directive-options",
                problem.line,
                f"The options of `{{{name}}}` cannot be read: {problem.message}.",
                "Write them as YAML between two lines `---`, or one `:name: value` a line.",
            )
        self.directives.append(DirectiveUse(name, argument, options, body.text, line, body.line, texts))
        if name in TITLED_DIRECTIVES:
            self._inline_text(TextAt(argument, line), "title")
        elif name in BODY_ON_FIRST_LINE:
            self._inline_text(TextAt(argument, line), kind)
        for path, shown_as in _SHOWN_OPTIONS.items():
            if path in texts:
                self._markdown(texts[path], shown_as, depth + 1)
        if name == "raw":
            self.inline.html_lines.append(line)
        if name not in BODY_NOT_PROSE:
            self._nested(body, "caption" if name in CAPTIONED_DIRECTIVES else kind, depth)


def _by_line(item: ProseSpan | RoleUse | DirectiveUse | Problem) -> int:
    return item.line


def _lines(text: str) -> list[str]:
    return text.replace("\r\n", "\n").replace("\r", "\n").split("\n")


def _blank(match: re.Match[str]) -> str:
    return re.sub(r"[^\n]", " ", match.group())
