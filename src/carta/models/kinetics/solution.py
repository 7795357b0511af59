"""What a solver returns: states in time, and what happened."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple

import numpy as np
import numpy.typing as npt
import sympy as sp

from carta.models.kinetics.scenarios import Scenario
from carta.models.kinetics.settings import Settings
from carta.models.kinetics.system import (
    CONSTANTS,
    DOSES,
    EXTINCTION,
    READOUTS,
    STATE_NAMES,
    STATES,
    TIME,
    expanded,
)

Vector = npt.NDArray[np.float64]

#: Relative tolerance of every solver unless told otherwise.
RELATIVE_TOLERANCE = 1e-7


class SolverError(RuntimeError):
    """The equations could not be solved for these settings."""


class Event(NamedTuple):
    """Something that happened at a moment."""

    time: float
    #: A kind of dose, or ``extinct``.
    kind: str
    #: The state that it concerned; for a dose, empty.
    state: str = ""


@dataclass(frozen=True)
class Solution:
    """States of one run."""

    scenario: Scenario
    #: Days, ascending, shape (n,). At a dose or an extinction: the moment just after it.
    times: Vector
    #: Shape (n, number of states), columns in the order of ``STATES``.
    states: Vector
    events: tuple[Event, ...]
    #: Name of the solver.
    solver: str

    def state(self, name: str) -> Vector:
        """Return one state in time, shape (n,), by name.

        Raises:
            KeyError: no such state.
        """
        if name not in STATE_NAMES:
            raise KeyError(f"there is no state {name!r}: choose of {', '.join(STATE_NAMES)}")
        return self.states[:, STATE_NAMES.index(name)]

    def readout(self, name: str) -> Vector:
        """Return a readout of the model (``READOUTS``) in time, shape (n,).

        Raises:
            KeyError: no such readout.
        """
        value = readout_functions()[name](self.times, *self.states.T, *self.scenario.settings.vector())
        return np.broadcast_to(np.asarray(value, dtype=float), self.times.shape)

    def extinct_on(self, state: str = "autoreactive") -> float | None:
        """Return the day on which a population died out, or nothing where it did not."""
        return next((event.time for event in self.events if event[1:] == ("extinct", state)), None)


def arguments() -> list[sp.Symbol]:
    """Return time, states and constants: the arguments of every compiled function."""
    return [TIME, *(state.symbol for state in STATES), *(constant.symbol for constant in CONSTANTS.values())]


@cache
def readout_functions() -> dict[str, Callable[..., Any]]:
    """Return NumPy functions of time, states and constants."""
    return {
        name: sp.lambdify(arguments(), expanded(expression), "numpy", cse=True)
        for name, (_, _, expression) in READOUTS.items()
    }


@cache
def _starts() -> Callable[..., list[float]]:
    constants = [constant.symbol for constant in CONSTANTS.values()]
    return sp.lambdify(constants, [state.start for state in STATES], "math")  # type: ignore[no-any-return]


@cache
def _doses() -> dict[str, tuple[list[int], Callable[..., list[float]]]]:
    symbols = [state.symbol for state in STATES]
    return {
        kind: (
            [symbols.index(symbol) for symbol in resets],
            sp.lambdify(arguments()[1:], list(resets.values()), "math"),
        )
        for kind, resets in DOSES.items()
    }


@cache
def _thresholds() -> list[tuple[int, Callable[..., float]]]:
    symbols = [state.symbol for state in STATES]
    constants = [constant.symbol for constant in CONSTANTS.values()]
    return [
        (symbols.index(symbol), sp.lambdify(constants, value, "math")) for symbol, value in EXTINCTION.items()
    ]


def start_vector(settings: Settings) -> Vector:
    """Return the states at time zero, before the first dose, shape (number of states,)."""
    return np.array(_starts()(*settings.vector()), dtype=float)


def apply_dose(kind: str, states: Vector, settings: Settings) -> None:
    """Change the states as a dose does, in place."""
    places, values = _doses()[kind]
    states[places] = values(*states, *settings.vector())


def extinction_thresholds(settings: Settings) -> list[tuple[int, float]]:
    """Return place and threshold of each state that can die out."""
    return [(place, value(*settings.vector())) for place, value in _thresholds()]


def absolute_tolerances(relative: float) -> Vector:
    """Return the absolute tolerance of each state, shape (number of states,)."""
    return relative * np.array([state.scale for state in STATES]) * 1e-2


def checked_grid(times: npt.ArrayLike) -> Vector:
    """Return the times of output as an array.

    Raises:
        SolverError: they are not ascending, or start before zero, or are fewer than two.
    """
    grid = np.asarray(times, dtype=float)
    if grid.ndim != 1 or grid.size < 2 or not np.all(np.diff(grid) > 0) or grid[0] < 0:
        raise SolverError("times of output must be ascending, at least two, and none negative")
    return grid


def segments(scenario: Scenario, end: float) -> list[tuple[float, float, list[str]]]:
    """Return stretches without a dose: start, end, and the doses at the start."""
    starts = sorted({0.0, *(dose.time for dose in scenario.doses if dose.time < end)})
    return [
        (start, stop, [dose.kind for dose in scenario.doses if dose.time == start])
        for start, stop in zip(starts, [*starts[1:], end], strict=True)
    ]
