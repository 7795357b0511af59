"""Differences of two proportions against the examples in Newcombe's paper."""

from __future__ import annotations

import pytest

from carta.synthesis.two_arms import difference, wilson_interval


@pytest.mark.parametrize(
    ("active", "control", "low", "high"),
    [
        # Newcombe 1998, Table II, method 10.
        ((56, 70), (48, 80), 0.0524, 0.3339),
        ((9, 10), (3, 10), 0.1705, 0.8090),
        ((5, 56), (0, 29), -0.0381, 0.1926),
        ((0, 10), (0, 20), -0.1611, 0.2775),
        ((10, 10), (0, 20), 0.6791, 1.0000),
    ],
)
def test_newcombes_own_examples(
    active: tuple[int, int], control: tuple[int, int], low: float, high: float
) -> None:
    found = difference(active, control)
    assert found.estimate == active[0] / active[1] - control[0] / control[1]
    assert [found.low, found.high] == pytest.approx([low, high], abs=5e-5)
    mirrored = difference(control, active)
    assert [mirrored.low, mirrored.high] == pytest.approx([-high, -low], abs=5e-5)


def test_impossible_counts_are_refused() -> None:
    for events, n in ((3, 2), (-1, 2), (0, 0)):
        with pytest.raises(ValueError, match=f"not {events} of {n}"):
            difference((events, n), (1, 2))
    with pytest.raises(ValueError, match="level"):
        wilson_interval(1, 2, 1.0)
