"""Ensembles give the same answers whatever the chunks and the executor, and say which item failed."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor

import numpy as np
import pytest

from carta.models.ensembles import EnsembleError, run_chunks, run_ensemble


def noisy(item: int, draw: np.random.Generator) -> float:
    return item + float(draw.normal())


def inverse(item: int) -> float:
    return 1 / item


def test_results_depend_neither_on_chunks_nor_on_the_executor() -> None:
    one = run_ensemble(noisy, range(20), seed=7)
    assert run_ensemble(noisy, range(20), seed=7, chunk=3) == one
    with ProcessPoolExecutor(2) as pool:
        assert run_ensemble(noisy, range(20), seed=7, executor=pool) == one
    # More items leave the first ones as they were, another seed does not.
    assert run_ensemble(noisy, range(40), seed=7)[:20] == one
    assert run_ensemble(noisy, range(20), seed=8) != one


def test_progress_counts_items_up_to_all_of_them() -> None:
    seen: list[tuple[int, int]] = []
    run_ensemble(inverse, range(1, 11), chunk=4, progress=lambda done, total: seen.append((done, total)))
    assert seen == [(4, 10), (8, 10), (10, 10)]


def test_a_failing_item_is_named() -> None:
    with pytest.raises(EnsembleError, match="ZeroDivisionError for 0"):
        run_ensemble(inverse, [2, 1, 0])
    with ProcessPoolExecutor(1) as pool, pytest.raises(EnsembleError, match="for 0"):
        run_ensemble(inverse, [2, 1, 0], executor=pool)


def test_a_chunk_must_answer_for_each_of_its_items() -> None:
    with pytest.raises(ValueError, match="4 items gave 1 results"):
        run_chunks(lambda items: [sum(items)], [1, 2, 3, 4], chunk=4)
