"""How membership at the ends of cycles becomes person-time, and how it is discounted.

The cohort is known at the cycle ends 0, 1, ..., T (0 is the start). The choices:

``start``, ``end``
    Everyone counts a whole cycle in the state at its start (end): no correction. Costs and utilities are
    those of the cycle; the discount is taken at the start (end) of the cycle.
``half-cycle``
    The trapezoidal rule over the cycle ends: the first and the last count half.
``life-table``
    The mean of the membership at start and end of each cycle, with the costs and utilities of that cycle,
    discounted in its middle.
``simpson``
    Simpson's 1/3 rule over the cycle ends; with an odd number of cycles, the 3/8 rule over the last three
    (Elbasha and Chhatwal, 2016, on within-cycle corrections).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from carta.models.economics.description import Correction

Array = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Counting:
    """Weights and clock of the counting points, one a cycle end (T + 1 of them)."""

    #: Weight of each point, in cycles.
    weights: Array
    #: Whether a point counts the mean of the membership at it and at the point before.
    average: bool
    #: Number of the cycle whose costs and utilities apply (1 at the earliest).
    cycle: Array
    #: Years from the start, for the discount and for what depends on time or age.
    time: Array
    #: Years from the start at which transitions within cycle 1 to T count.
    flow_time: Array


def simpson_weights(cycles: int) -> Array:
    """Weights of the cycle ends 0 to ``cycles``, in cycles; they sum to ``cycles``.

    Raises:
        ValueError: for a single cycle, over which the rule does not exist.
    """
    if cycles < 2:
        raise ValueError("Simpson's rule needs two cycles or more")
    weights = np.zeros(cycles + 1)
    even = cycles if cycles % 2 == 0 else cycles - 3
    if even:
        weights[0 : even + 1] += 1 / 3
        weights[1:even:2] += 1
        weights[2:even:2] += 1 / 3
    if even != cycles:
        weights[even:] += np.array([3, 9, 9, 3]) / 8
    return weights


def counting(
    correction: Correction, cycles: int, cycle_length: float, weights: list[float] | None = None
) -> Counting:
    """Return the counting points of a model.

    Args:
        correction: see the module.
        cycles: number of cycles.
        cycle_length: years.
        weights: weights of the cycle ends in place of those of the correction.

    Raises:
        ValueError: when there are not as many weights as cycle ends.
    """
    ends = np.arange(cycles + 1, dtype=float)
    number = np.maximum(ends, 1.0)
    time = ends * cycle_length
    flow = np.arange(1, cycles + 1, dtype=float) * cycle_length
    average = False
    if correction == "start":
        chosen = np.append(np.ones(cycles), 0.0)
        number = np.minimum(ends + 1, cycles)
        flow = flow - cycle_length
    elif correction == "end":
        chosen = np.append(0.0, np.ones(cycles))
    elif correction == "half-cycle":
        chosen = np.ones(cycles + 1)
        chosen[[0, -1]] = 0.5
        flow = flow - cycle_length / 2
    elif correction == "life-table":
        chosen = np.append(0.0, np.ones(cycles))
        time = np.maximum(time - cycle_length / 2, 0.0)
        flow = flow - cycle_length / 2
        average = True
    else:
        chosen = simpson_weights(cycles)
        flow = flow - cycle_length / 2
    if weights is not None:
        if len(weights) != cycles + 1:
            raise ValueError(f"there are {len(weights)} counting weights for {cycles + 1} cycle ends")
        chosen = np.asarray(weights, dtype=float)
    return Counting(chosen, average, number, time, flow)


def discount_weights(rate: Array, time: Array, by: str) -> Array:
    """Return ``(1 + rate) ** -time``.

    Args:
        rate: a year, shape (1, draws) or (1, 1).
        time: years, shape (points,).
        by: ``"time"``, or ``"whole-years"`` for time rounded down.

    Returns:
        Shape (points, draws or 1).
    """
    moments = np.floor(time + 1e-9) if by == "whole-years" else time
    result: Array = np.power(1.0 + rate, -moments[:, np.newaxis])
    return result
