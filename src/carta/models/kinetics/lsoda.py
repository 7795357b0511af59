"""Solving with SciPy's LSODA and an exact Jacobian: slow, plain, and the reference of the fast solver."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any

import numpy as np
import numpy.typing as npt
import sympy as sp
from scipy.integrate import solve_ivp

from carta.models.kinetics.scenarios import Scenario
from carta.models.kinetics.solution import (
    RELATIVE_TOLERANCE,
    Event,
    Solution,
    SolverError,
    Vector,
    absolute_tolerances,
    apply_dose,
    arguments,
    checked_grid,
    extinction_thresholds,
    segments,
    start_vector,
)
from carta.models.kinetics.system import STATE_NAMES, STATES, rate_vector


@cache
def rates() -> Callable[..., list[float]]:
    """Return the right-hand side, plain Python: time, states, constants to the list of derivatives."""
    return sp.lambdify(arguments(), rate_vector(), "math", cse=True)  # type: ignore[no-any-return]


@cache
def jacobian() -> Callable[..., Any]:
    """Return the matrix of derivatives of the rates by the states, as a function of the same arguments."""
    symbols = [state.symbol for state in STATES]
    matrix = sp.Matrix(rate_vector()).jacobian(symbols).tolist()
    # At the edge of the niche, where the derivative jumps, either value will do.
    modules = [{"Heaviside": lambda x, *_: float(x > 0)}, "math"]
    return sp.lambdify(arguments(), matrix, modules, cse=True)  # type: ignore[no-any-return]


def solve(
    scenario: Scenario, times: npt.ArrayLike, *, rtol: float = RELATIVE_TOLERANCE, exact_jacobian: bool = True
) -> Solution:
    """Solve the model at the times given.

    The integration is stopped and taken up anew at each dose and at each extinction, so that no step crosses one.

    Args:
        scenario: settings and doses.
        times: ascending days of output, shape (n,).
        rtol: relative tolerance; the absolute ones follow from it and the scale of each state.
        exact_jacobian: whether LSODA gets the symbolic Jacobian or takes differences.

    Raises:
        SolverError: the times cannot be used, or LSODA gave up.
    """
    grid = checked_grid(times)
    settings = scenario.checked().settings
    constants = settings.vector()
    f, j = rates(), jacobian()
    atol = absolute_tolerances(rtol)
    now = start_vector(settings)
    found = np.empty((grid.size, len(STATES)))
    events: list[Event] = []
    thresholds = extinction_thresholds(settings)
    watches = [_watch(place, threshold) for place, threshold in thresholds]

    for start, stop, kinds in segments(scenario, float(grid[-1])):
        for kind in kinds:
            apply_dose(kind, now, settings)
            events.append(Event(start, kind))
        time = start
        while time < stop:
            inside = grid[(grid >= time) & (grid < stop if stop < grid[-1] else grid <= stop)]
            result = solve_ivp(
                lambda t, y: f(t, *y, *constants),
                (time, stop),
                now,
                method="LSODA",
                jac=(lambda t, y: np.array(j(t, *y, *constants), dtype=float)) if exact_jacobian else None,
                t_eval=np.append(inside, stop) if not inside.size or inside[-1] < stop else inside,
                events=watches,
                rtol=rtol,
                atol=atol,
            )
            if result.status < 0:
                raise SolverError(
                    f"LSODA stopped on day {result.t[-1] if result.t.size else time}: {result.message}"
                )
            rows = result.y.T
            reached = inside[: len(rows)]
            found[np.searchsorted(grid, reached)] = rows[: len(reached)]
            if result.status == 1:
                hit = next(index for index, moments in enumerate(result.t_events) if moments.size)
                time = float(result.t_events[hit][0])
                now = np.array(result.y_events[hit][0])
                place = thresholds[hit][0]
                now[place] = 0.0
                events.append(Event(time, "extinct", STATE_NAMES[place]))
            else:
                time, now = stop, rows[-1].copy()
    return Solution(scenario, grid, found, tuple(events), "lsoda")


def _watch(place: int, threshold: float) -> Callable[[float, Vector], float]:
    def below(_: float, states: Vector) -> float:
        # Relative, so that the root finder sees a slope of a useful size.
        return float(states[place] / threshold - 1)

    below.terminal = True  # type: ignore[attr-defined]
    below.direction = -1  # type: ignore[attr-defined]
    return below
