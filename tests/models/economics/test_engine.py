"""The engine against closed forms, against a plain matrix product, and against models that must fail."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from carta.models.economics import Model, ModelError, read_model, run
from carta.models.economics.counting import simpson_weights
from carta.models.economics.expressions import ExpressionError, parse

BASE: dict[str, Any] = {
    "model": "Small",
    "about": "A model for tests.",
    "currency": "USD",
    "cycle_length": 1,
    "horizon": 10,
    "correction": "end",
    "parameters": {"p": 0.1},
    "states": {"well": {"cost": 10, "utility": 1}, "dead": {"dead": True}},
    "initial": {"well": 1},
    "transitions": {"well": {"dead": "p"}},
    "strategies": {"care": {}},
}


def small(**changes: Any) -> Model:
    return Model.model_validate({**BASE, **changes})


def write(folder: Path, **changes: Any) -> Path:
    path = folder / "model.yaml"
    path.write_text(yaml.safe_dump({**BASE, **changes}, sort_keys=False), encoding="utf-8")
    return path


def only(model: Model, **parameters: float) -> Any:
    return run(model, parameters)["care"]


def test_life_years_are_a_geometric_sum() -> None:
    assert only(small()).life_years[0] == pytest.approx(sum(0.9**t for t in range(1, 11)), rel=1e-12)
    assert only(small(correction="start")).life_years[0] == pytest.approx(
        sum(0.9**t for t in range(10)), rel=1e-12
    )


def test_discounted_annuity() -> None:
    model = small(parameters={"p": 0}, discount={"costs": 0.03, "effects": 0.05})
    outcome = only(model)
    assert outcome.cost[0] == pytest.approx(10 * (1 - 1.03**-10) / 0.03, rel=1e-12)
    assert outcome.effect[0] == pytest.approx((1 - 1.05**-10) / 0.05, rel=1e-12)


def test_discount_by_whole_years() -> None:
    model = small(
        parameters={"p": 0}, cycle_length=0.25, horizon=2, correction="start",
        discount={"costs": 0.1, "effects": 0, "by": "whole-years"},
    )  # fmt: skip
    assert only(model).cost[0] == pytest.approx(10 * (1 + 1 / 1.1), rel=1e-12)


def test_exponential_survival_with_fine_cycles() -> None:
    """A constant rate with ever shorter cycles comes to the integral of its survival curve."""
    model = small(
        cycle_length=0.05, horizon=40, correction="simpson", parameters={"p": 0.2},
        transitions={"well": {"dead": {"rate": "p"}}}, discount={"costs": 0, "effects": "exp(0.03) - 1"},
    )  # fmt: skip
    assert only(model).life_years[0] == pytest.approx((1 - np.exp(-8)) / 0.2, rel=1e-7)
    assert only(model).effect[0] == pytest.approx((1 - np.exp(-0.23 * 40)) / 0.23, rel=1e-7)


def test_competing_rates_share_the_leavers() -> None:
    model = small(
        horizon=1, cycle_length=0.5, states={**BASE["states"], "ill": {}},
        transitions={"well": {"dead": {"rate": 0.3}, "ill": {"rate": 0.1, "hr": 2}}},
    )  # fmt: skip
    trace = only(model).trace
    leaving = 1 - np.exp(-0.5 * 0.5)
    assert trace["dead"][1] == pytest.approx(leaving * 0.3 / 0.5)
    assert trace["ill"][1] == pytest.approx(leaving * 0.2 / 0.5)


def test_hazard_ratio_and_relative_risk_on_a_probability() -> None:
    hazard = small(transitions={"well": {"dead": {"probability": 0.3, "hr": 0.5}}})
    assert only(hazard).trace["well"][1] == pytest.approx(np.sqrt(0.7))
    relative = small(transitions={"well": {"dead": {"probability": 0.3, "rr": 0.5}}})
    assert only(relative).trace["well"][1] == pytest.approx(0.85)


def test_life_table_by_age() -> None:
    model = small(
        start_age=60,
        horizon=3,
        tables={"m": {"x": [60, 62], "y": [0.1, 0.5]}},
        transitions={"well": {"dead": "m(age)"}},
    )
    assert only(model).trace["well"].tolist() == pytest.approx([1, 0.9, 0.81, 0.405])


def test_tunnel_remembers_time_in_the_state() -> None:
    """The risk of the first cycle after a relapse differs from later ones; relapsing again starts anew."""
    model = small(
        horizon=4, states={**BASE["states"], "ill": {"tunnel": 3, "cost": "100 * state_time"}},
        transitions={"well": {"ill": 0.5}, "ill": {"dead": "where(state_time == 1, 0.4, where(state_time == 2, 0.2, 0))"}},
    )  # fmt: skip
    ill = [np.zeros(3)]
    well, dead = 1.0, 0.0
    for _ in range(4):
        previous = ill[-1]
        ill.append(np.array([0.5 * well, 0.6 * previous[0], 0.8 * previous[1] + previous[2]]))
        dead += 0.4 * previous[0] + 0.2 * previous[1]
        well *= 0.5
    trace = only(model).trace
    assert trace["ill"].tolist() == pytest.approx([float(part.sum()) for part in ill])
    assert trace["dead"][-1] == pytest.approx(dead)
    cost = sum(10 * 0.5**t for t in range(1, 5)) + sum(float(part @ [100, 200, 300]) for part in ill[1:])
    assert only(model).cost[0] == pytest.approx(cost)


def test_transition_and_one_time_amounts() -> None:
    model = small(
        horizon=2, transitions={"well": {"dead": {"probability": 0.5, "cost": 1000, "effect": -0.1}}},
        discount={"costs": 0.1, "effects": 0},
        one_time=[
            {"what": "start", "cost": 7},
            {"what": "later, for who lives", "at": 1, "cost": 100, "effect": 0.2},
            {"what": "for the dead", "at": 2, "cost": 40, "states": ["dead"]},
        ],
    )  # fmt: skip
    outcome = only(model)
    state = 10 * (0.5 / 1.1 + 0.25 / 1.21)
    moves = 1000 * (0.5 / 1.1 + 0.25 / 1.21)
    assert outcome.cost[0] == pytest.approx(state + moves + 7 + 100 * 0.5 / 1.1 + 40 * 0.75 / 1.21)
    assert outcome.effect[0] == pytest.approx(0.5 + 0.25 - 0.1 * 0.75 + 0.2 * 0.5)


@pytest.mark.parametrize("cycles", [2, 3, 4, 5, 8, 9, 75])
def test_simpson_is_exact_for_cubics(cycles: int) -> None:
    ends = np.arange(cycles + 1.0)
    for power in range(4):
        assert simpson_weights(cycles) @ ends**power == pytest.approx(cycles ** (power + 1) / (power + 1))


SHARES = st.lists(st.floats(0.001, 1), min_size=3, max_size=3)


@given(
    rows=st.lists(SHARES, min_size=3, max_size=3),
    start=SHARES,
    draws=st.integers(1, 40),
    seed=st.integers(0, 99),
)
@settings(max_examples=40, deadline=None)
def test_the_cohort_is_conserved_and_equals_a_matrix_product(
    rows: list[list[float]], start: list[float], draws: int, seed: int
) -> None:
    """Whatever the probabilities: nobody is lost, none is negative, and the loop is a product of matrices."""
    matrix = np.array(rows) / np.sum(rows, axis=1, keepdims=True)
    initial = np.array(start) / np.sum(start)
    names = ["a", "b", "c"]
    model = small(
        horizon=12, correction="half-cycle",
        parameters={"x": 1.0, **{f"p{i}{j}": float(matrix[i, j]) for i in range(3) for j in range(3)}},
        states={name: {"cost": f"x * {i + 1} + cycle", "utility": 0.5} for i, name in enumerate(names)},
        initial={name: float(share) for name, share in zip(names, initial, strict=True)},
        transitions={
            names[i]: {names[j]: "rest" if j == i else f"p{i}{j}" for j in range(3)} for i in range(3)
        },
    )  # fmt: skip
    x = np.random.default_rng(seed).uniform(0, 2, draws)
    outcome = run(model, {"x": x})["care"]
    trace = np.stack([outcome.trace[name] for name in names], axis=1)
    expected = np.stack([initial @ np.linalg.matrix_power(matrix, t) for t in range(13)])
    assert trace == pytest.approx(expected, abs=1e-12)
    assert trace.sum(axis=1) == pytest.approx(np.ones(13), abs=1e-12)
    weights = np.array([0.5] + [1] * 11 + [0.5])
    cycle = np.maximum(np.arange(13), 1)
    cost = [
        float(weights @ (expected * (value * np.array([1, 2, 3]) + cycle[:, None])).sum(axis=1))
        for value in x
    ]
    # Forty draws run as machine code, few interpreted: both must give this.
    assert outcome.cost == pytest.approx(np.array(cost), rel=1e-10)
    assert outcome.life_years == pytest.approx(np.full(draws, 12.0), rel=1e-12)


def test_draws_do_not_mix() -> None:
    model = small(parameters={"p": 0.1, "q": "p / 2"}, transitions={"well": {"dead": "q"}})
    values = np.linspace(0.01, 0.9, 60)
    together = run(model, {"p": values})["care"]
    alone = [run(model, {"p": float(value)})["care"].cost[0] for value in values]
    assert together.cost.tolist() == pytest.approx(alone, rel=1e-13)


BAD: list[tuple[dict[str, Any], str, str]] = [
    ({"transitions": {"well": {"dead": "p", "well": 0.8}}}, "'well' sum to 0.9", "cycle 1"),
    ({"transitions": {"well": {"dead": "p * cycle", "well": "rest"}}, "horizon": 12}, "'well' to 'dead' is 1.1", "cycle 11"),
    ({"transitions": {"well": {"dead": "0.15 - p * cycle"}}}, "'well' to 'dead' is -0.05", "cycle 2"),
    ({"transitions": {"well": {"dead": "log(p - 0.1)"}}}, "'well' to 'dead' is -inf", "cycle 1"),
    ({"transitions": {"well": {"dead": {"rate": "-p"}}}}, "'well' to 'dead' is -0.1", "cycle 1"),
    ({"initial": {"well": 0.7}}, "start sum to 0.7", ""),
    ({"states": {**BASE["states"], "lost": {}}}, "ever reaches the state 'lost'", ""),
    ({"transitions": {"well": {"deda": "p"}}}, "no state 'deda'. Did you mean 'dead'", ""),
    ({"transitions": {"well": {"dead": "pp"}}}, "names 'pp': it is no parameter. Did you mean 'p'", ""),
    ({"parameters": {"p": "q", "q": "p"}}, "in a circle: p → q → p", ""),
    ({"horizon": 10.5}, "no whole number of cycles", ""),
    ({"transitions": {"well": {"dead": {"rate": 1, "probability": 1}}}}, "a probability or a rate, and not both", ""),
    ({"transitions": {"well": {"dead": "__import__('os')"}}}, "not allowed", ""),
    ({"transitions": {"well": {"dead": "p.real"}}}, "not allowed", ""),
    ({"cycle_lenght": 1}, "no such field", ""),
    ({"one_time": [{"what": "x", "at": 0.5}]}, "does not fall on the end of a cycle", ""),
    ({"parameters": {"p": {"value": 0.1, "distribution": {"beta": {"mean": 0.1, "se": 0.5}}}}}, "too large", ""),
]  # fmt: skip


@pytest.mark.parametrize(("changes", "message", "cycle"), BAD)
def test_errors_name_file_line_state_and_cycle(
    tmp_path: Path, changes: dict[str, Any], message: str, cycle: str
) -> None:
    path = write(tmp_path, **changes)
    with pytest.raises(ModelError) as caught:
        model, source = read_model(path, root=tmp_path)
        run(model, source=source)
    finding = caught.value.findings[0]
    assert message in finding.message
    assert cycle in finding.message
    assert finding.file == "model.yaml"
    # The line holds the last name of the place that is wrong, or a part of it.
    line = path.read_text(encoding="utf-8").splitlines()[finding.line - 1]
    assert line.strip(), finding
    assert finding.mend


def test_an_error_among_draws_names_the_draw() -> None:
    values = np.full(50, 0.1)
    values[33] = 1.5
    with pytest.raises(ModelError, match=r"strategy 'care', cycle 1, draw 34"):
        run(small(), {"p": values})


@pytest.mark.parametrize(
    "text",
    [
        "a.b",
        "a[0]",
        "(lambda: 1)()",
        "[1]",
        "'x'",
        "f(*a)",
        "f(x=1)",
        "a := 1",
        "a if b else c",
        "",
        "x" * 3000,
    ],
)
def test_expressions_are_arithmetic_and_nothing_else(text: str) -> None:
    with pytest.raises(ExpressionError):
        parse(text)


def test_an_expression_works_element_by_element() -> None:
    value = parse("where(a > 1 and not a > 2, prob(a, 2), -a ** 2 % 5)").evaluate(
        {"a": np.array([0.5, 1.5, 3.0])}
    )
    assert value == pytest.approx([-0.25 % 5, 1 - np.exp(-3), -9 % 5])


def test_extends_changes_a_model_and_keeps_the_rest(tmp_path: Path) -> None:
    write(tmp_path)
    child = tmp_path / "child.yaml"
    child.write_text("extends: model.yaml\ncurrency: EUR\nparameters: {p: 0.2}\nstates: {well: {cost: 20}}\n")
    model, _ = read_model(child)
    assert (model.currency, model.states["well"].cost, model.states["well"].utility) == ("EUR", 20, 1)
    assert only(model).trace["well"][1] == pytest.approx(0.8)


def test_table_from_csv_and_value_from_a_fact(tmp_path: Path) -> None:
    (tmp_path / "table.csv").write_text("# a comment\nage,female\n0,0.1\n1,0.4\n")
    path = write(
        tmp_path,
        tables={"m": {"csv": "table.csv", "x": "age", "y": "female"}},
        parameters={"p": {"value": {"fact": "study:share", "field": "point"}}},
        transitions={"well": {"dead": "m(age) * p"}},
    )
    model, _ = read_model(path, facts=lambda name, field: {("study:share", "point"): 0.5}[name, field])
    assert model.parameters["p"].facts == ["study:share"]
    assert only(model).trace["well"].tolist()[:3] == pytest.approx([1, 0.95, 0.95 * 0.8])
    with pytest.raises(ModelError, match="No evidence base"):
        read_model(path)
