"""The real base as it stood on earlier days."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from carta.evidence import load

BASE = load()


@pytest.mark.parametrize("year", range(2015, 2027))
def test_the_real_base_can_be_seen_as_of_any_year(year: int) -> None:
    then = BASE.as_of(date(year, 6, 30))
    assert set(then.trials()) <= set(BASE.trials()) and set(then.studies()) <= set(BASE.studies())


def test_every_version_of_a_trial_can_be_seen() -> None:
    days = {
        change.until - timedelta(days=1)
        for trial in BASE.trials().values()
        for change in trial.history
        if change.until is not None
    }
    for day in days:
        assert BASE.as_of(day).trials()


def test_words_in_place_of_a_number_leave_the_field_open() -> None:
    versions = BASE.trial("NCT06557265").history
    assert any(change.field == "enrollment" and change.value == "up to 12" for change in versions)
    then = BASE.as_of(date(2025, 6, 30)).trial("NCT06557265")
    assert then.enrollment is None
    # What that version said stays in the list of earlier values.
    assert "up to 12" in {change.value for change in then.history}
