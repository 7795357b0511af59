"""The inner loop: a cohort's way through its states, for many draws, counted on the way.

Probabilities, costs and utilities stand in one flat buffer. Each is a number, a row over cycles, a column
over draws or a table of both; two strides say which, so that what does not vary is stored and read once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Rounding that is forgiven in a probability and in the sum of a row.
TOLERANCE = 1e-9

#: Kinds of fault.
FINE, NEGATIVE, ABOVE_ONE, ROW = 0, 1, 2, 3

#: Below this many draws the loop runs interpreted: compiling it takes longer than running it.
FEW = 24


class Program(NamedTuple):
    """One strategy for one block of draws.

    A *place* is three integers: offset into the buffer, stride over draws, stride over cycles or points.
    """

    buffer: Floats
    #: Place of the probability of each entry (a move that can be made), shape (entries, 3).
    entry: Ints
    #: State that each entry leaves and reaches, shape (entries,).
    source: Ints
    target: Ints
    #: State that takes what remains of each row, shape (states,); -1: the row must sum to one by itself.
    rest: Ints
    #: Places of initial share, cost a year and utility, shape (states, 3) each.
    initial: Ints
    cost: Ints
    utility: Ints
    #: Places of four discounts: costs and effects at counting points, costs and effects of transitions.
    discount: Ints
    #: Places of cost and effect of each entry, shape (entries, 3); offset -1: none.
    entry_cost: Ints
    entry_effect: Ints
    #: One-time amounts, shape (items, 7): point, place of discounted cost, place of discounted effect.
    one_time: Ints
    #: Whether a one-time amount counts in a state, shape (items, states).
    one_time_states: Bools
    #: Weight of each counting point, shape (cycles + 1,).
    weights: Floats
    #: Whether points count the mean of the membership at them and at the point before.
    average: bool
    cycle_length: float
    draws: int


class Counted(NamedTuple):
    """What came of a block."""

    #: Discounted, shape (draws,).
    cost: Floats
    effect: Floats
    #: Years in each state, not discounted, shape (draws, states).
    occupancy: Floats
    #: Share of the cohort at the cycle ends in the first draw, shape (cycles + 1, states).
    trace: Floats
    #: First fault: kind, draw, cycle (from 1), entry or state, value.
    fault: Floats


def propagate(program: Program) -> Counted:
    """Run one block of draws."""
    states, points = len(program.rest), len(program.weights)
    counted = Counted(
        np.zeros(program.draws),
        np.zeros(program.draws),
        np.zeros((program.draws, states)),
        np.zeros((points, states)),
        np.zeros(5),
    )
    loop = _run if program.draws < FEW else _compiled()
    loop(*program, *counted)
    return counted


@functools.cache
def _compiled() -> Callable[..., None]:
    """Return the loop as machine code.

    Raises:
        ModuleNotFoundError: when Numba is not installed.
    """
    import numba

    loop: Callable[..., None] = numba.njit(cache=True, nogil=True)(_run)
    return loop


def _run(
    buffer: Floats,
    entry: Ints,
    source: Ints,
    target: Ints,
    rest: Ints,
    initial: Ints,
    state_cost: Ints,
    state_utility: Ints,
    discount: Ints,
    entry_cost: Ints,
    entry_effect: Ints,
    one_time: Ints,
    one_time_states: Bools,
    weights: Floats,
    average: bool,
    cycle_length: float,
    draws: int,
    cost: Floats,
    effect: Floats,
    occupancy: Floats,
    trace: Floats,
    fault: Floats,
) -> None:
    states = rest.shape[0]
    entries = entry.shape[0]
    points = weights.shape[0]
    now = np.zeros(states)
    after = np.zeros(states)
    row = np.zeros(states)
    for d in range(draws):
        total_cost = 0.0
        total_effect = 0.0
        for i in range(states):
            now[i] = buffer[initial[i, 0] + d * initial[i, 1]]
        for t in range(points):
            if t > 0:
                # Cycle t: from the cycle end t - 1 to the cycle end t.
                k = t - 1
                discount_cost = buffer[discount[2, 0] + d * discount[2, 1] + k * discount[2, 2]]
                discount_effect = buffer[discount[3, 0] + d * discount[3, 1] + k * discount[3, 2]]
                for i in range(states):
                    after[i] = 0.0
                    row[i] = 0.0
                for e in range(entries):
                    p = buffer[entry[e, 0] + d * entry[e, 1] + k * entry[e, 2]]
                    # Written so that a probability that is no number fails too.
                    if not (p >= -TOLERANCE) or not (p <= 1.0 + TOLERANCE):
                        if fault[0] == 0.0:
                            fault[0] = ABOVE_ONE if p > 1.0 else NEGATIVE
                            fault[1] = d
                            fault[2] = t
                            fault[3] = e
                            fault[4] = p
                        return
                    row[source[e]] += p
                    flow = now[source[e]] * p
                    after[target[e]] += flow
                    if entry_cost[e, 0] >= 0:
                        amount = buffer[entry_cost[e, 0] + d * entry_cost[e, 1] + k * entry_cost[e, 2]]
                        total_cost += flow * amount * discount_cost
                    if entry_effect[e, 0] >= 0:
                        amount = buffer[entry_effect[e, 0] + d * entry_effect[e, 1] + k * entry_effect[e, 2]]
                        total_effect += flow * amount * discount_effect
                for i in range(states):
                    left = 1.0 - row[i]
                    if left < -TOLERANCE or (rest[i] < 0 and left > TOLERANCE):
                        if fault[0] == 0.0:
                            fault[0] = ROW
                            fault[1] = d
                            fault[2] = t
                            fault[3] = i
                            fault[4] = row[i]
                        return
                    if rest[i] >= 0 and left > 0.0:
                        after[rest[i]] += now[i] * left
            else:
                for i in range(states):
                    after[i] = now[i]
            weight = weights[t] * cycle_length
            if weight != 0.0:
                discount_cost = buffer[discount[0, 0] + d * discount[0, 1] + t * discount[0, 2]] * weight
                discount_effect = buffer[discount[1, 0] + d * discount[1, 1] + t * discount[1, 2]] * weight
                for i in range(states):
                    share = 0.5 * (now[i] + after[i]) if average else after[i]
                    occupancy[d, i] += share * weight
                    amount = buffer[state_cost[i, 0] + d * state_cost[i, 1] + t * state_cost[i, 2]]
                    total_cost += share * amount * discount_cost
                    amount = buffer[state_utility[i, 0] + d * state_utility[i, 1] + t * state_utility[i, 2]]
                    total_effect += share * amount * discount_effect
            for i in range(states):
                now[i] = after[i]
            for q in range(one_time.shape[0]):
                if one_time[q, 0] == t:
                    present = 0.0
                    for i in range(states):
                        if one_time_states[q, i]:
                            present += now[i]
                    total_cost += present * buffer[one_time[q, 1] + d * one_time[q, 2]]
                    total_effect += present * buffer[one_time[q, 4] + d * one_time[q, 5]]
            if d == 0:
                for i in range(states):
                    trace[t, i] = now[i]
        cost[d] = total_cost
        effect[d] = total_effect
