"""Time to event: published curves, each person once, and spreads shown as what they are."""

from __future__ import annotations

from datetime import date
from pathlib import Path

import pytest

from carta.evidence import load
from carta.evidence.records import Fact
from carta.synthesis import PoolingRefused, kaplan_meier, persons, reported_spread

ROOT = Path(__file__).parents[2]

#: Weeks in remission under 6-mercaptopurine, Freireich et al., Blood 1963;21:699-716; a plus marks censoring.
MERCAPTOPURINE = [
    "6",
    "6",
    "6",
    "6+",
    "7",
    "9+",
    "10",
    "10+",
    "11+",
    "13",
    "16",
    "17+",
    "19+",
    "20+",
    "22",
    "23",
    "25+",
    "32+",
    "32+",
    "34+",
    "35+",
]


def test_the_published_curve_of_6_mercaptopurine() -> None:
    times = [float(word.rstrip("+")) for word in MERCAPTOPURINE]
    found = kaplan_meier(times, [not word.endswith("+") for word in MERCAPTOPURINE], unit="week")
    # As printed in Kleinbaum and Klein, Survival Analysis, table of the first chapter on Kaplan–Meier curves.
    printed = {6: 0.8571, 7: 0.8067, 10: 0.7529, 13: 0.6902, 16: 0.6275, 22: 0.5378, 23: 0.4482}
    for time, survival in printed.items():
        assert found.at(time).survival == pytest.approx(survival, abs=5e-5)
    assert (found.n, found.events, found.median) == (21, 9, 23)
    assert found.at(6).at_risk == 21 and found.at(7).at_risk == 17
    assert all(step.low <= step.survival <= step.high for step in found.steps)


def test_nobody_with_the_event_and_nobody_at_all() -> None:
    quiet = kaplan_meier([3, 5], [False, False])
    assert quiet.median is None and quiet.steps[-1].survival == 1 and "says nothing" in quiet.notes[0]
    with pytest.raises(PoolingRefused):
        kaplan_meier([], [])
    for times in ([-1.0], [float("nan")]):
        with pytest.raises(ValueError, match="at or above zero"):
            kaplan_meier(times, [True])
    with pytest.raises(ValueError, match="runs from 0 to 5"):
        quiet.at(6)


def test_one_person_in_three_reports_is_one_person() -> None:
    base = load(ROOT)
    everyone = persons(base)
    rows = [row for person in everyone for row in person.rows]
    assert len(rows) == len(set(rows)) and len(everyone) < len(rows)
    (heidelberg,) = [person for person in everyone if "merkt-2024-ard:p1" in person.rows]
    assert heidelberg.rows == ("claus-2024-art:p1", "merkt-2024-ard:p1", "merkt-2025-dgrh:p1")
    assert heidelberg.followup_months == 18


def fact(**values: object) -> Fact:
    return Fact.model_validate(
        {
            "what": "duration",
            "unit": "day",
            "locator": "x",
            "status": "read",
            "checked": date(2026, 1, 1),
            **values,
        }
    )


def test_spreads_are_not_turned_into_one_another() -> None:
    mean = reported_spread(fact(mean=112, sd=47, n=15))
    assert (
        mean is not None and (mean.low, mean.high) == (65, 159) and "standard deviation" in mean.spread_kind
    )
    median = reported_spread(fact(median=8, range=[7, 13]))
    assert median is not None and (median.centre_kind, median.spread_kind, median.low) == (
        "median",
        "range",
        7,
    )
    width = reported_spread(fact(median=8, range_width=5))
    assert width is not None and width.low is None and width.spread_kind == ""
    assert reported_spread(fact(events=1, n=3)) is None
