"""Published models, reproduced to the digit that is printed, or with the difference explained."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from carta.models.economics import Outcome, read_model, run
from carta.models.economics.incremental import incremental_analysis
from carta.models.economics.report import means

PUBLISHED = Path(__file__).parent / "published"


def outcomes(name: str) -> dict[str, Outcome]:
    model, source = read_model(PUBLISHED / f"{name}.yaml")
    return run(model, source=source)


def test_hiv_model_of_briggs_example_2_5() -> None:
    # The book prints 44,663 and 50,602 GBP, 7.991 and 8.937 life-years, 6,276 GBP a life-year; the further digits
    # are those of its spreadsheet.
    result = outcomes("hiv")
    assert result["mono"].cost[0] == pytest.approx(44663.4535637, abs=5e-8)
    assert result["comb"].cost[0] == pytest.approx(50601.6513312, abs=5e-8)
    assert result["mono"].life_years[0] == pytest.approx(7.9912066, abs=6e-8)
    assert result["comb"].life_years[0] == pytest.approx(8.9373889, abs=6e-8)
    rows = incremental_analysis(means(result))
    assert rows[1].icer == pytest.approx(6275.95560, abs=5e-5)


def test_hip_replacement_model_of_briggs_example_3_5() -> None:
    result = outcomes("hip")
    assert result["standard"].cost[0] == pytest.approx(512.434658, abs=5e-7)
    assert result["standard"].effect[0] == pytest.approx(14.6531896, abs=5e-8)
    assert result["np1"].cost[0] == pytest.approx(610.311818, abs=5e-7)
    assert result["np1"].effect[0] == pytest.approx(14.69770986, abs=5e-9)
    assert incremental_analysis(means(result))[1].icer == pytest.approx(2198.486665, abs=5e-6)
    trace = result["standard"].trace
    printed = {  # success, revision, revised, dead at the end of years 2, 5 and 8
        2: (0.97265720, 0.0007768, 0.0, 0.02656600),
        5: (0.93783561, 0.00132115, 0.00268314, 0.05816010),
        8: (0.88040225, 0.00168398, 0.00618146, 0.11173231),
    }
    for year, shares in printed.items():
        found = [trace[state][year] for state in ("success", "revision", "revised", "dead")]
        assert found == pytest.approx(shares, abs=6e-9)


def test_sick_sicker_model_with_the_weights_of_the_tutorial() -> None:
    # The tutorial's weights are 1/3, 2/3, 4/3, ..., 1/3: those of Simpson's rule with odd and even exchanged.
    model, source = read_model(PUBLISHED / "sick-sicker.yaml")
    weights = [1 / 3, *(4 / 3 if end % 2 == 0 else 2 / 3 for end in range(1, 75)), 1 / 3]
    result = run(model.model_copy(update={"counting_weights": weights}), source=source)
    printed = {"soc": (151580, 20.711), "A": (284805, 21.499), "B": (259100, 22.184), "AB": (378875, 23.137)}
    for name, (cost, qalys) in printed.items():
        assert round(float(result[name].cost[0])) == cost
        assert round(float(result[name].effect[0]), 3) == qalys
    rows = {row.strategy: row for row in incremental_analysis(means(result))}
    assert list(rows) == ["soc", "B", "AB", "A"]
    assert rows["A"].standing == "dominated"
    assert [round(rows[name].icer or 0) for name in ("B", "AB")] == [72988, 125764]
    assert [round(rows[name].incremental_effect or 0, 3) for name in ("B", "AB")] == [1.473, 0.952]
    trace = np.round([result["soc"].trace[state][:6] for state in ("H", "S1", "S2", "D")], 3).T
    assert trace.tolist() == [
        [1.0, 0.0, 0.0, 0.0],
        [0.859, 0.139, 0.0, 0.002],
        [0.792, 0.189, 0.014, 0.005],
        [0.755, 0.206, 0.032, 0.008],
        [0.729, 0.208, 0.052, 0.011],
        [0.707, 0.206, 0.072, 0.015],
    ]


def test_sick_sicker_difference_is_that_of_the_weights() -> None:
    """With Simpson's rule itself every total grows by nearly the third of a cycle that the tutorial leaves out."""
    model, source = read_model(PUBLISHED / "sick-sicker.yaml")
    proper = run(model, source=source)["soc"]
    assert proper.effect[0] == pytest.approx(20.711 + 1 / 3, abs=0.02)
    # Two other rules agree with the proper one, and not with the printed value.
    for correction in ("half-cycle", "life-table"):
        other = run(model.model_copy(update={"correction": correction}), source=source)["soc"]
        assert other.effect[0] == pytest.approx(proper.effect[0], abs=0.02)


def test_spinal_muscular_atrophy_model_of_broekhoff_within_its_simulation() -> None:
    """A one-time against a chronic therapy, in monthly cycles over a hundred years.

    The article prints the mean of 10,000 simulated people, 138,875 and 53,447 EUR a QALY; this is the expected value,
    with the German in place of the Dutch life table for the second and third milestones. The difference is 3.1 % and
    0.1 %; how much of it is the chance of the simulation and how much the life table cannot be told from here.
    """
    result = outcomes("sma")
    treated, support, chronic = (result[name] for name in ("onasemnogene", "support", "nusinersen"))

    def icer(other: Outcome) -> float:
        return float((treated.cost[0] - other.cost[0]) / (treated.effect[0] - other.effect[0]))

    assert icer(support) == pytest.approx(138_875, rel=0.035)
    assert icer(chronic) == pytest.approx(53_447, rel=0.01)
    # Who is on best supportive care needs no life table: it agrees with the recalculation that the record keeps.
    assert support.cost[0] == pytest.approx(649_730, rel=0.004)
    assert support.effect[0] == pytest.approx(3.025, rel=0.002)
