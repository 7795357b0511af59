"""Comparing strategies: incremental cost-effectiveness with strong and extended dominance, and net benefit."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from itertools import pairwise
from typing import Literal

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

Standing = Literal["on the frontier", "dominated", "extendedly dominated"]


@dataclass(frozen=True)
class Row:
    """A strategy among others."""

    strategy: str
    cost: float
    effect: float
    standing: Standing
    #: Against the next cheaper strategy of the frontier; none for the cheapest and for those that are dominated.
    incremental_cost: float | None = None
    incremental_effect: float | None = None
    #: Cost of one more QALY.
    icer: float | None = None


def incremental_analysis(outcomes: Mapping[str, tuple[float, float]]) -> list[Row]:
    """Compare strategies along the cost-effectiveness frontier.

    A strategy is *dominated* when another costs no more and gives no less, and one of the two strictly; it is
    *extendedly dominated* when a mixture of two others does so, which shows as ICERs that do not grow.

    Args:
        outcomes: mean cost and effect (QALYs) of each strategy.

    Returns:
        The frontier in the order of cost, then the others.
    """
    outcomes = {name: (float(cost), float(effect)) for name, (cost, effect) in outcomes.items()}
    order = sorted(outcomes, key=lambda name: (outcomes[name][0], -outcomes[name][1]))
    frontier: list[str] = []
    strongly: list[str] = []
    for name in order:
        # Cheaper strategies stand already there: to be of use, a dearer one must give more.
        if frontier and outcomes[name][1] <= outcomes[frontier[-1]][1]:
            strongly.append(name)
        else:
            frontier.append(name)
    extendedly: list[str] = []
    removed = True
    while removed:
        removed = False
        ratios = [_icer(outcomes[a], outcomes[b]) for a, b in pairwise(frontier)]
        for i in range(len(ratios) - 1):
            if ratios[i] > ratios[i + 1]:
                extendedly.append(frontier.pop(i + 1))
                removed = True
                break
    rows = []
    for previous, name in zip([None, *frontier], frontier, strict=False):
        cost, effect = outcomes[name]
        if previous is None:
            rows.append(Row(name, cost, effect, "on the frontier"))
            continue
        before = outcomes[previous]
        rows.append(
            Row(
                name,
                cost,
                effect,
                "on the frontier",
                cost - before[0],
                effect - before[1],
                _icer(before, outcomes[name]),
            )
        )
    rows += [Row(name, *outcomes[name], "extendedly dominated") for name in order if name in extendedly]
    rows += [Row(name, *outcomes[name], "dominated") for name in strongly]
    return rows


def _icer(before: tuple[float, float], after: tuple[float, float]) -> float:
    return (after[0] - before[0]) / (after[1] - before[1])


def pairwise_icer(
    cost: float, effect: float, reference_cost: float, reference_effect: float
) -> tuple[float | None, str]:
    """Return the ICER against one reference, or none and the reason in a word.

    Returns:
        The ratio where it means a price of a QALY, with ``"ratio"``; else none, with ``"dominant"`` (no dearer and
        no worse), ``"dominated"``, ``"equal"``, or, where less is paid for less, the saving for each QALY forgone
        with ``"saving"``.
    """
    more_cost, more_effect = cost - reference_cost, effect - reference_effect
    tiny = 1e-12
    if abs(more_cost) < tiny and abs(more_effect) < tiny:
        return None, "equal"
    if more_cost <= 0 and more_effect >= 0:
        return None, "dominant"
    if more_cost >= 0 and more_effect <= 0:
        return None, "dominated"
    return more_cost / more_effect, "ratio" if more_effect > 0 else "saving"


def net_monetary_benefit(cost: npt.ArrayLike, effect: npt.ArrayLike, threshold: npt.ArrayLike) -> Array:
    """Return ``threshold * effect - cost``; arguments broadcast."""
    result: Array = np.asarray(threshold) * np.asarray(effect) - np.asarray(cost)
    return result
