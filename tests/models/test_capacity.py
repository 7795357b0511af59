"""Capacity: patients are conserved, and the steady states are those of a formula."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carta.models.capacity import CapacityInput, capacity, waiting_days, yearly_capacity


@given(
    referrals=st.floats(0, 500), slots=st.floats(0, 60), vein_to_vein=st.integers(1, 90),
    failure=st.floats(0, 0.5), leaving=st.floats(0, 0.9), waiting=st.floats(0, 300),
)  # fmt: skip
@settings(max_examples=40, deadline=None)
def test_patients_are_conserved(
    referrals: float, slots: float, vein_to_vein: int, failure: float, leaving: float, waiting: float
) -> None:
    described = CapacityInput(referrals, slots, vein_to_vein, failure, leaving, waiting, years=2)
    for day in capacity(described)[::50]:
        arrived = waiting + referrals / 365 * day.day
        in_manufacture = arrived - day.waiting - day.treated - day.left
        assert -1e-6 <= in_manufacture <= slots + 1e-6
        assert min(day.waiting, day.treated, day.left, day.failed) >= -1e-9


def test_a_full_line_treats_its_capacity() -> None:
    described = CapacityInput(referrals=1000, slots=10, vein_to_vein=20, failure=0.1, leaving=0, years=4)
    days = capacity(described)
    assert yearly_capacity(described) == pytest.approx(10 * 365 / 20 * 0.9)
    assert days[4 * 365].treated - days[3 * 365].treated == pytest.approx(
        yearly_capacity(described), rel=0.02
    )
    # Cells go through in batches, of which a year holds a whole number: hence two per cent.
    # Whoever comes beyond the capacity waits.
    assert days[4 * 365].waiting - days[3 * 365].waiting == pytest.approx(
        1000 - yearly_capacity(described), rel=0.02
    )
    assert waiting_days(described, days[-1]) == pytest.approx(
        days[-1].waiting / yearly_capacity(described) * 365
    )


def test_a_wide_line_leaves_nobody_waiting_and_failures_come_again() -> None:
    described = CapacityInput(referrals=100, slots=50, vein_to_vein=30, failure=0.2, leaving=0.5, years=3)
    days = capacity(described)
    assert days[-1].waiting == pytest.approx(0, abs=1e-9)
    assert days[-1].left == pytest.approx(0, abs=1e-9)
    year = days[-1].treated - days[-366].treated
    assert year == pytest.approx(100)
    assert days[-1].failed - days[-366].failed == pytest.approx(100 * 0.2 / 0.8)


@pytest.mark.parametrize(
    "change", [{"referrals": -1}, {"vein_to_vein": 0}, {"failure": 1.0}, {"leaving": -0.1}, {"years": 0}]
)
def test_senseless_values_are_refused(change: dict[str, float]) -> None:
    values = {
        "referrals": 10.0,
        "slots": 1.0,
        "vein_to_vein": 10,
        "failure": 0.1,
        "leaving": 0.1,
        "years": 1,
        **change,
    }
    with pytest.raises(ValueError, match=r"must|are shares"):
        capacity(CapacityInput(**values))  # type: ignore[arg-type]
