"""What a check says: one finding, its severity, and the three ways to print a list of them."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Literal

Severity = Literal["error", "warning", "notice"]

#: Order in which findings of one file and line are shown.
_RANK: dict[str, int] = {"error": 0, "warning": 1, "notice": 2}


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that is wrong, or that a reader should know, at one place.

    ``error`` and ``warning`` make a check fail. ``notice`` states a known and marked
    weakness (an unconfirmed title, a source nobody cites): it is listed and fails nothing.
    """

    #: The rule's name: ``area/what``, such as ``evidence/events-within-n``.
    rule: str
    severity: Severity
    #: The file, relative to the project where it lies within it.
    file: str
    #: Line in the file, counted from one.
    line: int
    #: What is wrong, in one sentence.
    message: str
    #: How to mend it, in one sentence.
    mend: str


def sort_findings(findings: Iterable[Finding]) -> list[Finding]:
    """Sort by file, line, severity and rule, and drop exact repetitions."""
    return sorted(set(findings), key=lambda f: (f.file, f.line, _RANK[f.severity], f.rule, f.message))


def fails(findings: Iterable[Finding]) -> bool:
    """Return whether any finding is more than a notice."""
    return any(finding.severity != "notice" for finding in findings)


def relative_to_project(path: Path, root: Path) -> str:
    """Return the path as a finding names it: POSIX, and relative where that is possible."""
    try:
        return path.resolve().relative_to(root.resolve()).as_posix()
    except ValueError:
        return path.as_posix()


def as_text(findings: Sequence[Finding]) -> str:
    """One block a finding: place, severity and rule; then what is wrong; then the mend."""
    return "\n".join(
        f"{f.file}:{f.line}: {f.severity}: {f.message} [{f.rule}]\n    mend: {f.mend}" for f in findings
    )


def as_json(findings: Sequence[Finding]) -> str:
    """A JSON array of objects with the fields of :class:`Finding`."""
    return json.dumps([asdict(f) for f in findings], ensure_ascii=False, indent=2)


def _escape_property(text: str) -> str:
    return _escape_data(text).replace(":", "%3A").replace(",", "%2C")


def _escape_data(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def as_github(findings: Sequence[Finding]) -> str:
    """Workflow commands that GitHub shows beside the changed line.

    The escapes are those of the documented workflow command syntax.
    """
    return "\n".join(
        f"::{f.severity} file={_escape_property(f.file)},line={f.line},title={_escape_property(f.rule)}"
        f"::{_escape_data(f.message + ' Mend: ' + f.mend)}"
        for f in findings
    )


FORMATS = {"text": as_text, "json": as_json, "github": as_github}
