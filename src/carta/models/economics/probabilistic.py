"""Probabilistic analysis: many draws of the uncertain parameters, and what decision makers ask of them."""

from __future__ import annotations

import contextlib
import os
from collections.abc import Callable, Sequence
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt

from carta.models.economics.cohort import run
from carta.models.economics.description import Model
from carta.models.economics.distributions import draw_parameters
from carta.models.economics.source import Source
from carta.models.ensembles import run_chunks

Array = npt.NDArray[np.float64]

#: Draws that are worked on together: few enough that a block's probabilities stay in the cache of a core.
BLOCK = 500


@dataclass(frozen=True)
class Probabilistic:
    """The outcomes of all strategies under all draws."""

    strategies: tuple[str, ...]
    #: Discounted cost and QALYs a person, shape (draws, strategies).
    cost: Array
    effect: Array
    #: Years lived, not discounted, shape (draws, strategies).
    life_years: Array
    #: The drawn parameters, each of shape (draws,).
    parameters: dict[str, Array] = field(repr=False)
    seed: int | None = None

    @property
    def draws(self) -> int:
        """Number of draws."""
        return len(self.cost)

    def index(self, strategy: str) -> int:
        """Column of a strategy."""
        return self.strategies.index(strategy)

    def net_benefit(self, threshold: float) -> Array:
        """Net monetary benefit, shape (draws, strategies)."""
        return threshold * self.effect - self.cost

    def means(self) -> dict[str, tuple[float, float]]:
        """Mean cost and effect of each strategy."""
        return {
            name: (float(self.cost[:, i].mean()), float(self.effect[:, i].mean()))
            for i, name in enumerate(self.strategies)
        }


def run_probabilistic(
    model: Model,
    n: int,
    seed: int,
    *,
    executor: Executor | None = None,
    progress: Callable[[int, int], None] | None = None,
    source: Source | None = None,
    fixed: dict[str, float] | None = None,
    block: int = BLOCK,
) -> Probabilistic:
    """Draw the parameters ``n`` times and run every strategy under each draw.

    The draws are made first, by the seed alone: results do not depend on the executor, nor on the size of blocks.

    Args:
        model: the model.
        n: number of draws.
        seed: of the random numbers.
        executor: where blocks are run; by default a thread a core (the inner loop lets others run).
        progress: called with the number of blocks that are done and of all.
        source: the model's files, for errors.
        fixed: parameters held at a value in every draw.
        block: number of draws in a block.

    Raises:
        ModelError: as :func:`carta.models.economics.cohort.run`.
        ValueError: when ``n`` is not positive, or the correlations contradict each other.
    """
    if n < 1:
        raise ValueError("a probabilistic analysis needs one draw or more")
    fixed = fixed or {}
    drawn = {name: values for name, values in draw_parameters(model, n, seed).items() if name not in fixed}
    items = [
        (
            model,
            {name: values[i : i + block] for name, values in drawn.items()},
            fixed,
            min(block, n - i),
            source,
        )
        for i in range(0, n, block)
    ]
    with contextlib.ExitStack() as stack:
        chosen = executor or stack.enter_context(ThreadPoolExecutor(os.cpu_count() or 1))
        results = run_chunks(_run_blocks, items, executor=chosen, progress=progress, chunk=1)
    cost, effect, years = (np.concatenate([result[i] for result in results]) for i in range(3))
    return Probabilistic(tuple(model.strategies), cost, effect, years, drawn, seed)


#: A block: model, its draws, what is held fixed, how many draws, and the model's files.
_Block = tuple[Model, dict[str, Array], dict[str, float], int, Source | None]


def _run_blocks(blocks: Sequence[_Block]) -> list[tuple[Array, ...]]:
    return [_run_block(*block) for block in blocks]


def _run_block(
    model: Model, drawn: dict[str, Array], fixed: dict[str, float], draws: int, source: Source | None
) -> tuple[Array, ...]:
    outcomes = run(model, {**drawn, **fixed}, source=source)
    columns = [
        np.stack([np.broadcast_to(getattr(outcome, name), draws) for outcome in outcomes.values()], axis=1)
        for name in ("cost", "effect", "life_years")
    ]
    return tuple(columns)


def acceptability(result: Probabilistic, thresholds: Sequence[float]) -> dict[str, Array]:
    """Cost-effectiveness acceptability curves.

    Args:
        result: of a probabilistic analysis.
        thresholds: willingness to pay for a QALY.

    Returns:
        For each strategy the share of draws in which it has the highest net benefit, shape (thresholds,).
        Ties count for the strategy that comes first.
    """
    best = np.stack([result.net_benefit(threshold).argmax(axis=1) for threshold in thresholds])
    return {name: (best == i).mean(axis=1) for i, name in enumerate(result.strategies)}


@dataclass(frozen=True)
class FrontierPoint:
    """The choice at one threshold."""

    threshold: float
    #: The strategy of the highest mean net benefit.
    strategy: str
    #: Share of draws in which it is the best one.
    probability: float
    #: What the choice costs in expectation because it may be wrong: the EVPI of a person.
    evpi: float


def acceptability_frontier(result: Probabilistic, thresholds: Sequence[float]) -> list[FrontierPoint]:
    """Cost-effectiveness acceptability frontier: the best choice at each threshold, and how sure it is."""
    points = []
    for threshold in thresholds:
        benefit = result.net_benefit(threshold)
        best = int(benefit.mean(axis=0).argmax())
        points.append(
            FrontierPoint(
                float(threshold),
                result.strategies[best],
                float((benefit.argmax(axis=1) == best).mean()),
                expected_value_of_perfect_information(benefit),
            )
        )
    return points


def expected_value_of_perfect_information(net_benefit: Array) -> float:
    """EVPI of a person: mean of the best net benefit of each draw, minus the best of the mean net benefits.

    Args:
        net_benefit: shape (draws, strategies).
    """
    # Rounding alone can bring it below zero.
    return max(0.0, float(net_benefit.max(axis=1).mean() - net_benefit.mean(axis=0).max()))


def summary(values: Array) -> dict[str, float]:
    """Mean and 95 % interval (2.5 % and 97.5 % quantiles) of draws."""
    low, high = np.quantile(values, [0.025, 0.975])
    return {"mean": float(values.mean()), "low": float(low), "high": float(high)}


def as_plain(value: Any) -> Any:
    """Return a value with NumPy's numbers and arrays as Python's."""
    if isinstance(value, dict):
        return {str(key): as_plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [as_plain(item) for item in value]
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, np.generic):
        return value.item()
    return value
