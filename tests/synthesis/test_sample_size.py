"""Sample sizes against R, and the limits of what can be asked."""

from __future__ import annotations

import shutil
import subprocess

import numpy as np
import pytest

from carta.synthesis.sample_size import at_least_one, time_to_event, to_enrol, two_proportions
from needs import lacking

CASES = [(0.2, 0.6, 0.05, 0.8), (0.4, 0.5, 0.05, 0.9), (0.9, 0.97, 0.01, 0.8), (0.05, 0.02, 0.05, 0.95)]


def _r(code: str) -> list[float]:
    if shutil.which("Rscript") is None:
        lacking("no Rscript found: install the package r-base-core")
    run = subprocess.run(["Rscript", "-e", code], capture_output=True, text=True, check=True)
    return [float(word) for word in run.stdout.split()]


def test_two_proportions_agree_with_power_prop_test() -> None:
    calls = [
        f"power.prop.test(p1={p1}, p2={p2}, sig.level={alpha}, power={power}, tol=1e-12)$n"
        for p1, p2, alpha, power in CASES
    ]
    expected = _r(f"cat(sprintf('%.12g', c({', '.join(calls)})))")
    found = [two_proportions(p1, p2, alpha=alpha, power=power) for p1, p2, alpha, power in CASES]
    # The other tail, which R leaves out too, is below this.
    assert found == pytest.approx(expected, rel=1e-7)


def _log_rank(time: np.ndarray, event: np.ndarray, arm: np.ndarray) -> float:
    """The chi-square of the log-rank test, without ties."""
    order = np.argsort(time)
    event, arm = event[order], arm[order]
    at_risk = np.arange(len(time), 0, -1)
    share = (arm.sum() - np.concatenate([[0], np.cumsum(arm)[:-1]])) / at_risk
    return float((event * (arm - share)).sum() ** 2 / (event * share * (1 - share)).sum())


def test_a_log_rank_test_has_the_power_that_was_asked_for() -> None:
    """Exponential times at the size we name; follow-up ends at 1."""
    draw = np.random.default_rng(7)
    for first, second, power in ((0.5, 0.25, 0.8), (0.3, 0.15, 0.9)):
        events, people = time_to_event(first, second, power=power)
        assert people * (first + second) == pytest.approx(events)
        n = to_enrol(people)
        arm = np.repeat([0, 1], n)
        scale = np.repeat([-1 / np.log1p(-first), -1 / np.log1p(-second)], n)
        hits = 0
        for _ in range(1500):
            time = draw.exponential(scale)
            hits += _log_rank(np.minimum(time, 1), (time <= 1).astype(int), arm) > 3.841459
        # Simulation error 0.01, and Schoenfeld's formula is an approximation.
        assert hits / 1500 == pytest.approx(power, abs=0.04)


def test_at_least_one_reaches_its_chance_at_the_rounded_size() -> None:
    for rate, power in ((0.01, 0.95), (0.003, 0.8), (0.2, 0.99)):
        people = to_enrol(at_least_one(rate, power=power))
        assert 1 - (1 - rate) ** people >= power > 1 - (1 - rate) ** (people - 1)


def test_losses_are_made_up_for() -> None:
    assert to_enrol(90, 0.1) == 100
    assert to_enrol(90.1, 0.1) == 101
    assert to_enrol(0.2) == 1


@pytest.mark.parametrize(
    ("call", "said"),
    [
        (lambda: two_proportions(0.4, 0.4), "equal"),
        (lambda: two_proportions(0.0, 0.4), "first"),
        (lambda: time_to_event(0.4, 1.0), "second"),
        (lambda: two_proportions(0.2, 0.4, power=1), "power"),
        (lambda: at_least_one(0), "rate"),
        (lambda: to_enrol(10, 1.0), "lost"),
        (lambda: to_enrol(0), "people"),
    ],
)
def test_what_cannot_be_asked_is_refused(call: object, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        call()  # type: ignore[operator]
