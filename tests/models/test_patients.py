"""Virtual patients are reproducible and vary as told; Sobol indices find what is known to decide."""

from __future__ import annotations

from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np
import pytest

from carta.evidence import load
from carta.models.kinetics.measures import grid
from carta.models.kinetics.patients import (
    draw_patients,
    measure_patients,
    quantiles,
    simulate_patients,
    spreads,
)
from carta.models.kinetics.scenarios import scenario
from carta.models.kinetics.sensitivity import sobol
from carta.models.kinetics.settings import Library, SettingError

ROOT = Path(__file__).resolve().parents[2]
EVIDENCE = load(ROOT)
LIBRARY = Library(EVIDENCE)
CD19 = scenario(LIBRARY, "cd19")
VARIED = spreads(EVIDENCE)


def test_a_seed_gives_the_same_patients_anywhere() -> None:
    patients = draw_patients(CD19, VARIED, 12, seed=3)
    again = draw_patients(CD19, VARIED, 30, seed=3)
    assert [p.settings.vector() for p in again[:12]] == [p.settings.vector() for p in patients]
    assert draw_patients(CD19, VARIED, 12, seed=4)[0].settings.vector() != patients[0].settings.vector()
    times = grid(200, 1.0)
    here = simulate_patients(patients, times)
    with ProcessPoolExecutor(2) as pool:
        there = simulate_patients(patients, times, executor=pool)
    for a, b in zip(here, there, strict=True):
        assert a.states == pytest.approx(b.states, rel=1e-9, abs=1e-12)


def test_patients_vary_log_normally_around_the_typical_one() -> None:
    patients = draw_patients(CD19, VARIED, 4000, seed=1)
    for spread in VARIED:
        logs = np.log([p.settings[spread.constant] / CD19.settings[spread.constant] for p in patients])
        assert np.mean(logs) == pytest.approx(0, abs=4 * spread.sigma / np.sqrt(4000))
        assert np.std(logs) == pytest.approx(spread.sigma, rel=0.05)
        assert patients[0].settings.held[spread.constant].status == "assumed"
    other = {spread.constant: spread.sigma for spread in spreads(EVIDENCE, "variance")}
    assert other["effector_death"] == pytest.approx(0.91**0.5)


def test_what_did_not_occur_is_counted_not_invented() -> None:
    weak = CD19.with_values(lymphocytes_left=0.5)
    measured = measure_patients(draw_patients(weak, VARIED, 20, seed=1), grid(120), LIBRARY.aplasia_threshold)
    row = next(row for row in quantiles(measured) if row["measure"] == "extinct")
    assert row["patients"] == 20
    assert row["occurred"] == sum(m["extinct"].value is not None for m in measured) < 20


def test_sobol_finds_that_igg_half_life_decides_the_fall_of_antibody() -> None:
    constants = ["igg_loss", "effector_death", "precursor_recovery"]
    found = sobol(CD19, constants, "autoantibody_90", threshold=LIBRARY.aplasia_threshold, n=64, days=120)
    by_name = {index.constant: index for index in found}
    assert by_name["igg_loss"].total > 0.9
    assert by_name["precursor_recovery"].total < 0.01
    assert by_name["igg_loss"].status == "derived"
    with pytest.raises(SettingError, match="power of two"):
        sobol(CD19, constants, "cmax", threshold=0.05, n=100)
    with pytest.raises(SettingError, match="no range"):
        sobol(CD19, ["blood_volume"], "cmax", threshold=0.05, n=4)
