"""What is remembered of each executed notebook, so that a stale one is known by its answers and files."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from carta.evidence.trace import Questions
from carta.files import digest, write_text_atomically

#: Counts up when what is remembered, or how notebooks are run, changes.
VERSION = 2


@dataclass(frozen=True)
class Execution:
    """One execution of a notebook and all that its outputs depend on."""

    #: Digest of the code cells, the kernel and the lock file.
    key: str
    #: What it asked of the evidence, and the digests of the answers.
    questions: Questions
    #: Files it read and modules it had loaded, relative to the project where they lie in it, with the digests of
    #: their content.
    files: dict[str, str]
    #: Digest of all outputs.
    outputs: str
    #: Digest of each glued output, by its key.
    glued: dict[str, str]


def read_state(path: Path) -> dict[str, Execution]:
    """Return the remembered executions by docname; none where the file is missing, damaged or older."""
    try:
        content: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        if content["version"] != VERSION:
            return {}
        return {docname: Execution(**execution) for docname, execution in content["notebooks"].items()}
    except (OSError, ValueError, TypeError, KeyError):
        return {}


def write_state(path: Path, executions: dict[str, Execution]) -> None:
    """Remember executions."""
    content = {
        "version": VERSION,
        "notebooks": {docname: asdict(execution) for docname, execution in sorted(executions.items())},
    }
    write_text_atomically(path, json.dumps(content, ensure_ascii=False, indent=1))


def read_seconds(path: Path) -> dict[str, float]:
    """Return how long each notebook took when it last ran, by docname; it orders the next runs and no more."""
    try:
        return {str(name): float(number) for name, number in json.loads(path.read_text("utf-8")).items()}
    except (OSError, ValueError, TypeError, AttributeError):
        return {}


def write_seconds(path: Path, seconds: dict[str, float]) -> None:
    """Remember how long notebooks took."""
    rounded = {docname: round(number, 2) for docname, number in sorted(seconds.items())}
    write_text_atomically(path, json.dumps(rounded, indent=1))


class FileDigests:
    """Digests of files, each computed once a build. A missing file has the digest ``"none"``."""

    def __init__(self) -> None:
        self._known: dict[str, str] = {}

    def of(self, path: str) -> str:
        """Return the digest of the file's content."""
        if path not in self._known:
            try:
                self._known[path] = digest(Path(path).read_bytes())
            except OSError:
                self._known[path] = "none"
        return self._known[path]
