"""Notebooks that run at the same time: how many, in which order, and what they share."""

from __future__ import annotations

import contextlib
import subprocess
import sys
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor, as_completed
from importlib.util import find_spec
from pathlib import Path
from queue import SimpleQueue
from tempfile import TemporaryDirectory

from carta.site.kernel_fork import KernelServer, start_server
from carta.site.notebook_run import Notebook, Run

#: Kernels at a time: one for each core of the usual small machine.
AT_ONCE = 2

_FIGURES = "carta.figures"

#: Runs a notebook, with the server that forks its kernel and the address of its converter.
Runner = Callable[[Notebook, KernelServer | None, str | None], Run]


def code_of(notebook: Notebook) -> list[str]:
    """Return the code of each cell."""
    return [cell.source for cell in notebook.content.cells if cell.cell_type == "code"]


def longest_first(notebooks: Sequence[Notebook], seconds: Mapping[str, float]) -> list[Notebook]:
    """Return the notebooks so that two lanes end at about the same time: the longest begins first.

    Args:
        notebooks: what will run.
        seconds: how long each took when it ran last, by docname. One that never ran is guessed from the length of
            its code.
    """
    lengths = {notebook.docname: sum(map(len, code_of(notebook))) for notebook in notebooks}
    known = [docname for docname in lengths if docname in seconds]
    total = sum(lengths[docname] for docname in known)
    each = sum(seconds[docname] for docname in known) / total if total else 1.0

    def guess(notebook: Notebook) -> float:
        return seconds.get(notebook.docname, lengths[notebook.docname] * each)

    return sorted(notebooks, key=lambda notebook: (-guess(notebook), notebook.docname))


def run_all(
    notebooks: Sequence[Notebook], seconds: Mapping[str, float], run: Runner
) -> Iterator[tuple[Notebook, Future[Run]]]:
    """Run notebooks, several at a time, and yield each with what came of it as soon as it is there."""
    if not notebooks:
        return
    codes = ["\n".join(code_of(notebook)) for notebook in notebooks]
    drawing = sum(_FIGURES in code for code in codes)
    with contextlib.ExitStack() as stack:
        server = start_server(codes)
        if server is not None:
            stack.enter_context(server)
        converters: SimpleQueue[str | None] = SimpleQueue()
        for address in stack.enter_context(_converters(drawing)):
            converters.put(address)

        def run_one(notebook: Notebook) -> Run:
            converter = converters.get()
            try:
                return run(notebook, server, converter)
            finally:
                converters.put(converter)

        with ThreadPoolExecutor(AT_ONCE) as pool:
            runs = {
                pool.submit(run_one, notebook): notebook for notebook in longest_first(notebooks, seconds)
            }
            try:
                for done in as_completed(runs):
                    yield runs[done], done
            finally:
                pool.shutdown(cancel_futures=True)


@contextlib.contextmanager
def _converters(drawing: int) -> Iterator[list[str | None]]:
    """Start a converter for each lane where several notebooks draw; they end with the block, or with this process."""
    spec = find_spec("carta")
    if drawing < 2 * AT_ONCE or not sys.platform.startswith("linux") or spec is None or spec.origin is None:
        yield [None] * AT_ONCE
        return
    script = Path(spec.origin).parent / "figures" / "converter.py"
    # A socket's name must be short.
    with TemporaryDirectory(prefix="carta-draw-") as folder:
        addresses = [f"{folder}/{lane}" for lane in range(AT_ONCE)]
        processes = [
            subprocess.Popen(
                [sys.executable, "-P", str(script), address],
                stdin=subprocess.PIPE,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
            for address in addresses
        ]
        try:
            yield list(addresses)
        finally:
            for process in processes:
                process.kill()
                process.communicate()
