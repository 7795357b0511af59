"""Both solvers give the same answers, doses and extinction are exact, and bad settings are refused."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from carta.evidence import load
from carta.models.kinetics import lsoda, taylor
from carta.models.kinetics.run import simulate
from carta.models.kinetics.scenarios import SCENARIOS, Dose, scenario
from carta.models.kinetics.settings import Library, SettingError
from carta.models.kinetics.solution import SolverError
from carta.models.kinetics.system import STATES

ROOT = Path(__file__).resolve().parents[2]
LIBRARY = Library(load(ROOT))
DAYS = np.linspace(0, 730, 366)


@pytest.mark.parametrize("name", SCENARIOS)
def test_the_fast_solver_agrees_with_lsoda(name: str) -> None:
    chosen = scenario(LIBRARY, name)
    reference = lsoda.solve(chosen, DAYS, rtol=1e-9)
    fast = taylor.solve(chosen, DAYS)
    size = np.maximum(np.abs(reference.states).max(axis=0), 1e-30)
    assert (np.abs(fast.states - reference.states) / size).max() < 1e-6
    assert [event[1:] for event in fast.events] == [event[1:] for event in reference.events]
    assert [event.time for event in fast.events] == pytest.approx(
        [event.time for event in reference.events], abs=1e-5
    )


def test_the_exact_jacobian_is_that_of_the_rates() -> None:
    chosen = scenario(LIBRARY, "cd19")
    states = lsoda.solve(chosen, [0, 12]).states[-1]
    constants = chosen.settings.vector()
    exact = np.array(lsoda.jacobian()(12.0, *states, *constants), dtype=float)
    for place in range(len(STATES)):
        step = max(abs(states[place]), 1e-3) * 1e-6
        up, down = states.copy(), states.copy()
        up[place] += step
        down[place] -= step
        slope = (
            np.array(lsoda.rates()(12.0, *up, *constants)) - np.array(lsoda.rates()(12.0, *down, *constants))
        ) / (2 * step)
        assert np.allclose(exact[:, place], slope, rtol=1e-4, atol=1e-7 * np.abs(exact).max(axis=1) + 1e-12)


@pytest.mark.parametrize("solver", ["taylor", "lsoda"])
def test_a_dose_acts_at_its_moment(solver: str) -> None:
    """Between mRNA doses the CAR decays exponentially, which has an exact answer."""
    run = simulate(scenario(LIBRARY, "mrna-ex-vivo"), times=[0, 6.5, 7, 10, 35, 40], solver=solver)
    loss = run.scenario.settings["car_loss"]
    assert run.state("car_per_cell") == pytest.approx(
        [1, np.exp(-6.5 * loss), 1, np.exp(-3 * loss), 1, np.exp(-5 * loss)], rel=1e-6
    )
    assert run.state("effectors")[2] == pytest.approx(run.scenario.settings["mrna_dose"], rel=1e-12)


@pytest.mark.parametrize("solver", ["taylor", "lsoda"])
def test_a_population_below_one_cell_is_gone_for_good(solver: str) -> None:
    run = simulate(scenario(LIBRARY, "cd19"), times=DAYS, solver=solver)
    moment = run.extinct_on()
    assert moment is not None
    # The implicit solver leaves rounding noise, far below a cell.
    left = run.state("autoreactive")[moment < DAYS] * run.scenario.settings["b_pool"]
    assert np.abs(left).max() < 1e-6
    last = run.state("autoreactive")[moment > DAYS][-1]
    assert last >= 1 / run.scenario.settings["b_pool"]
    # With new loss of tolerance it comes back, later.
    again = simulate(scenario(LIBRARY, "cd19"), times=DAYS, solver=solver, new_tolerance_loss=1e-6)
    assert again.state("autoreactive")[-1] > 1e-3


def test_many_patients_are_the_same_as_each_alone() -> None:
    patients = [
        scenario(LIBRARY, name).with_values(effector_death=rate)
        for name in ("cd19", "rituximab")
        for rate in (0.12, 0.14, 0.16, 0.18, 0.2)
    ]
    together = taylor.solve_many(patients, DAYS)
    for patient, solution in zip(patients, together, strict=True):
        assert solution.scenario is patient
        assert solution.states == pytest.approx(taylor.solve(patient, DAYS).states, rel=1e-9, abs=1e-12)


def test_settings_know_where_they_come_from() -> None:
    settings = scenario(LIBRARY, "cd19").settings
    assert settings.held["effector_death"].status == "read"
    assert settings.held["effector_death"].sources[0] == "stein-2019-psp4"
    assert settings.held["growth"].status == "calibrated"
    assert "memory_death" in settings.not_evidence()
    changed = scenario(LIBRARY, "cd19").with_values(effector_death=0.2).settings
    assert changed.held["effector_death"].status == "chosen"
    assert "effector_death" in changed.not_evidence()


def test_bad_settings_are_refused() -> None:
    base = scenario(LIBRARY, "cd19")
    with pytest.raises(SettingError, match="Did you mean growth"):
        base.with_values(growht=1.0)
    with pytest.raises(SettingError, match="at most 1"):
        base.with_values(fa=1.2)
    with pytest.raises(SettingError, match="above 0"):
        base.with_values(theta=0.0)
    with pytest.raises(SettingError, match="must be a number"):
        base.with_values(growth=float("nan"))
    with pytest.raises(SettingError, match="choose of"):
        scenario(LIBRARY, "cd20")
    with pytest.raises(SettingError, match="dose"):
        type(base)("x", "x", "x", base.settings, (Dose(-1.0, "infusion"),)).checked()
    with pytest.raises(SolverError, match="ascending"):
        taylor.solve(base, [0, 2, 1])
