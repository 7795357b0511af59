"""Two proportions compared: their difference with Newcombe's interval, and their ratio."""

from __future__ import annotations

import math
from dataclasses import dataclass
from statistics import NormalDist


@dataclass(frozen=True)
class Difference:
    """The difference of two proportions, as fractions of one, with its interval."""

    estimate: float
    low: float
    high: float


def wilson_interval(events: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return Wilson's score interval of a proportion (Wilson, J Am Stat Assoc 1927;22:209-212).

    Raises:
        ValueError: a count or the level is out of range.
    """
    if n < 1 or not 0 <= events <= n:
        raise ValueError(f"events must lie between 0 and n, and n be at least 1, not {events} of {n}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie strictly between 0 and 1, not {level}")
    z = NormalDist().inv_cdf(0.5 + level / 2)
    share = events / n
    middle = share + z * z / (2 * n)
    half = z * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # Rounding must not leave the range, or the observed share outside its own interval.
    low = 0.0 if events == 0 else (middle - half) / scale
    high = 1.0 if events == n else (middle + half) / scale
    return low, high


def difference(active: tuple[int, int], control: tuple[int, int], level: float = 0.95) -> Difference:
    """Return the difference of two independent proportions, active less control.

    The interval is Newcombe's hybrid score interval without correction (Stat Med 1998;17:873-890, method 10).

    Args:
        active: events and n under the treatment.
        control: events and n under the comparison.
        level: coverage, strictly between 0 and 1.

    Raises:
        ValueError: a count or the level is out of range.
    """
    low_a, high_a = wilson_interval(*active, level)
    low_c, high_c = wilson_interval(*control, level)
    share_a, share_c = active[0] / active[1], control[0] / control[1]
    estimate = share_a - share_c
    return Difference(
        estimate,
        estimate - math.hypot(share_a - low_a, high_c - share_c),
        estimate + math.hypot(high_a - share_a, share_c - low_c),
    )
