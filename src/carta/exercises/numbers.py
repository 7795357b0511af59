"""Small statistics for exercises, with the standard library alone.

Proportions are fractions of one, not percentages, but where the name says percent.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from statistics import NormalDist

#: Halvings of the interval of a root; after these two doubles between 0 and 1 are neighbours.
_HALVINGS = 200
#: Steps of a continued fraction; some tens are enough for a million patients.
_MOST_STEPS = 10_000


def percent(events: int, n: int) -> float:
    """Return ``events`` of ``n`` in per cent.

    Raises:
        ValueError: when ``n`` is not positive or the events do not lie between 0 and ``n``.
    """
    _counts(events, n)
    return 100 * events / n


def binomial_probability(events: int, n: int, p: float) -> float:
    """Return the probability of exactly ``events`` in ``n`` independent patients at a true proportion ``p``.

    ``C(n, events) p^events (1 - p)^(n - events)``, through logarithms, so that large ``n`` is no trouble.

    Raises:
        ValueError: when a count or the proportion is out of range.
    """
    _counts(events, n)
    _proportion(p)
    if p in (0.0, 1.0):
        return float(events == (n if p else 0))
    log_ways = math.lgamma(n + 1) - math.lgamma(events + 1) - math.lgamma(n - events + 1)
    return math.exp(log_ways + events * math.log(p) + (n - events) * math.log1p(-p))


def probability_of_at_least(events: int, n: int, p: float) -> float:
    """Return the probability of ``events`` or more in ``n`` patients at a true proportion ``p``.

    It is the regularised incomplete beta function of ``events`` and ``n - events + 1`` (DLMF 8.17.5).

    Raises:
        ValueError: when a count or the proportion is out of range.
    """
    _counts(events, n)
    _proportion(p)
    if events == 0:
        return 1.0
    return _incomplete_beta(events, n - events + 1, p)


def exact_lower(events: int, n: int, level: float = 0.95) -> float:
    """Return the lower exact (Clopper–Pearson) limit of a proportion, two-sided at ``level``.

    It is the proportion at which ``events`` or more would be seen with the probability ``(1 - level) / 2``
    (Clopper and Pearson, Biometrika 1934;26:404-413). With no events it is 0.

    Raises:
        ValueError: when a count or the level is out of range.
    """
    _counts(events, n)
    tail = _tail(level)
    if events == 0:
        return 0.0
    return _root(lambda p: probability_of_at_least(events, n, p) - tail)


def exact_upper(events: int, n: int, level: float = 0.95) -> float:
    """Return the upper exact (Clopper–Pearson) limit of a proportion, two-sided at ``level``.

    It is one minus the lower limit of the patients without the event. When all have the event it is 1.

    Raises:
        ValueError: when a count or the level is out of range.
    """
    _counts(events, n)
    return 1.0 - exact_lower(n - events, n, level)


def exact_interval(events: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return both exact limits: :func:`exact_lower` and :func:`exact_upper`."""
    return exact_lower(events, n, level), exact_upper(events, n, level)


def wilson_interval(events: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the score interval of a proportion (Wilson, J Am Stat Assoc 1927;22:209-212).

    Raises:
        ValueError: when a count or the level is out of range.
    """
    _counts(events, n)
    z = _z(level)
    share = events / n
    middle = (share + z * z / (2 * n)) / (1 + z * z / n)
    half = z / (1 + z * z / n) * math.sqrt(share * (1 - share) / n + z * z / (4 * n * n))
    low = 0.0 if events == 0 else middle - half
    high = 1.0 if events == n else middle + half
    return low, high


def wilson_lower(events: int, n: int, level: float = 0.95) -> float:
    """Return the lower limit of :func:`wilson_interval`."""
    return wilson_interval(events, n, level)[0]


def wilson_upper(events: int, n: int, level: float = 0.95) -> float:
    """Return the upper limit of :func:`wilson_interval`."""
    return wilson_interval(events, n, level)[1]


def difference_interval(
    events: int, n: int, other_events: int, other_n: int, level: float = 0.95
) -> tuple[float, float]:
    """Return limits of the difference of two independent proportions, the first minus the other.

    Newcombe's hybrid score method (Stat Med 1998;17:873-890, method 10, without continuity correction).

    Raises:
        ValueError: when a count or the level is out of range.
    """
    low, high = wilson_interval(events, n, level)
    other_low, other_high = wilson_interval(other_events, other_n, level)
    share, other = events / n, other_events / other_n
    down = math.hypot(share - low, other_high - other)
    up = math.hypot(high - share, other - other_low)
    return share - other - down, share - other + up


def mean_interval(mean: float, sd: float, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return limits of a mean from its standard deviation: ``mean ± z sd / sqrt(n)``, the normal approximation.

    In small samples it is too narrow; Student's t gives wider limits.

    Raises:
        ValueError: when ``n`` is below 2, ``sd`` negative, or the level out of range.
    """
    if n < 2 or sd < 0:
        raise ValueError(f"n must be at least 2 and sd must not be negative: found n = {n!r} and sd = {sd!r}")
    half = _z(level) * sd / math.sqrt(n)
    return mean - half, mean + half


def half_life(rate: float) -> float:
    """Return the half-life of an exponential decay, ``ln 2 / rate``, in the unit of time of the rate.

    Raises:
        ValueError: when the rate is not positive.
    """
    if not rate > 0:
        raise ValueError(f"a rate of decay must be positive, not {rate!r}")
    return math.log(2) / rate


def remaining(amount: float, half_life: float, time: float) -> float:
    """Return what is left of ``amount`` after ``time``: ``amount 2^(-time / half_life)``; both times in one unit.

    Raises:
        ValueError: when the half-life is not positive.
    """
    if not half_life > 0:
        raise ValueError(f"a half-life must be positive, not {half_life!r}")
    return amount * math.exp2(-time / half_life)


def doublings(start: float, end: float) -> float:
    """Return how often ``start`` must double to reach ``end``: ``log2(end / start)``.

    Raises:
        ValueError: when one of them is not positive.
    """
    if not (start > 0 and end > 0):
        raise ValueError(f"both numbers must be positive: found {start!r} and {end!r}")
    return math.log2(end / start)


def present_value(amount: float, rate: float, years: float) -> float:
    """Return what ``amount`` in ``years`` is worth today: ``amount / (1 + rate)^years``; a rate of 0.03 is 3 % a year.

    Raises:
        ValueError: when the rate is not above -1.
    """
    if not rate > -1:
        raise ValueError(f"a yearly rate must be above -1, not {rate!r}")
    return amount / float((1 + rate) ** years)


def annuity_value(amount: float, rate: float, years: int) -> float:
    """Return today's worth of ``amount`` at the end of each of ``years`` years.

    Raises:
        ValueError: when the rate is not above -1 or the years are negative.
    """
    if years < 0:
        raise ValueError(f"the number of years must not be negative: found {years!r}")
    return math.fsum(present_value(amount, rate, year) for year in range(1, years + 1))


def _counts(events: int, n: int) -> None:
    for name, count in (("events", events), ("n", n)):
        if isinstance(count, bool) or int(count) != count:
            raise ValueError(f"{name} must be a whole number, not {count!r}")
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n}")
    if not 0 <= events <= n:
        raise ValueError(f"events must lie between 0 and n = {n}, not {events}")


def _proportion(p: float) -> None:
    if not 0 <= p <= 1:
        raise ValueError(f"a proportion must lie between 0 and 1, not {p!r}")


def _tail(level: float) -> float:
    if not 0 < level < 1:
        raise ValueError(f"the level must lie between 0 and 1, not {level!r}")
    return (1 - level) / 2


def _z(level: float) -> float:
    return NormalDist().inv_cdf(1 - _tail(level))


def _incomplete_beta(a: float, b: float, x: float) -> float:
    """Return the regularised incomplete beta function by its continued fraction (DLMF 8.17.22).

    The fraction converges fast below ``(a + 1) / (a + b + 2)``; above it the symmetry of the function is used.
    """
    if x <= 0.0 or x >= 1.0:
        return 0.0 if x <= 0.0 else 1.0
    if x > (a + 1) / (a + b + 2):
        return 1.0 - _incomplete_beta(b, a, 1.0 - x)
    log_front = math.lgamma(a + b) - math.lgamma(a) - math.lgamma(b) + a * math.log(x) + b * math.log1p(-x)
    # Lentz's method, as modified by Thompson and Barnett (J Comput Phys 1986;64:490-509).
    tiny = 1e-300
    fraction, c, d = 1.0, 1.0, 0.0
    for step in range(_MOST_STEPS):
        m = step // 2
        if step == 0:
            numerator = 1.0
        elif step % 2:
            numerator = -(a + m) * (a + b + m) * x / ((a + 2 * m) * (a + 2 * m + 1))
        else:
            numerator = m * (b - m) * x / ((a + 2 * m - 1) * (a + 2 * m))
        d = 1.0 / (1.0 + numerator * d or tiny)
        c = 1.0 + numerator / c or tiny
        if step == 0:
            c, fraction = 1.0 / tiny, d
            continue
        fraction *= c * d
        if abs(c * d - 1.0) < 4e-16:
            break
    return math.exp(log_front) * fraction / a


def _root(function: Callable[[float], float]) -> float:
    """Return where a function that rises from below zero to above crosses it, between 0 and 1, by bisection."""
    low, high = 0.0, 1.0
    for _ in range(_HALVINGS):
        middle = (low + high) / 2
        if middle in (low, high):
            break
        if function(middle) < 0:
            low = middle
        else:
            high = middle
    return (low + high) / 2
