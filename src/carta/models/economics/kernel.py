"""The inner loop: a cohort's way through its states, for many draws, counted on the way.

Probabilities, costs and utilities stand in one flat buffer. Each is a number, a row over cycles, a column
over draws or a table of both; two strides say which, so that what does not vary is stored and read once.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float64]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]

#: Up to here (1 - exp(-x)) / x is summed from twelve terms of its series: 0.25**11 / 12! is below 1e-15.
SMALL = 0.25

#: Below this many draws the loop runs interpreted: compiling it takes longer than running it.
FEW = 8


class Program(NamedTuple):
    """One strategy for one block of draws.

    A *place* is three integers: offset into the buffer, stride over draws, stride over cycles or points.
    """

    buffer: Floats
    #: Two places for each entry (a move that can be made), shape (entries, 6): its probability, or its rate a year, is
    #: their product. The entries of a state stand together.
    entry: Ints
    #: State that each entry reaches, shape (entries,).
    target: Ints
    #: For each state the first of its entries, and one more for the end, shape (states + 1,).
    first: Ints
    #: Whether a state's entries are rates, shape (states,).
    competing: Bools
    #: State that takes what remains of a row; -1: the row sums to one by itself. Shape (states,).
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
    #: Years in each state, not discounted, shape (states, draws).
    occupancy: Floats
    #: Share of the cohort at the cycle ends in the first draw, shape (cycles + 1, states).
    trace: Floats


def propagate(program: Program) -> Counted:
    """Run one block of draws."""
    states, points = len(program.rest), len(program.weights)
    counted = Counted(
        np.zeros(program.draws),
        np.zeros(program.draws),
        np.zeros((states, program.draws)),
        np.zeros((points, states)),
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
    target: Ints,
    first: Ints,
    competing: Bools,
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
) -> None:
    states = rest.shape[0]
    # Draws are the inner axis of everything, so that the processor works on several at once. Where a loop stands
    # more than once, the first is for what differs between draws, the last for what does not.
    now = np.zeros((states, draws))
    after = np.zeros((states, draws))
    left = np.zeros(draws)
    scale = np.zeros(draws)
    share = np.zeros(draws)
    for i in range(states):
        for d in range(draws):
            now[i, d] = buffer[initial[i, 0] + d * initial[i, 1]]
    for t in range(weights.shape[0]):
        if t == 0:
            after[:] = now
        else:
            # Cycle t: from the cycle end t - 1 to the cycle end t.
            k = t - 1
            after[:] = 0.0
            for i in range(states):
                before = now[i]
                anyone = False
                for d in range(draws):
                    anyone |= before[d] != 0.0
                if not anyone:
                    continue
                left[:] = 0.0
                if competing[i]:
                    # Who leaves at all, 1 - exp(-R * cycle_length), is shared out in proportion to the rates.
                    for e in range(first[i], first[i + 1]):
                        at = entry[e, 0] + k * entry[e, 2]
                        of = entry[e, 3] + k * entry[e, 5]
                        if entry[e, 1] == 1 and entry[e, 4] == 0:
                            some, factor = buffer[at : at + draws], buffer[of]
                            for d in range(draws):
                                left[d] += some[d] * factor
                        elif entry[e, 1] == 0 and entry[e, 4] == 0:
                            factor = buffer[at] * buffer[of]
                            for d in range(draws):
                                left[d] += factor
                        else:
                            for d in range(draws):
                                left[d] += buffer[at + d * entry[e, 1]] * buffer[of + d * entry[e, 4]]
                    largest = 0.0
                    for d in range(draws):
                        largest = max(largest, left[d])
                    if largest * cycle_length <= SMALL:
                        # (1 - exp(-x)) / x by its series, whose first term left out is below rounding for such x:
                        # without a call the processor works on several draws at once.
                        for d in range(draws):
                            x = left[d] * cycle_length
                            part = 1.0
                            for n in range(12, 1, -1):
                                part = 1.0 - x * (1.0 / n) * part
                            scale[d] = before[d] * cycle_length * part
                            left[d] = before[d] - before[d] * x * part
                    else:
                        for d in range(draws):
                            leaving = -math.expm1(-left[d] * cycle_length)
                            scale[d] = before[d] * (leaving / left[d] if left[d] > 0.0 else cycle_length)
                            left[d] = before[d] - before[d] * leaving
                else:
                    scale[:] = before
                    left[:] = before
                for e in range(first[i], first[i + 1]):
                    reached = after[target[e]]
                    at = entry[e, 0] + k * entry[e, 2]
                    of = entry[e, 3] + k * entry[e, 5]
                    if entry[e, 1] == 1 and entry[e, 4] == 0:
                        some, factor = buffer[at : at + draws], buffer[of]
                        for d in range(draws):
                            share[d] = scale[d] * (some[d] * factor)
                    elif entry[e, 1] == 0 and entry[e, 4] == 0:
                        factor = buffer[at] * buffer[of]
                        for d in range(draws):
                            share[d] = scale[d] * factor
                    else:
                        for d in range(draws):
                            share[d] = scale[d] * (
                                buffer[at + d * entry[e, 1]] * buffer[of + d * entry[e, 4]]
                            )
                    for d in range(draws):
                        reached[d] += share[d]
                    if not competing[i]:
                        for d in range(draws):
                            left[d] -= share[d]
                    if entry_cost[e, 0] >= 0:
                        for d in range(draws):
                            amount = buffer[entry_cost[e, 0] + d * entry_cost[e, 1] + k * entry_cost[e, 2]]
                            worth = buffer[discount[2, 0] + d * discount[2, 1] + k * discount[2, 2]]
                            cost[d] += share[d] * amount * worth
                    if entry_effect[e, 0] >= 0:
                        for d in range(draws):
                            amount = buffer[
                                entry_effect[e, 0] + d * entry_effect[e, 1] + k * entry_effect[e, 2]
                            ]
                            worth = buffer[discount[3, 0] + d * discount[3, 1] + k * discount[3, 2]]
                            effect[d] += share[d] * amount * worth
                if rest[i] >= 0:
                    reached = after[rest[i]]
                    for d in range(draws):
                        reached[d] += left[d]
        weight = weights[t] * cycle_length
        if weight != 0.0:
            for i in range(states):
                present, earlier, years = after[i], now[i], occupancy[i]
                if average:
                    for d in range(draws):
                        share[d] = 0.5 * (earlier[d] + present[d]) * weight
                else:
                    for d in range(draws):
                        share[d] = present[d] * weight
                for d in range(draws):
                    years[d] += share[d]
                for kind in range(2):
                    place = state_cost[i] if kind == 0 else state_utility[i]
                    total = cost if kind == 0 else effect
                    at = place[0] + t * place[2]
                    of = discount[kind, 0] + t * discount[kind, 2]
                    if discount[kind, 1] == 0 and place[1] == 1:
                        some, factor = buffer[at : at + draws], buffer[of]
                        for d in range(draws):
                            total[d] += share[d] * some[d] * factor
                    elif discount[kind, 1] == 0:
                        factor = buffer[of] * buffer[at]
                        for d in range(draws):
                            total[d] += share[d] * factor
                    else:
                        for d in range(draws):
                            total[d] += (
                                share[d] * buffer[at + d * place[1]] * buffer[of + d * discount[kind, 1]]
                            )
        now, after = after, now
        for q in range(one_time.shape[0]):
            if one_time[q, 0] == t:
                for i in range(states):
                    if one_time_states[q, i]:
                        for d in range(draws):
                            cost[d] += now[i, d] * buffer[one_time[q, 1] + d * one_time[q, 2]]
                            effect[d] += now[i, d] * buffer[one_time[q, 4] + d * one_time[q, 5]]
        for i in range(states):
            trace[t, i] = now[i, 0]
