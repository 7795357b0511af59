"""YAML as records are written in it: no duplicate keys, and the line of every value when it is asked for."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from pathlib import Path
from typing import Any

import yaml

_Base: Any = getattr(yaml, "CSafeLoader", yaml.SafeLoader)


class DuplicateKeyError(yaml.MarkedYAMLError):
    """A mapping names one key twice; YAML itself would keep the last and say nothing."""


class _Loader(_Base):  # type: ignore[misc]
    pass


def _mapping(loader: Any, node: yaml.MappingNode) -> dict[Hashable, Any]:
    loader.flatten_mapping(node)
    result: dict[Hashable, Any] = {}
    for key_node, value_node in node.value:
        key = loader.construct_object(key_node, deep=True)
        if not isinstance(key, Hashable) or key in result:
            raise DuplicateKeyError(
                problem=f"the key {key!r} stands here a second time", problem_mark=key_node.start_mark
            )
        result[key] = loader.construct_object(value_node, deep=True)
    return result


_Loader.add_constructor(yaml.resolver.BaseResolver.DEFAULT_MAPPING_TAG, _mapping)


def parse(text: str) -> Any:
    """Parse one YAML document.

    Raises:
        yaml.YAMLError: with the place (``problem_mark``) where the text is not YAML, or a key stands twice.
    """
    return yaml.load(text, Loader=_Loader)  # noqa: S506  a safe loader with one check added


def error_line(error: yaml.YAMLError) -> int:
    """Return the line, counted from one, at which parsing failed."""
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    return mark.line + 1 if mark is not None else 1


def line_of(path: Path, location: Sequence[str | int]) -> int:
    """Return the line of the value at ``location`` (keys and indices from the top), counted from one.

    Where the location does not exist, the line of the nearest value around it. The file is read again:
    lines are wanted only where something is wrong.
    """
    try:
        node: Any = yaml.compose(path.read_text(encoding="utf-8"), Loader=_Base)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return 1
    line = 1
    for step in location:
        if isinstance(node, yaml.MappingNode):
            for key_node, value_node in node.value:
                if key_node.value == str(step):
                    line, node = key_node.start_mark.line + 1, value_node
                    break
            else:
                return line
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            return line
    return line
