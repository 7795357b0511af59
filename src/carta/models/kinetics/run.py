"""The one call that most users need: a named scenario, solved."""

from __future__ import annotations

import functools
from collections.abc import Callable
from pathlib import Path

import numpy.typing as npt

from carta.evidence import Evidence, load
from carta.models.kinetics.measures import grid
from carta.models.kinetics.scenarios import Scenario, scenario
from carta.models.kinetics.settings import Library
from carta.models.kinetics.solution import RELATIVE_TOLERANCE, Solution

#: Solvers by name; both are held to the same answers.
SOLVERS = ("taylor", "lsoda")


def library(evidence: Evidence | None = None, root: Path | None = None) -> Library:
    """Return the records of the model, from the project around the working folder when nothing is given."""
    return Library(evidence if evidence is not None else load(root))


def simulate(
    chosen: Scenario | str,
    *,
    times: npt.ArrayLike | None = None,
    days: float = 730.0,
    solver: str = "taylor",
    rtol: float = RELATIVE_TOLERANCE,
    records: Library | None = None,
    **values: float,
) -> Solution:
    """Solve a scenario.

    Args:
        chosen: a scenario, or the name of one.
        times: ascending days of output, shape (n,); every quarter of a day up to ``days`` when not given.
        days: end of the run when no times are given.
        solver: ``taylor`` (fast) or ``lsoda`` (the reference).
        rtol: relative tolerance.
        records: the records of the model; loaded when not given.
        values: constants to change, by name.

    Raises:
        SettingError: an unknown scenario or constant, or a value that it cannot have.
        SolverError: the equations could not be solved.
        ValueError: an unknown solver.
    """
    held = chosen if isinstance(chosen, Scenario) else scenario(records or library(), chosen)
    moments = grid(days) if times is None else times
    return _solver(solver)(held.with_values(**values) if values else held, moments, rtol=rtol)


@functools.cache
def _solver(name: str) -> Callable[..., Solution]:
    if name == "taylor":
        from carta.models.kinetics.taylor import solve as fast

        return fast
    if name == "lsoda":
        from carta.models.kinetics.lsoda import solve as reference

        return reference
    raise ValueError(f"there is no solver {name!r}: choose of {', '.join(SOLVERS)}")
