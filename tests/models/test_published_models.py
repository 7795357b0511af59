"""The published comparison models give the values that their sources state."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.integrate import quad

from carta.evidence import Evidence, load
from carta.models.kinetics.competition import kimmel
from carta.models.kinetics.empirical import ogasawara, stein

ROOT = Path(__file__).resolve().parents[2]
EVIDENCE: Evidence = load(ROOT)


def stated(name: str) -> float:
    value = EVIDENCE.parameter(name).value
    assert isinstance(value, int | float)
    return float(value)


def test_stein_gives_the_published_times_and_the_derived_area() -> None:
    """stein-2019-psp4: doubling time, both half-lives; the area to day 28 is derived from the typical values."""
    model = stein(EVIDENCE)
    assert model.doubling_time == pytest.approx(stated("stein-2019:doubling-time"), rel=0.01)
    fast, slow = model.half_lives
    assert fast == pytest.approx(stated("stein-2019:contraction-half-life"), rel=0.01)
    assert slow == pytest.approx(stated("stein-2019:terminal-half-life"), rel=0.02)
    assert model.auc(28) == pytest.approx(stated("stein-2019:auc28"), rel=0.02)
    # The closed form against integration of the curve itself.
    area, _ = quad(lambda t: float(model.concentration(t)), 0, 28, points=[model.tmax])
    assert model.auc(28) == pytest.approx(area, rel=1e-6)
    assert model.concentration([model.tmax])[0] == pytest.approx(stated("stein-2019:cmax"))


def test_ogasawara_rises_after_its_lag_and_falls_with_its_half_lives() -> None:
    """ogasawara-2021-cpk: lag, doubling time, peak, half-lives."""
    model = ogasawara(EVIDENCE)
    lag, doubling, top = (stated(f"ogasawara-2021:{name}") for name in ("tlag", "td", "tmax"))
    first, last, doubled, peak = model.concentration([0, lag, lag + doubling, top])
    assert last == pytest.approx(first)
    assert doubled == pytest.approx(2 * first)
    assert peak == pytest.approx(1.0)
    days = np.array([600.0, 600.0 + stated("ogasawara-2021:h2")])
    late = model.concentration(days)
    assert late[1] / late[0] == pytest.approx(0.5, rel=1e-6)


def test_kimmel_falls_from_its_peak_as_the_cells_of_patients_did() -> None:
    """kimmel-2021-rspb: medians of 27.5, 9.1 and 2.1 cells/uL on days 7, 14 and 28, here as ratios."""
    days = np.arange(0, 91.0)
    run = kimmel(EVIDENCE, days)
    assert days[run.car_t.argmax()] == pytest.approx(7, abs=1)
    assert run.car_t[14] / run.car_t[7] == pytest.approx(9.1 / 27.5, rel=0.15)
    assert run.car_t[28] / run.car_t[7] == pytest.approx(2.1 / 27.5, rel=0.15)


def test_kimmel_needs_the_empty_niche() -> None:
    """kimmel-2021-rspb: without lymphodepletion CAR T cells do not expand."""
    days = np.arange(0, 29.0)
    full = kimmel(EVIDENCE, days, normal_at_start=stated("kimmel-2021:kn"))
    assert full.car_t.max() == pytest.approx(stated("kimmel-2021:c0"))
    assert kimmel(EVIDENCE, days).car_t.max() > 50 * full.car_t.max()
