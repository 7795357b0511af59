"""One notebook in a fresh kernel, with a record of what it asked and read."""

from __future__ import annotations

import json
import logging
import os
import re
import sys
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import nbformat
from jupyter_client.kernelspec import NoSuchKernel
from nbclient import NotebookClient
from nbclient.exceptions import CellExecutionError, CellTimeoutError, DeadKernelError
from nbformat import NotebookNode
from traitlets.config import Config

from carta.evidence.trace import TRACE_VARIABLE, Questions
from carta.files import CONVERTER_VARIABLE, ROOT_VARIABLE
from carta.site.kernel_fork import KERNEL_ENVIRONMENT, FileSocketManager, KernelServer

#: Asked of the kernel behind the notebook's last cell.
_REPORT = """\
import sys as _sys
if "carta.evidence.trace" in _sys.modules:
    _sys.modules["carta.evidence.trace"].write_process_trace()
_sys.modules["_carta_probe"].report()
"""


#: The interpreter is part of what outputs depend on.
PYTHON = f"{sys.implementation.name}-{sys.version_info.major}.{sys.version_info.minor}"

#: Runs in the kernel before the first cell.
PROBE = Path(__file__).with_name("kernel_probe.py")

#: Colours for a terminal, in a traceback.
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class NotebookError(Exception):
    """A cell raised an exception or took too long, or the kernel did not live. The text says where."""


@dataclass(frozen=True)
class Notebook:
    """A notebook to run."""

    docname: str
    path: Path
    content: NotebookNode
    #: Seconds a cell may take; none for no limit.
    timeout: int | None


@dataclass(frozen=True)
class Run:
    """What came of a run."""

    content: NotebookNode
    questions: Questions
    #: Absolute paths of project files read and modules loaded.
    files: list[str]
    seconds: float
    #: Seconds that its cells took, without the start and the end of the kernel.
    cell_seconds: float
    #: Seconds since the epoch at the start: a file changed later was perhaps read before its change.
    began: float


def run_notebook(
    notebook: Notebook,
    root: Path,
    day: date | None = None,
    server: KernelServer | None = None,
    converter: str | None = None,
) -> Run:
    """Execute a notebook in its own folder and return it with its outputs.

    The kernel is a fork of ``server``, or a new interpreter without one; the outputs are the same. ``converter`` is
    the address of a process that draws (:mod:`carta.figures.converter`).

    With ``day``, the root holds the evidence of an earlier day: what depends on later records says so or is not glued,
    and the rest of the notebook stands (:mod:`carta.site.later_values`).

    Raises:
        NotebookError: with file, line of the cell and the end of the traceback.
    """
    content = nbformat.from_dict(notebook.content)  # type: ignore[no-untyped-call]
    cells = len(content.cells)
    content.cells.append(nbformat.v4.new_code_cell(_REPORT))  # type: ignore[no-untyped-call]
    kernel = content.metadata.get("kernelspec", {}).get("name", "python3")
    started, began = time.monotonic(), time.time()
    with TemporaryDirectory(prefix="carta-notebook-") as folder:
        trace = Path(folder) / "trace.json"
        errors = Path(folder) / "kernel.log"
        environment = {
            **os.environ,
            TRACE_VARIABLE: str(trace),
            ROOT_VARIABLE: str(root),
            **KERNEL_ENVIRONMENT,
            # No profile and no start-up files of whoever builds.
            "IPYTHONDIR": folder,
        }
        environment.pop(CONVERTER_VARIABLE, None)
        if converter is not None:
            environment[CONVERTER_VARIABLE] = converter
        spent = _Stopwatch()
        client = NotebookClient(
            content,
            # In a folder of few letters: the path of a socket has to be short.
            config=Config({"KernelManager": {"connection_file": str(Path(folder) / "kernel.json")}}),
            timeout=notebook.timeout,
            kernel_name=kernel,
            record_timing=False,
            allow_errors=day is not None,
            log=logging.getLogger(__name__),
            kernel_manager_class=FileSocketManager if server is None else server.manager(),
            # The last cell has written down all that is wanted of the kernel.
            shutdown_kernel="immediate",
            on_cell_execute=spent.start,
            on_cell_executed=spent.stop,
            extra_arguments=[f"--IPKernelApp.exec_files={PROBE}", *_for_day(day)],
            resources={"metadata": {"path": str(notebook.path.parent)}},
        )
        with errors.open("wb") as log:
            try:
                client.execute(env=environment, stderr=log)
            except CellExecutionError as error:
                raise NotebookError(_cell_message(notebook, content, str(error.traceback))) from error
            except CellTimeoutError as error:
                raise NotebookError(_timeout_message(notebook, content)) from error
            except (DeadKernelError, NoSuchKernel, RuntimeError) as error:
                said = errors.read_text(encoding="utf-8", errors="replace").strip().splitlines()[-8:]
                raise NotebookError(
                    f"{notebook.path}:1: the kernel {kernel!r} did not run the notebook: {error}\n"
                    + "\n".join(f"    {line}" for line in said)
                ) from error
        questions: Questions = {}
        if trace.is_file():
            questions = json.loads(trace.read_text(encoding="utf-8"))["questions"]
        files = json.loads(Path(f"{trace}.files").read_text(encoding="utf-8"))
    del content.cells[cells:]
    if day is not None:
        for cell in content.cells:
            _say_that_it_came_later(cell, day)
    return Run(content, questions, files, time.monotonic() - started, spent.seconds, began)


class _Stopwatch:
    """Adds up what cells take."""

    def __init__(self) -> None:
        self.seconds = 0.0
        self._since = 0.0

    def start(self, **_: object) -> None:
        self._since = time.monotonic()

    def stop(self, **_: object) -> None:
        self.seconds += time.monotonic() - self._since


def _for_day(day: date | None) -> list[str]:
    if day is None:
        return []
    line = f"from carta.site.later_values import install; install(get_ipython(), {day.isoformat()!r}); del install"
    return [f"--IPKernelApp.exec_lines={line}"]


def _say_that_it_came_later(cell: NotebookNode, day: date) -> None:
    """Put words in place of an exception."""
    if any(output.output_type == "error" for output in cell.get("outputs", ())):
        words = f"This could not be computed from what was known on {day.isoformat()}."
        cell.outputs = [
            nbformat.v4.new_output("display_data", {"text/plain": words, "text/markdown": words})  # type: ignore[no-untyped-call]
        ]


def _cell_line(notebook: Notebook, content: NotebookNode) -> int:
    """Return the line of the cell that stopped the run: the last that began."""
    begun = [
        index
        for index, cell in enumerate(content.cells)
        if cell.cell_type == "code" and (cell.get("execution_count") or cell.get("outputs"))
    ]
    index = begun[-1] if begun else 0
    lines = notebook.content.metadata.get("source_map")
    return int(lines[index]) + 1 if lines and index < len(lines) else index + 1


def _cell_message(notebook: Notebook, content: NotebookNode, traceback: str) -> str:
    plain = _COLOURS.sub("", traceback).strip().splitlines()
    # The last lines say what went wrong, and where in the cell.
    shown = "\n".join(f"    {line}" for line in plain[-12:])
    return f"{notebook.path}:{_cell_line(notebook, content)}: a cell raised an exception.\n{shown}"


def _timeout_message(notebook: Notebook, content: NotebookNode) -> str:
    return (
        f"{notebook.path}:{_cell_line(notebook, content)}: a cell took longer than {notebook.timeout} seconds. "
        "Make it lighter, or raise execute: timeout in _config.yml."
    )
