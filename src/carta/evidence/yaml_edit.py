"""Changing one field of a record's file and leaving every other byte of it as it was."""

from __future__ import annotations

from datetime import date
from typing import Any

import yaml

from carta.evidence.yaml_files import parse

#: Letters on a line before it is folded, as in the other files of the base.
_WIDTH = 110


class _Dumper(yaml.SafeDumper):
    def increase_indent(self, flow: bool = False, indentless: bool = False) -> None:
        # Lists stand two letters in, under their key.
        super().increase_indent(flow, False)

    def ignore_aliases(self, data: Any) -> bool:
        # A date that stands twice is written twice; anchors are no form for people.
        return True


def dump(value: Any) -> str:
    """Write plain data as YAML in the house form: two spaces, in the given order, Unicode."""
    text: str = yaml.dump(
        value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=_WIDTH, default_flow_style=False
    )
    return text


def dated(value: str) -> date | str:
    """Return a whole date as a date, which YAML writes without quotes, and a partial one as it is."""
    return date.fromisoformat(value) if len(value) == len("2024-01-31") else value


def set_field(text: str, name: str, value: Any) -> str:
    """Return the file with the top-level field ``name`` set to ``value``.

    The field keeps its place, and a comment behind a value of one line stays. A new field comes before
    ``read_fields``, ``added`` or ``note``, whichever is first, else at the end.

    Raises:
        ValueError: when the text is no mapping, or what would be written does not read back.
    """
    lines = text.splitlines(keepends=True)
    if lines and not lines[-1].endswith("\n"):
        lines[-1] += "\n"
    block = dump({name: value})
    places = _places(text)
    if name in places:
        start, end = places[name]
        comment = _comment(lines[start]) if end - start == 1 and block.count("\n") == 1 else ""
        lines[start:end] = [block.rstrip("\n") + comment + "\n"]
    else:
        later = [
            places[key][0] for key in ("read_fields", "unverified_fields", "added", "note") if key in places
        ]
        at = min(later, default=len(lines))
        lines.insert(at, block)
    result = "".join(lines)
    before, after = parse(text) or {}, parse(result)
    if after != {**before, name: value}:
        raise ValueError(f"the field {name} cannot be set without harm to the rest of the file")
    return result


def remove_field(text: str, name: str) -> str:
    """Return the file without the top-level field ``name``; as it was where there is none."""
    places = _places(text)
    if name not in places:
        return text
    lines = text.splitlines(keepends=True)
    start, end = places[name]
    return "".join(lines[:start] + lines[end:])


def _places(text: str) -> dict[str, tuple[int, int]]:
    """Map each top-level field to its first line and the line after its last, counted from zero."""
    node = yaml.compose(text, Loader=yaml.SafeLoader)
    if node is None:
        return {}
    if not isinstance(node, yaml.MappingNode) or node.flow_style:
        raise ValueError("the file is no mapping with one field a line")
    lines = text.splitlines()
    places = {}
    for key, value in node.value:
        start, end = key.start_mark.line, value.end_mark.line
        # The mark of a block lies at the start of what follows it; that of a scalar in its own line.
        if value.end_mark.column > 0 or end == start:
            end += 1
        # Blank lines and comments between two fields belong to the second.
        while end - 1 > start and (not lines[end - 1].strip() or lines[end - 1].startswith("#")):
            end -= 1
        places[key.value] = (start, end)
    return places


def _comment(line: str) -> str:
    """Return a comment at the end of a line with the white space before it."""
    tokens = line.rstrip("\n")
    at = tokens.rfind(" #")
    if at < 0 or parse(tokens[:at]) != parse(tokens):
        return ""
    return tokens[len(tokens[:at].rstrip()) :]
