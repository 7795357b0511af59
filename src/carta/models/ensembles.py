"""The same computation for many items: in chunks, over any executor, the same answers whatever the chunks.

An executor is any :class:`concurrent.futures.Executor`: none (this process), a pool of processes, or what a cluster
offers, such as ``dask.distributed.Client.get_executor()``. What is sent must be picklable: functions of a module, or
:func:`functools.partial` of one.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import Executor, Future, as_completed
from functools import partial
from typing import Any, TypeVar

import numpy as np

Item = TypeVar("Item")
Result = TypeVar("Result")

#: Called with how many items are done and how many there are.
Progress = Callable[[int, int], None]

#: Chunks for each worker: enough for an even load and for a progress that moves, few enough to cost nothing.
CHUNKS_PER_WORKER = 8


class EnsembleError(RuntimeError):
    """One item could not be computed; the message says which."""


def item_seeds(seed: int, n: int) -> list[np.random.SeedSequence]:
    """Return ``n`` independent seeds. Those of the first items stay the same when ``n`` grows."""
    return np.random.SeedSequence(seed).spawn(n)


def run_ensemble(
    function: Callable[..., Result],
    items: Sequence[Item],
    *,
    seed: int | None = None,
    executor: Executor | None = None,
    progress: Progress | None = None,
    chunk: int | None = None,
) -> list[Result]:
    """Return ``function(item)`` for each item, in the order of the items.

    Args:
        function: called with an item; with ``seed`` also with a :class:`numpy.random.Generator` that belongs to the
            item alone, so that results depend neither on chunks nor on the executor.
        items: any sequence.
        seed: makes the run reproducible; needed where the function draws at random.
        executor: where the chunks run; this process when not given. It is not shut down.
        progress: called after each chunk with the number of items done and in all.
        chunk: items in a chunk; by default such that each worker gets several.

    Raises:
        EnsembleError: when the function fails on an item; the cause is chained.
        ValueError: when ``chunk`` is below one.
    """
    if seed is None:
        return run_chunks(partial(_each, function), items, executor=executor, progress=progress, chunk=chunk)
    pairs = list(zip(items, item_seeds(seed, len(items)), strict=True))
    return run_chunks(
        partial(_each_seeded, function), pairs, executor=executor, progress=progress, chunk=chunk
    )


def run_chunks(
    function: Callable[[Sequence[Item]], Sequence[Result]],
    items: Sequence[Item],
    *,
    executor: Executor | None = None,
    progress: Progress | None = None,
    chunk: int | None = None,
) -> list[Result]:
    """Return the results of a function that takes a whole chunk of items, in the order of the items.

    For functions that do many items faster together than one by one. Arguments and errors are those of
    :func:`run_ensemble`; also a :class:`ValueError` when a chunk's results are not as many as its items.
    """
    if chunk is not None and chunk < 1:
        raise ValueError(f"chunk is {chunk}: it must be at least 1")
    total = len(items)
    size = chunk or max(1, -(-total // (_workers(executor) * CHUNKS_PER_WORKER)))
    starts = range(0, total, size)
    found: dict[int, Sequence[Result]] = {}
    done = 0

    def note(start: int, results: Sequence[Result]) -> None:
        nonlocal done
        asked = min(size, total - start)
        if len(results) != asked:
            raise ValueError(f"a chunk of {asked} items gave {len(results)} results")
        found[start] = results
        done += asked
        if progress is not None:
            progress(done, total)

    if executor is None:
        for start in starts:
            note(start, function(items[start : start + size]))
    else:
        tasks: dict[Future[Any], int] = {
            executor.submit(function, items[start : start + size]): start for start in starts
        }
        try:
            for task in as_completed(tasks):
                note(tasks[task], task.result())
        finally:
            # After an error nobody waits for the rest.
            for task in tasks:
                task.cancel()
    return [result for start in starts for result in found[start]]


def _workers(executor: Executor | None) -> int:
    return max(1, int(getattr(executor, "_max_workers", 1) or 1)) if executor is not None else 1


def _each(function: Callable[[Item], Result], items: Sequence[Item]) -> list[Result]:
    return [_guarded(function, item) for item in items]


def _each_seeded(
    function: Callable[[Item, np.random.Generator], Result],
    pairs: Sequence[tuple[Item, np.random.SeedSequence]],
) -> list[Result]:
    return [_guarded(function, item, np.random.default_rng(seed)) for item, seed in pairs]


def _guarded(function: Callable[..., Result], item: object, *further: object) -> Result:
    try:
        return function(item, *further)
    except Exception as error:
        text = repr(item)
        shown = text if len(text) <= 200 else text[:197] + "..."
        raise EnsembleError(f"{type(error).__name__} for {shown}: {error}") from error
