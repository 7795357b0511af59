"""What was asked of the evidence, so that what was made from the answers can be checked for staleness.

A page or notebook depends on the *answers* it got, not on files: a changed value somewhere else leaves
it as it is, and a new study that matches a question makes it stale. Each question is remembered with a
digest of its answer; asking it again and comparing tells whether anything must be made anew.
"""

from __future__ import annotations

import atexit
import json
import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path

from carta.files import write_text_atomically

#: File to which a process writes, when it ends, what it asked and which of our modules it had loaded.
TRACE_VARIABLE = "CARTA_TRACE"

#: Questions (name and arguments as JSON) and the digest of the answer.
Questions = dict[str, str]

_active: ContextVar[tuple[Questions, ...]] = ContextVar("carta_trace", default=())
_process: Questions = {}


def record(question: str, answer: str) -> None:
    """Note that ``question`` was asked and had an answer with the digest ``answer``."""
    for questions in _active.get():
        questions[question] = answer
    if os.environ.get(TRACE_VARIABLE):
        if not _process:
            atexit.register(write_process_trace)
        _process[question] = answer


def is_traced() -> bool:
    """Return whether anybody listens; answers need no digest otherwise."""
    return bool(_active.get()) or bool(os.environ.get(TRACE_VARIABLE))


@contextmanager
def tracing() -> Iterator[Questions]:
    """Collect the questions asked inside the block (nested blocks each get them all)."""
    questions: Questions = {}
    token = _active.set((*_active.get(), questions))
    try:
        yield questions
    finally:
        _active.reset(token)


def loaded_modules() -> list[str]:
    """Names of this package's modules that the process has imported, sorted."""
    return sorted(name for name in sys.modules if name == "carta" or name.startswith("carta."))


def write_process_trace() -> None:
    """Write what this process asked to the file named by ``CARTA_TRACE``; without it, do nothing."""
    target = os.environ.get(TRACE_VARIABLE)
    if target:
        content = {"questions": _process, "modules": loaded_modules()}
        write_text_atomically(Path(target), json.dumps(content, sort_keys=True))
