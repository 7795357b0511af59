"""The helpers of the exercises against SciPy and published examples."""

from __future__ import annotations

import math

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from scipy.stats import beta, binom

from carta.exercises import numbers
from carta.synthesis.exact import exact_interval

COUNTS = st.integers(1, 3000).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n)))


@settings(max_examples=60, deadline=None)
@given(COUNTS, st.sampled_from([0.5, 0.8, 0.9, 0.95, 0.99]))
def test_exact_limits_are_those_of_scipy_and_of_the_synthesis(count: tuple[int, int], level: float) -> None:
    events, n = count
    tail = (1 - level) / 2
    low = 0.0 if events == 0 else beta.ppf(tail, events, n - events + 1)
    high = 1.0 if events == n else beta.ppf(1 - tail, events + 1, n - events)
    assert numbers.exact_interval(events, n, level) == pytest.approx((low, high), abs=1e-11)
    assert numbers.exact_interval(events, n, level) == pytest.approx(
        exact_interval(events, n, level), abs=1e-9
    )


@settings(max_examples=60, deadline=None)
@given(COUNTS, st.floats(0, 1))
@example((1, 4), 2.2250738585072014e-308)
def test_binomial_probabilities_are_those_of_scipy(count: tuple[int, int], p: float) -> None:
    events, n = count
    # SciPy overflows at the smallest proportions; there the answer is known.
    exactly = float(events == 0) if 0 < p < 1e-290 else binom.pmf(events, n, p)
    assert numbers.binomial_probability(events, n, p) == pytest.approx(exactly, abs=1e-11)
    assert numbers.probability_of_at_least(events, n, p) == pytest.approx(
        binom.sf(events - 1, n, p), abs=1e-10
    )


def test_published_intervals() -> None:
    # Newcombe, Stat Med 1998;17:857-872, table I: 81 of 263, score and exact; 0 of 20 and 1 of 29.
    assert numbers.wilson_interval(81, 263) == pytest.approx((0.2553, 0.3662), abs=5e-5)
    assert numbers.exact_interval(81, 263) == pytest.approx((0.2527, 0.3676), abs=5e-5)
    assert numbers.wilson_interval(0, 20) == pytest.approx((0, 0.1611), abs=5e-5)
    assert numbers.exact_interval(1, 29) == pytest.approx((0.0009, 0.1776), abs=5e-5)
    # Newcombe, Stat Med 1998;17:873-890, table II, method 10: 56/70 - 48/80 and 10/10 - 0/20.
    assert numbers.difference_interval(56, 70, 48, 80) == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert numbers.difference_interval(10, 10, 0, 20) == pytest.approx((0.6791, 1.0), abs=5e-5)


def test_the_others_by_their_definition() -> None:
    assert numbers.percent(3, 15) == 20
    assert numbers.half_life(math.log(2) / 7) == pytest.approx(7)
    assert numbers.remaining(80, 5, 15) == pytest.approx(10)
    assert numbers.doublings(1e6, 8e6) == pytest.approx(3)
    assert numbers.present_value(121, 0.1, 2) == pytest.approx(100)
    assert numbers.annuity_value(1, 0.03, 10) == pytest.approx((1 - 1.03**-10) / 0.03)
    low, high = numbers.mean_interval(112, 47, 15)
    assert (low + high) / 2 == pytest.approx(112)
    assert high - low == pytest.approx(2 * 1.959964 * 47 / math.sqrt(15), rel=1e-6)


@pytest.mark.parametrize(
    "wrong",
    [
        lambda: numbers.exact_upper(5, 4),
        lambda: numbers.exact_lower(-1, 4),
        lambda: numbers.percent(0, 0),
        lambda: numbers.exact_upper(1, 4, 1.0),
        lambda: numbers.exact_upper(1.5, 4),  # type: ignore[arg-type]
        lambda: numbers.binomial_probability(1, 4, 1.5),
        lambda: numbers.half_life(0),
        lambda: numbers.mean_interval(1, 1, 1),
    ],
)
def test_what_makes_no_sense_is_refused(wrong: object) -> None:
    assert callable(wrong)
    with pytest.raises(ValueError):
        wrong()
