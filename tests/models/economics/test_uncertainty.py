"""Distributions, dominance, acceptability and the value of information against closed forms."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from scipy import stats

from carta.models.economics import Model
from carta.models.economics.description import Distribution
from carta.models.economics.distributions import draw_parameters, generator_of, quantile
from carta.models.economics.incremental import incremental_analysis, pairwise_icer
from carta.models.economics.information import partial_perfect_information
from carta.models.economics.probabilistic import (
    Probabilistic,
    acceptability,
    acceptability_frontier,
    expected_value_of_perfect_information,
    run_probabilistic,
)
from carta.models.economics.sensitivity import incremental_benefit, threshold_value, tornado


def linear(**changes: Any) -> Model:
    """A model whose net benefit is linear: the treatment costs c and gives q QALYs in one year."""
    return Model.model_validate(
        {
            "model": "Linear",
            "about": "For tests.",
            "currency": "USD",
            "cycle_length": 1,
            "horizon": 1,
            "correction": "start",
            "reference": "none",
            "parameters": {
                "q": {"value": 0.1, "distribution": {"normal": {"mean": 0.1, "se": 0.05}}},
                "c": {"value": 900, "distribution": {"normal": {"mean": 900, "se": 200}}},
                "on": 0,
            },
            "states": {"well": {"cost": "on * c", "utility": "0.5 + on * q"}, "dead": {"dead": True}},
            "initial": {"well": 1},
            "transitions": {"well": {"dead": 0}},
            "strategies": {"none": {}, "treat": {"parameters": {"on": 1}}},
            **changes,
        }
    )


FORMS: list[tuple[dict[str, Any], Any]] = [
    ({"beta": {"alpha": 3, "beta": 7}}, stats.beta(3, 7)),
    ({"beta": {"mean": 0.3, "se": 0.1}}, stats.beta(6, 14)),
    ({"beta": {"events": 0, "n": 8}}, stats.beta(0.5, 8.5)),
    ({"gamma": {"mean": 100, "se": 50}}, stats.gamma(4, scale=25)),
    ({"lognormal": {"ci95": [0.5, 2]}}, stats.lognorm(np.log(4) / (2 * 1.959963984540054))),
    ({"normal": {"ci95": [-1, 3]}}, stats.norm(1, 2 / 1.959963984540054)),
    ({"uniform": {"low": 2, "high": 5}}, stats.uniform(2, 3)),
]


@pytest.mark.parametrize(("form", "reference"), FORMS)
def test_draws_follow_the_distribution(form: dict[str, Any], reference: Any) -> None:
    from carta.models.economics.distributions import draw

    distribution = Distribution.model_validate(form)
    values = draw(distribution, generator_of(7, "x"), 4000)
    assert stats.kstest(values, reference.cdf).pvalue > 0.001
    assert quantile(distribution, [0.025, 0.5, 0.975]) == pytest.approx(reference.ppf([0.025, 0.5, 0.975]))


def test_each_parameter_has_its_own_stream() -> None:
    few = draw_parameters(linear(), 50, seed=3)
    more = linear()
    more = more.model_copy(update={"parameters": {"extra": more.parameters["q"], **more.parameters}})
    many = draw_parameters(more, 50, seed=3)
    assert few["q"].tolist() == many["q"].tolist()
    assert many["extra"].tolist() != many["q"].tolist()
    assert draw_parameters(linear(), 50, seed=4)["q"].tolist() != few["q"].tolist()


def test_correlated_and_dirichlet_draws() -> None:
    model = linear(correlations=[{"parameters": ["q", "c"], "correlation": -0.7}])
    drawn = draw_parameters(model, 20000, seed=1)
    assert np.corrcoef(drawn["q"], drawn["c"])[0, 1] == pytest.approx(-0.7, abs=0.02)
    assert stats.kstest(drawn["c"], stats.norm(900, 200).cdf).pvalue > 0.001
    model = linear(
        parameters={**linear().model_dump()["parameters"], "a": 0.2, "b": 0.3, "d": 0.5},
        dirichlet={"g": {"parameters": ["a", "b", "d"], "counts": [20, 30, 50]}},
    )
    drawn = draw_parameters(model, 20000, seed=1)
    assert drawn["a"] + drawn["b"] + drawn["d"] == pytest.approx(np.ones(20000))
    assert stats.kstest(drawn["a"], stats.beta(20, 80).cdf).pvalue > 0.001


def test_strong_and_extended_dominance() -> None:
    rows = incremental_analysis(
        {"a": (0, 0), "b": (100, 1), "c": (90, 0.5), "d": (200, 1.5), "e": (150, 1), "f": (400, 2)}
    )
    standing = {row.strategy: row.standing for row in rows}
    # c buys half a QALY at 180 each where b buys a whole one at 100; e costs more than b and gives no more.
    assert standing == {
        "a": "on the frontier",
        "b": "on the frontier",
        "d": "on the frontier",
        "f": "on the frontier",
        "c": "extendedly dominated",
        "e": "dominated",
    }
    assert [row.icer for row in rows[:4]] == [None, 100, 200, 400]


def test_extended_dominance_is_looked_for_again_after_a_removal() -> None:
    # Without c the step to d is steeper than to e, so that d falls too.
    rows = incremental_analysis({"a": (0, 0), "b": (10, 2), "c": (25, 3), "d": (36, 4), "e": (44, 5)})
    assert [row.strategy for row in rows if row.standing == "on the frontier"] == ["a", "b", "e"]
    icers = [row.icer for row in rows if row.icer is not None]
    assert icers == sorted(icers)


@pytest.mark.parametrize(
    ("cost", "effect", "expected"),
    [
        (10, 2, (5, "ratio")),
        (-10, -2, (5, "saving")),
        (-1, 1, (None, "dominant")),
        (1, -1, (None, "dominated")),
    ],
)
def test_pairwise_icer_says_what_its_sign_hides(
    cost: float, effect: float, expected: tuple[Any, str]
) -> None:
    assert pairwise_icer(cost, effect, 0, 0) == expected


def test_acceptability_and_perfect_information_in_closed_form() -> None:
    result = run_probabilistic(linear(), 40000, seed=5)
    threshold = 10000.0
    mean, sd = threshold * 0.1 - 900, np.hypot(threshold * 0.05, 200)
    curve = acceptability(result, [threshold])
    assert curve["treat"][0] == pytest.approx(stats.norm.cdf(mean / sd), abs=0.01)
    assert curve["treat"][0] + curve["none"][0] == 1
    # EVPI of two options whose difference is normal: the unit normal loss integral.
    z = abs(mean) / sd
    loss = sd * (stats.norm.pdf(z) - z * stats.norm.sf(z))
    point = acceptability_frontier(result, [threshold])[0]
    assert point.strategy == "treat"
    assert point.evpi == pytest.approx(loss, rel=0.03)
    assert point.evpi == expected_value_of_perfect_information(result.net_benefit(threshold))


def test_partial_perfect_information_in_closed_form() -> None:
    result = run_probabilistic(linear(), 20000, seed=6)
    threshold = 10000.0
    # The drawn mean in place of the true one takes the error of sampling out.
    mean = float(np.diff(result.net_benefit(threshold).mean(axis=0))[0])
    assert mean == pytest.approx(100, abs=12)
    for names, sd in ((["q"], 500.0), (["c"], 200.0), (["q", "c"], np.hypot(500, 200))):
        z = mean / sd
        loss = sd * (stats.norm.pdf(z) - z * stats.norm.sf(z))
        # The slope on c is known to about 2 % from 20,000 draws: two standard errors come to 7 % here.
        assert partial_perfect_information(result, names, threshold) == pytest.approx(loss, rel=0.08)


def test_partial_information_on_noise_is_worth_little() -> None:
    generator = np.random.default_rng(2)
    benefit = generator.normal(0, 1000, 8000)
    result = Probabilistic(
        ("a", "b"),
        np.stack([np.zeros(8000), -benefit], axis=1),
        np.zeros((8000, 2)),
        np.zeros((8000, 2)),
        {"noise": generator.normal(size=8000), "curve": np.sqrt(np.abs(benefit))},
    )
    perfect = expected_value_of_perfect_information(result.net_benefit(0))
    assert partial_perfect_information(result, ["noise"], 0) < 0.1 * perfect
    with pytest.raises(KeyError, match="not among the drawn"):
        partial_perfect_information(result, ["absent"], 0)


def test_partial_information_on_a_curved_relation() -> None:
    """Net benefit is a square plus noise: E max(0, x**2 - 1) for a standard normal x is 2 * pdf(1)."""
    generator = np.random.default_rng(3)
    x = generator.normal(size=20000)
    gain = x**2 - 1 + generator.normal(0, 1, 20000)
    result = Probabilistic(
        ("a", "b"),
        np.stack([np.zeros(20000), -gain], axis=1),
        np.zeros((20000, 2)),
        np.zeros((20000, 2)),
        {"x": x},
    )
    exact = 2 * stats.norm.pdf(1)
    assert partial_perfect_information(result, ["x"], 0) == pytest.approx(exact, rel=0.06)


def test_tornado_and_threshold_price() -> None:
    model = linear()
    measure = incremental_benefit("treat", "none", 10000)
    bars = tornado(model, measure)
    assert [bar.parameter for bar in bars] == ["q", "c"]
    assert bars[0].width == pytest.approx(10000 * 0.05 * 2 * stats.norm.ppf(0.975))
    assert threshold_value(model, "c", measure, (0, 5000)) == pytest.approx(1000, abs=0.01)
    assert threshold_value(model, "c", measure, (0, 500)) is None


def test_blocks_and_executors_do_not_change_the_numbers() -> None:
    from concurrent.futures import ProcessPoolExecutor

    one = run_probabilistic(linear(), 230, seed=9, block=1000)
    seen: list[tuple[int, int]] = []
    many = run_probabilistic(
        linear(), 230, seed=9, block=37, progress=lambda done, total: seen.append((done, total))
    )
    assert one.cost.tolist() == many.cost.tolist()
    assert seen[-1] == (7, 7)
    with ProcessPoolExecutor(2) as processes:
        elsewhere = run_probabilistic(linear(), 230, seed=9, block=100, executor=processes)
    assert elsewhere.effect.tolist() == one.effect.tolist()
