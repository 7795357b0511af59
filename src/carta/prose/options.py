"""The text of a directive: its options and its body, with the lines on which they stand."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from textwrap import dedent
from typing import Any

import yaml

_Loader: type[Any] = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_OPTION_LINE = re.compile(r"\s*:([A-Za-z][\w-]*):(?:\s+(.*))?\s*")
_ESCAPE = re.compile(r"\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|U[0-9a-fA-F]{8}|.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class TextAt:
    """A piece of Markdown and the line (from one) on which it begins."""

    text: str
    line: int


@dataclass(frozen=True, slots=True)
class DirectiveUse:
    """One directive of a page."""

    name: str
    #: What follows the name on the first line.
    argument: str
    #: Options by name; the YAML values for notebook cells, strings otherwise.
    options: Mapping[str, Any]
    body: str
    #: Line of the opening fence, counted from one.
    line: int
    body_line: int
    #: Options by dotted path (``alt``, ``mystnb.figure.caption``) with the lines of their text.
    option_texts: Mapping[str, TextAt] = field(default_factory=dict)


class YamlError(Exception):
    """YAML that cannot be read. ``line`` counts from one within the YAML text."""

    def __init__(self, message: str, line: int) -> None:
        super().__init__(message)
        self.message = message
        self.line = line


def load_mapping(text: str, first_line: int) -> tuple[dict[str, Any], dict[str, TextAt]]:
    """Load a YAML mapping and the place of every string in it, by dotted path.

    Raises :class:`YamlError` where the text is no YAML or no mapping.
    """
    try:
        loader = _Loader(text)
        try:
            node = loader.get_single_node()
            data = None if node is None else loader.construct_document(node)
        finally:
            loader.dispose()
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        what = getattr(error, "problem", None) or str(error)
        raise YamlError(f"it is no valid YAML: {what}", mark.line + 1 if mark else 1) from error
    except (ValueError, TypeError, OverflowError, RecursionError) as error:
        # Well-formed YAML with an impossible value, such as the date 2024-13-45.
        raise YamlError(f"it holds a value that cannot be read: {error}", 1) from error
    if data is None:
        return {}, {}
    if not isinstance(data, dict):
        raise YamlError("it is no mapping of names to values", 1)
    texts = dict(_texts(node, text.split("\n"), first_line, (), frozenset()))
    return {str(key): value for key, value in data.items()}, texts


def _texts(
    node: Any, lines: list[str], first_line: int, path: tuple[str, ...], above: frozenset[int]
) -> Iterator[tuple[str, TextAt]]:
    if isinstance(node, yaml.MappingNode):
        if id(node) in above:  # an anchor that contains itself
            return
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode):
                yield from _texts(value, lines, first_line, (*path, str(key.value)), above | {id(node)})
    elif isinstance(node, yaml.ScalarNode) and node.tag == "tag:yaml.org,2002:str":
        yield ".".join(path), _source_text(node, lines, first_line)


def _source_text(node: yaml.ScalarNode, lines: list[str], first_line: int) -> TextAt:
    """Return a string as it stands in the source, so that its line ends are those of the file."""
    start, end = node.start_mark, node.end_mark
    if node.style in ("|", ">"):
        block = lines[start.line + 1 : end.line + (1 if end.column else 0)]
        return TextAt(dedent("\n".join(block)), first_line + start.line + 1)
    if start.line == end.line:
        raw = lines[start.line][start.column : end.column]
    else:
        middle = (line.strip() for line in lines[start.line + 1 : end.line])
        raw = "\n".join([lines[start.line][start.column :], *middle, lines[end.line][: end.column].strip()])
    if node.style == "'":
        raw = raw[1:-1].replace("''", "'")
    elif node.style == '"':
        raw = _ESCAPE.sub(_unescape, raw[1:-1])
    return TextAt(raw, first_line + start.line)


def _unescape(match: re.Match[str]) -> str:
    code = match.group(1)
    if code[0] in "xuU" and len(code) > 1:
        point = int(code[1:], 16)
        return chr(point) if point <= 0x10FFFF else " "
    # Escaped line ends and tabs are blanks to a reader; an escaped real line end stays one.
    return " " if code in "nrtN_LP" else code


def split_directive(
    content: str, first_line: int, *, cell: bool
) -> tuple[dict[str, Any], dict[str, TextAt], TextAt, YamlError | None]:
    """Split what stands inside a fence into options, their texts, and the body.

    ``first_line`` is the line of the first line of ``content``. ``cell`` says that the options
    are full YAML, as in notebook cells. The problem, if any, has its line in the file.
    """
    lines = content.split("\n")
    if lines[0].startswith("---"):
        closing = next((i for i, line in enumerate(lines[1:], 1) if line.startswith("---")), len(lines))
        option_lines, skipped, body_at = lines[1:closing], 1, min(closing + 1, len(lines))
    else:
        body_at = next((i for i, line in enumerate(lines) if not _OPTION_LINE.fullmatch(line)), len(lines))
        option_lines, skipped = lines[:body_at], 0
        if cell:
            option_lines = [line.lstrip()[1:] for line in option_lines]
    body = TextAt("\n".join(lines[body_at:]), first_line + body_at)
    if not skipped and not cell:
        options, texts = _colon_options(option_lines, first_line)
        return options, texts, body, None
    try:
        loaded, texts = load_mapping(dedent("\n".join(option_lines)), first_line + skipped)
    except YamlError as problem:
        return {}, {}, body, YamlError(problem.message, first_line + skipped + problem.line - 1)
    return loaded, texts, body, None


def _colon_options(lines: list[str], first_line: int) -> tuple[dict[str, Any], dict[str, TextAt]]:
    options: dict[str, Any] = {}
    texts: dict[str, TextAt] = {}
    for number, line in enumerate(lines, first_line):
        match = _OPTION_LINE.fullmatch(line)
        if match:
            name, value = match.group(1), match.group(2) or ""
            options[name], texts[name] = value, TextAt(value, number)
    return options, texts
