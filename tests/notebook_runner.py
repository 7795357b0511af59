"""Run notebooks as Jupyter's own shell does, each in a process of its own, without a kernel's start for each.

A program: ``python notebook_runner.py FOLDER...`` prints, as JSON, for each notebook what its cells of code printed and
the error of the first that failed. IPython is loaded once; each notebook gets a forked copy of that fresh state.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
from IPython.core.interactiveshell import InteractiveShell

#: Asked at the end of each notebook: where the checker came from.
WHERE = "import carta.exercises\nprint(carta.exercises.__file__)"


_read: Callable[..., Any] = nbformat.read
_make_shell: Callable[..., Any] = InteractiveShell


def code_of(path: Path) -> list[tuple[str, list[str]]]:
    """The source and the tags of each cell of code."""
    cells = _read(path, as_version=4)["cells"]
    return [
        (cell["source"], cell["metadata"].get("tags", [])) for cell in cells if cell["cell_type"] == "code"
    ]


def run(folder: Path, code: list[tuple[str, list[str]]]) -> dict[str, Any]:
    """Run cells from top to bottom, up to the first error."""
    os.chdir(folder)
    shell = _make_shell()
    said: list[dict[str, Any]] = []
    error = ""
    for source, tags in [*code, (WHERE, ["where"])]:
        printed = io.StringIO()
        with contextlib.redirect_stdout(printed):
            result = shell.run_cell(source, store_history=False)
        said.append({"tags": tags, "printed": printed.getvalue()})
        problem = result.error_before_exec or result.error_in_exec
        if problem is not None:
            error = "".join(traceback.format_exception_only(problem)) + source
            break
    return {"cells": said, "error": error}


def run_apart(path: Path) -> dict[str, Any]:
    """Run a notebook in a forked process."""
    # Read here: to load the reader anew would take most of the time.
    code = code_of(path)
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        with os.fdopen(writing, "w", encoding="utf-8") as pipe:
            pipe.write(json.dumps(run(path.parent, code)))
        os._exit(0)
    os.close(writing)
    with os.fdopen(reading, encoding="utf-8") as pipe:
        text = pipe.read()
    os.waitpid(child, 0)
    return dict(json.loads(text)) if text else {"cells": [], "error": "the process ended"}


if __name__ == "__main__":
    print(
        json.dumps({f: {p.stem: run_apart(p) for p in sorted(Path(f).glob("*.ipynb"))} for f in sys.argv[1:]})
    )
