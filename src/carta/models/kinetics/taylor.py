"""Solving with heyoka's Taylor integrator: the symbolic model compiled to machine code, several patients at once.

One integrator is compiled for each thread and serves every patient; the constants are its run-time parameters.
Its lanes (four on a processor with AVX2) advance together, each with steps of its own. Compiled steps need no calls
back into Python, except once for each population that dies out, so threads run side by side.

Where a step is accepted is judged by the largest component, so cells are counted in units in which nothing is far
from one, and the tolerance is tighter than the one asked for by :data:`MARGIN`. Decaying components keep their
relative accuracy, since their Taylor series converge alike.
"""

from __future__ import annotations

import math
import threading
from collections.abc import Sequence
from itertools import groupby
from typing import Any

import heyoka as hy
import numpy as np
import numpy.typing as npt
import sympy as sp

from carta.models.kinetics.scenarios import Scenario
from carta.models.kinetics.settings import Settings
from carta.models.kinetics.solution import (
    RELATIVE_TOLERANCE,
    Event,
    Solution,
    SolverError,
    Vector,
    apply_dose,
    arguments,
    checked_grid,
    extinction_thresholds,
    segments,
    start_vector,
)
from carta.models.kinetics.system import CONSTANTS, EXTINCTION, STATE_NAMES, STATES, rate_vector

#: The integrator's tolerance is this much of the one asked for.
MARGIN = 1e-2

#: Longest step times fastest rate. A component that has decayed to nothing no longer holds the steps back, but an
#: explicit step longer than this would make its rounding error grow.
STABLE = 6.0

#: Units in which the integrator counts each state.
_UNITS = np.array([state.scale if state.unit == "cell" else 1.0 for state in STATES])

#: The states that can die out: one. Its threshold is a parameter behind the constants.
(_MORTAL,) = (index for index, state in enumerate(STATES) if state.symbol in EXTINCTION)


def _log(value: Any) -> Any:
    # The derivatives hold the logarithm of plain numbers too.
    return math.log(value) if isinstance(value, int | float) else hy.log(value)


def _system() -> list[tuple[Any, Any]]:
    """Return the model as heyoka takes it: variables in units, with their derivatives."""
    variables = [hy.make_vars(f"y{index}") for index in range(len(STATES))]
    constants = [hy.par[index] for index in range(len(CONSTANTS))]
    rates = sp.lambdify(
        arguments(),
        rate_vector(),
        [{"exp": hy.exp, "log": _log, "Max": lambda _, x: hy.relu(x)}],
        cse=True,
    )
    cells = [variable * unit for variable, unit in zip(variables, _UNITS, strict=True)]
    derivatives = rates(hy.time, *cells, *constants)
    return [
        (variable, hy.expression(derivative) / unit)
        for variable, derivative, unit in zip(variables, derivatives, _UNITS, strict=True)
    ]


def _fastest(settings: Settings) -> float:
    """Return the fastest rate of decay that the settings allow, 1/day."""
    return max(
        settings["mrna"] * (settings["car_loss"] + settings["division"]),
        settings["effector_death"] + settings["memory_formation"],
        settings["killing"] + max(settings["short_lived_death"], settings["b_turnover"]),
        settings["antibody_killing"] + settings["b_turnover"],
        settings["memory_death"],
        settings["precursor_recovery"],
        settings["igg_loss"],
        math.log(2) / settings["antibody_half_life"],
    )


class _Extinction:
    """Called by the integrator when a patient's population falls below one cell."""

    def __init__(self, found: list[tuple[int, float]]) -> None:
        self._found = found

    def __deepcopy__(self, memo: object) -> _Extinction:
        # heyoka copies its callbacks; the copy must note what it finds in the same list.
        return self

    def __call__(self, adaptive: Any, direction: int, lane: int) -> bool:
        self._found.append((lane, float(adaptive.time[lane])))
        adaptive.state[_MORTAL, lane] = 0.0
        return True


class Integrator:
    """The compiled model: as many patients at once as it has lanes."""

    def __init__(self, tolerance: float) -> None:
        self.lanes = int(hy.recommended_simd_size())
        self._extinct: list[tuple[int, float]] = []
        system = _system()
        event = hy.t_event_batch(
            # Relative, so that the root finder sees a slope of a useful size.
            system[_MORTAL][0] / hy.par[len(CONSTANTS)] - 1.0,
            callback=_Extinction(self._extinct),
            direction=hy.event_direction.negative,
        )
        self._adaptive = hy.taylor_adaptive_batch(
            system,
            np.zeros((len(STATES), self.lanes)),
            pars=np.zeros((len(CONSTANTS) + 1, self.lanes)),
            tol=tolerance,
            t_events=[event],
        )

    def solve(self, scenarios: Sequence[Scenario], grid: Vector) -> list[Solution]:
        """Solve for at most :attr:`lanes` patients with the same doses; see :func:`solve_many`."""
        count = len(scenarios)
        # A lane without a patient repeats the last one.
        lanes = [*scenarios, *[scenarios[-1]] * (self.lanes - count)]
        settings = [scenario.settings for scenario in lanes]
        adaptive = self._adaptive
        adaptive.pars[:-1] = np.array([each.vector() for each in settings]).T
        adaptive.pars[-1] = [extinction_thresholds(each)[0][1] for each in settings]
        now = np.array([start_vector(each) for each in settings])
        longest = np.array([STABLE / _fastest(each) for each in settings])
        found = np.empty((self.lanes, grid.size, len(STATES)))
        events: list[list[Event]] = [[] for _ in lanes]
        end = float(grid[-1])
        for start, stop, kinds in segments(lanes[0], end):
            for kind in kinds:
                for lane, each in enumerate(settings):
                    apply_dose(kind, now[lane], each)
                    events[lane].append(Event(start, kind))
            first = int(np.searchsorted(grid, start, "left"))
            after = int(np.searchsorted(grid, stop, "right" if stop == end else "left"))
            moments = np.unique(np.concatenate(([start], grid[first:after], [stop])))
            self._extinct.clear()
            adaptive.set_time(start)
            adaptive.state[:] = now.T / _UNITS[:, None]
            adaptive.reset_cooldowns()
            _, rows = adaptive.propagate_grid(
                np.repeat(moments[:, None], self.lanes, axis=1), max_delta_t=longest
            )
            for lane, (outcome, *_) in enumerate(adaptive.propagate_res):
                if outcome != hy.taylor_outcome.time_limit:
                    raise SolverError(
                        f"the integrator stopped on day {adaptive.time[lane]:g} of scenario "
                        f"{lanes[lane].name!r}: {outcome}"
                    )
            chosen = rows[np.searchsorted(moments, grid[first:after])]
            np.multiply(chosen.transpose(2, 0, 1), _UNITS, out=found[:, first:after])
            now = rows[-1].T * _UNITS
            for lane, moment in self._extinct:
                events[lane].append(Event(moment, "extinct", STATE_NAMES[_MORTAL]))
        if not np.isfinite(found).all():
            raise SolverError("the integrator gave values that are no numbers")
        return [
            Solution(scenario, grid, found[lane], tuple(events[lane]), "taylor")
            for lane, scenario in enumerate(scenarios)
        ]


_held = threading.local()


def integrator(tolerance: float) -> Integrator:
    """Return the compiled model of this thread: an integrator holds the state of one run."""
    compiled: dict[float, Integrator] = _held.__dict__.setdefault("compiled", {})
    if tolerance not in compiled:
        compiled[tolerance] = Integrator(tolerance)
    return compiled[tolerance]


def solve_many(
    scenarios: Sequence[Scenario], times: npt.ArrayLike, *, rtol: float = RELATIVE_TOLERANCE
) -> list[Solution]:
    """Solve the model for many patients at the times given, in their order.

    Doses end a stretch of integration; an extinction is found as a root of the Taylor polynomial and applied there.
    Neighbours with the same doses are solved together.

    Args:
        scenarios: settings and doses of each patient.
        times: ascending days of output, shape (n,).
        rtol: relative tolerance.

    Raises:
        SolverError: the times cannot be used, or the integrator gave up.
    """
    grid = checked_grid(times)
    compiled = integrator(rtol * MARGIN)
    solved: list[Solution] = []
    for _, together in groupby(scenarios, key=lambda scenario: scenario.doses):
        group = [scenario.checked() for scenario in together]
        for start in range(0, len(group), compiled.lanes):
            solved += compiled.solve(group[start : start + compiled.lanes], grid)
    return solved


def solve(scenario: Scenario, times: npt.ArrayLike, *, rtol: float = RELATIVE_TOLERANCE) -> Solution:
    """Solve the model for one patient; see :func:`solve_many`."""
    return solve_many([scenario], times, rtol=rtol)[0]
