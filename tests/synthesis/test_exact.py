"""The exact interval against published values, and against the definition it solves."""

from __future__ import annotations

import math
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from carta.synthesis.exact import exact_interval

# Newcombe RG. Statistics in Medicine 1998;17:857-872, table I, method 5 (Clopper-Pearson).
NEWCOMBE = [
    (81, 263, 0.2527, 0.3676),
    (15, 148, 0.0578, 0.1617),
    (0, 20, 0.0000, 0.1684),
    (1, 29, 0.0009, 0.1776),
]
# R: binom.test(events, n)$conf.int, as printed in common tables of exact limits.
TABLES = [(5, 10, 0.1871, 0.8129), (1, 10, 0.0025, 0.4450), (10, 10, 0.6915, 1.0), (15, 15, 0.7820, 1.0)]


@pytest.mark.parametrize(("events", "n", "low", "high"), NEWCOMBE + TABLES)
def test_agrees_with_published_limits(events: int, n: int, low: float, high: float) -> None:
    assert exact_interval(events, n) == pytest.approx((low, high), abs=5e-5)


@pytest.mark.parametrize("n", [1, 2, 17, 100_000])
def test_no_event_and_all_events_have_closed_forms(n: int) -> None:
    bound = 0.025 ** (1 / n)
    assert exact_interval(0, n) == pytest.approx((0.0, 1 - bound), rel=1e-9, abs=0)
    assert exact_interval(n, n) == pytest.approx((bound, 1.0), rel=1e-9)


def exact_upper_tail(events: int, n: int, p: float) -> float:
    share = Fraction(p)
    terms = (math.comb(n, k) * share**k * (1 - share) ** (n - k) for k in range(events, n + 1))
    return float(sum(terms, Fraction(0)))


@given(
    st.integers(1, 40).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))),
    st.sampled_from([0.5, 0.9, 0.99]),
)
def test_bounds_solve_the_definition(counts: tuple[int, int], level: float) -> None:
    events, n = counts
    low, high = exact_interval(events, n, level)
    assert 0 <= low <= events / n <= high <= 1
    if events > 0:
        assert exact_upper_tail(events, n, low) == pytest.approx((1 - level) / 2, rel=1e-9)
    if events < n:
        assert 1 - exact_upper_tail(events + 1, n, high) == pytest.approx((1 - level) / 2, rel=1e-6)


@pytest.mark.parametrize("events", [3, 50_000, 99_999])
def test_large_samples_solve_the_definition(events: int) -> None:
    n = 100_000
    low, _ = exact_interval(events, n)
    constant = math.lgamma(n + 1)
    tail = math.fsum(
        math.exp(
            constant
            - math.lgamma(k + 1)
            - math.lgamma(n - k + 1)
            + k * math.log(low)
            + (n - k) * math.log1p(-low)
        )
        for k in range(events, n + 1)
    )
    assert tail == pytest.approx(0.025, rel=1e-6)


@pytest.mark.parametrize(
    ("events", "n", "level", "error"),
    [
        (3, 2, 0.95, ValueError),
        (-1, 2, 0.95, ValueError),
        (0, 0, 0.95, ValueError),
        (1, 2, 1.0, ValueError),
        (1.0, 2, 0.95, TypeError),
        (True, 2, 0.95, TypeError),
    ],
)
def test_refuses_what_is_no_count(events: int, n: int, level: float, error: type[Exception]) -> None:
    with pytest.raises(error):
        exact_interval(events, n, level)
