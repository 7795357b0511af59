"""The exact (Clopper–Pearson) interval of a proportion, with the standard library alone."""

from __future__ import annotations

import math

#: Terms of a tail that add less than this share of its sum cannot change a double any more.
_NEGLIGIBLE = 1e-17


def exact_interval(events: int, n: int, level: float = 0.95) -> tuple[float, float]:
    """Return the two-sided Clopper–Pearson interval of ``events`` out of ``n``.

    Each bound is the proportion at which the observed count, or one further out, has the
    probability ``(1 - level) / 2`` (Clopper and Pearson, Biometrika 1934;26:404-413). The
    coverage is at least ``level`` for every true proportion.

    Args:
        events: patients with the event, ``0 <= events <= n``.
        n: patients observed, at least 1.
        level: coverage, strictly between 0 and 1.

    Returns:
        The lower and the upper bound, as fractions of one. The lower bound of no events is
        exactly 0, the upper bound of ``n`` events exactly 1.

    Raises:
        TypeError: a count is not a whole number.
        ValueError: a count or the level is out of range.
    """
    for name, count in (("events", events), ("n", n)):
        if isinstance(count, bool) or not isinstance(count, int):
            raise TypeError(f"{name} must be a whole number, not {count!r}")
    if n < 1:
        raise ValueError(f"n must be at least 1, not {n}")
    if not 0 <= events <= n:
        raise ValueError(f"events must lie between 0 and n={n}, not {events}")
    if not 0 < level < 1:
        raise ValueError(f"level must lie strictly between 0 and 1, not {level}")
    tail = (1 - level) / 2
    # The upper bound for the event is the mirror of the lower bound for its absence.
    return _lower_bound(events, n, tail), 1 - _lower_bound(n - events, n, tail)


def _lower_bound(events: int, n: int, tail: float) -> float:
    """Return the p at which P(X >= events) equals ``tail``, for X binomial(n, p)."""
    if events == 0:
        return 0.0
    target = math.log(tail)
    # At p = events / n the tail is at least one half, so the bound lies below that point.
    low, high = 0.0, events / n
    while True:
        middle = (low + high) / 2
        if middle in (low, high):
            return middle
        if _log_upper_tail(events, n, middle) < target:
            low = middle
        else:
            high = middle


def _log_upper_tail(events: int, n: int, p: float) -> float:
    """Return log P(X >= events) for X binomial(n, p), with ``0 < p <= events / n``.

    The first term is taken in log space, where it cannot underflow; the others follow from it
    by their ratios, which are below one in this range, so the sum converges.
    """
    if p == 1.0:
        return 0.0
    first = (
        math.lgamma(n + 1)
        - math.lgamma(events + 1)
        - math.lgamma(n - events + 1)
        + events * math.log(p)
        + (n - events) * math.log1p(-p)
    )
    odds = p / (1 - p)
    term = total = 1.0
    for count in range(events, n):
        term *= (n - count) / (count + 1) * odds
        total += term
        if term < total * _NEGLIGIBLE:
            break
    return first + math.log(total)
