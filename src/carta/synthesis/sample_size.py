"""How many people a study needs, with the standard library alone; the page computes the same in JavaScript."""

from __future__ import annotations

import math
from statistics import NormalDist

_NORMAL = NormalDist()


def two_proportions(first: float, second: float, *, alpha: float = 0.05, power: float = 0.8) -> float:
    """Return the people needed in each of two equal groups to tell two proportions apart.

    Two-sided test of two proportions without continuity correction (Fleiss, Levin and Paik, Statistical
    Methods for Rates and Proportions, 3rd ed., section 4.2); what R's ``power.prop.test`` solves.

    Args:
        first, second: true proportions of the groups, strictly between 0 and 1.
        alpha: two-sided chance to find a difference where there is none.
        power: chance to find the difference.

    Returns:
        People a group, not rounded.

    Raises:
        ValueError: a proportion, alpha or power that is no share strictly between 0 and 1, or equal proportions.
    """
    _shares(first=first, second=second, alpha=alpha, power=power)
    if first == second:
        raise ValueError("two equal proportions cannot be told apart by any number of people")
    mean = (first + second) / 2
    null = _NORMAL.inv_cdf(1 - alpha / 2) * math.sqrt(2 * mean * (1 - mean))
    true = _NORMAL.inv_cdf(power) * math.sqrt(first * (1 - first) + second * (1 - second))
    return ((null + true) / (first - second)) ** 2


def time_to_event(
    first: float, second: float, *, alpha: float = 0.05, power: float = 0.8
) -> tuple[float, float]:
    """Return the events in all, and the people in each of two equal groups, for a log-rank test.

    Schoenfeld's formula (Biometrics 1983;39:499-503) for a two-sided test and proportional hazards: the hazard
    ratio follows from the shares with the event by the end of follow-up, all followed for the same time.

    Args:
        first, second: true shares with the event by the end of follow-up, strictly between 0 and 1.
        alpha: two-sided chance to find a difference where there is none.
        power: chance to find the difference.

    Returns:
        Events of both groups together, and people a group; not rounded.

    Raises:
        ValueError: as for :func:`two_proportions`.
    """
    _shares(first=first, second=second, alpha=alpha, power=power)
    if first == second:
        raise ValueError("two equal shares cannot be told apart by any number of people")
    log_ratio = math.log(math.log1p(-second) / math.log1p(-first))
    events = 4 * ((_NORMAL.inv_cdf(1 - alpha / 2) + _NORMAL.inv_cdf(power)) / log_ratio) ** 2
    return events, events / (first + second)


def at_least_one(rate: float, *, power: float = 0.95) -> float:
    """Return the people needed to see an event of a given rate at least once, with the chance ``power``.

    From ``1 - (1 - rate)^n = power``. Not rounded.

    Raises:
        ValueError: a rate or power that is no share strictly between 0 and 1.
    """
    _shares(rate=rate, power=power)
    return math.log1p(-power) / math.log1p(-rate)


def to_enrol(people: float, lost: float = 0.0) -> int:
    """Return the whole number of people to enrol so that ``people`` remain when a share ``lost`` leaves.

    Raises:
        ValueError: a share that is not in [0, 1), or people that are not positive.
    """
    if not 0 <= lost < 1:
        raise ValueError(f"lost must be at least 0 and less than 1, not {lost}")
    if not people > 0:
        raise ValueError(f"people must be positive, not {people}")
    # A result a rounding error above a whole number needs no further person.
    return math.ceil(people / (1 - lost) - 1e-9)


def _shares(**given: float) -> None:
    for name, value in given.items():
        if not 0 < value < 1:
            raise ValueError(f"{name} must lie strictly between 0 and 1, not {value}")
