"""Numbers that a report would state of a run: peak, half-lives, aplasia, antibodies on a day."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np

from carta.models.kinetics.solution import Solution, Vector

#: Days between points of output from which measures are taken; crossings are interpolated between them.
STEP = 0.25

#: Days between which growth and contraction are read off, as in the description of the reference output.
GROWTH_DAYS, CONTRACTION_DAYS = (2.0, 6.0), (18.0, 26.0)


def grid(end: float = 730.0, step: float = STEP) -> Vector:
    """Return times of output from zero to ``end`` days, shape (n,)."""
    return np.linspace(0.0, end, round(end / step) + 1)


def at(solution: Solution, values: Vector, day: float) -> float:
    """Return a quantity on a day, interpolated.

    Raises:
        ValueError: the day lies outside the run.
    """
    if not solution.times[0] <= day <= solution.times[-1]:
        raise ValueError(f"day {day:g} lies outside the run, which ends on day {solution.times[-1]:g}")
    return float(np.interp(day, solution.times, values))


def crossing(
    times: Vector, values: Vector, level: float, *, falling: bool, after: float = 0.0
) -> float | None:
    """Return when values first cross a level downward (``falling``) or upward, at or after a time, if ever."""
    below = values < level
    change = (below[1:] & ~below[:-1]) if falling else (~below[1:] & below[:-1])
    for index in np.flatnonzero(change):
        low, high = values[index], values[index + 1]
        # On the log scale, where these quantities rise and fall evenly; plainly, where one is zero.
        share = (
            np.log(level / low) / np.log(high / low)
            if low > 0 and high > 0 and level > 0
            else (level - low) / (high - low)
        )
        moment = float(times[index] + share * (times[index + 1] - times[index]))
        if moment >= after:
            return moment
    return None


def peak(times: Vector, values: Vector) -> tuple[float, float]:
    """Return height and time of the maximum, refined by a parabola through the logarithms."""
    top = int(np.argmax(values))
    if not 0 < top < len(values) - 1 or np.any(values[top - 1 : top + 2] <= 0):
        return float(values[top]), float(times[top])
    left, middle, right = np.log(values[top - 1 : top + 2])
    bend = left - 2 * middle + right
    offset = 0.5 * (left - right) / bend if bend else 0.0
    step = (times[top + 1] - times[top - 1]) / 2
    return float(np.exp(middle - 0.25 * (left - right) * offset)), float(times[top] + offset * step)


def doubling_time(solution: Solution) -> float | None:
    """Return the mean doubling time of all CAR T cells between days 2 and 6; nothing where they do not grow."""
    rate = _log_slope(solution, GROWTH_DAYS)
    return float(np.log(2) / rate) if rate is not None and rate > 0 else None


def contraction_half_life(solution: Solution) -> float | None:
    """Return the mean half-life of all CAR T cells between days 18 and 26; nothing where they do not fall."""
    rate = _log_slope(solution, CONTRACTION_DAYS)
    return float(-np.log(2) / rate) if rate is not None and rate < 0 else None


def _log_slope(solution: Solution, days: tuple[float, float]) -> float | None:
    cells = solution.readout("car_t_blood")
    first, last = (at(solution, cells, day) for day in days)
    if first <= 0 or last <= 0:
        return None
    return float(np.log(last / first) / (days[1] - days[0]))


@dataclass(frozen=True)
class Measure:
    """A number with what it is."""

    name: str
    what: str
    unit: str
    #: Nothing where it did not occur in the run.
    value: float | None


def _b(solution: Solution) -> Vector:
    return solution.readout("b_pool_share")


def _aplasia(solution: Solution, threshold: float) -> tuple[float | None, float | None]:
    gone = crossing(solution.times, _b(solution), threshold, falling=True)
    if gone is None:
        return None, None
    return gone, crossing(solution.times, _b(solution), threshold, falling=False, after=gone)


def summary(solution: Solution, threshold: float) -> dict[str, Measure]:
    """Return the measures of a run by name.

    Args:
        solution: a run with fine output (:func:`grid`); days after its end are left out.
        threshold: share of the normal B pool below which aplasia is counted.
    """
    times, cells = solution.times, solution.readout("car_t_blood")
    height, moment = peak(times, cells)
    gone, back = _aplasia(solution, threshold)
    pool = _b(solution)
    found = [
        Measure("cmax", "peak of CAR T cells in blood", "cell/uL", height),
        Measure("tmax", "day of that peak", "day", moment if height > 0 else None),
        Measure("doubling_time", "doubling time, days 2 to 6", "day", doubling_time(solution)),
        Measure(
            "contraction_half_life",
            "half-life of CAR T cells, days 18 to 26",
            "day",
            contraction_half_life(solution),
        ),
        Measure("auc28", "CAR T cells in blood, area to day 28", "day*cell/uL", _auc(times, cells, 28.0)),
        Measure("b_gone", "day on which B cells fall below the threshold", "day", gone),
        Measure("b_back", "day on which they are back above it", "day", back),
        Measure(
            "aplasia",
            "duration of B-cell aplasia",
            "day",
            back - gone if gone is not None and back is not None else None,
        ),
        Measure(
            "b_half",
            "day on which half of the B pool is back",
            "day",
            crossing(times, pool, 0.5, falling=False),
        ),
        Measure("b_minimum", "lowest B pool", "share of normal", float(pool.min())),
        Measure("extinct", "day on which the last autoreactive B cell dies", "day", solution.extinct_on()),
        Measure("igg_minimum", "lowest total IgG", "share of baseline", float(solution.state("igg").min())),
    ]
    for day in (30, 60, 90, 180, 365, 730):
        if day <= times[-1]:
            for name, what in (
                ("autoantibody", "autoantibody"),
                ("vaccine_antibody", "vaccine antibody"),
                ("igg", "total IgG"),
            ):
                value = at(solution, solution.state(name), day)
                found.append(Measure(f"{name}_{day}", f"{what} on day {day}", "share of baseline", value))
            found.append(
                Measure(
                    f"car_t_{day}", f"CAR T cells in blood on day {day}", "cell/uL", at(solution, cells, day)
                )
            )
    return {measure.name: measure for measure in found}


def _auc(times: Vector, values: Vector, end: float) -> float | None:
    inside = times <= end
    if times[-1] < end:
        return None
    return float(np.trapezoid(values[inside], times[inside]))


def as_records(measures: dict[str, Measure]) -> list[dict[str, Any]]:
    """Return measures as rows for a table or JSON."""
    return [
        {"measure": measure.name, "what": measure.what, "value": measure.value, "unit": measure.unit}
        for measure in measures.values()
    ]
