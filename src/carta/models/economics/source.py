"""Where each value of a model stands in its files."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from carta.findings import Finding, relative_to_project


@dataclass(frozen=True)
class Source:
    """Where a model came from, so that an error can name the line."""

    #: The file itself, then those that it extends.
    files: tuple[Path, ...] = ()
    root: Path = field(default_factory=Path.cwd)

    def place(self, location: Sequence[str | int]) -> tuple[str, int]:
        """Return file and line of a value, or of what is nearest around it."""
        best: tuple[int, Path, int] | None = None
        for file in self.files:
            depth, line = _locate(file, location)
            if best is None or depth > best[0]:
                best = depth, file, line
        if best is None:
            return "(model)", 1
        return relative_to_project(best[1], self.root), best[2]

    def finding(self, rule: str, location: Sequence[str | int], message: str, mend: str) -> Finding:
        """Return an error at a place of the model."""
        file, line = self.place(location)
        return Finding(f"model/{rule}", "error", file, line, message, mend)


def _locate(path: Path, location: Sequence[str | int]) -> tuple[int, int]:
    """Return how many steps of the location exist in the file, and the line of the last that does."""
    try:
        node: Any = yaml.compose(path.read_text(encoding="utf-8"), Loader=yaml.SafeLoader)
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return 0, 1
    depth, line = 0, 1
    for step in location:
        if isinstance(node, yaml.MappingNode):
            found = next((pair for pair in node.value if pair[0].value == str(step)), None)
            if found is None:
                return depth, line
            line, node = found[0].start_mark.line + 1, found[1]
        elif isinstance(node, yaml.SequenceNode) and isinstance(step, int) and step < len(node.value):
            node = node.value[step]
            line = node.start_mark.line + 1
        else:
            return depth, line
        depth += 1
    return depth, line
