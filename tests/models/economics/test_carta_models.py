"""CARTA's own models: every input is founded, and they behave as their words say."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import yaml

from carta.evidence import Evidence, load
from carta.models.economics import Model, run
from carta.models.economics.budget import budget_impact, yearly_cost_difference
from carta.models.economics.carta_models import load_model, model_names, unfounded
from carta.models.economics.description import schema
from carta.models.economics.probabilistic import run_probabilistic
from carta.models.economics.sensitivity import (
    incremental_benefit,
    scenario_table,
    threshold_prices,
    threshold_value,
)
from carta.models.economics.source import Source

ROOT = Path(__file__).parents[3]
NAMES = model_names(ROOT)


@pytest.fixture(scope="module")
def evidence() -> Evidence:
    return load(ROOT)


@pytest.fixture(scope="module")
def lupus(evidence: Evidence) -> tuple[Model, Source]:
    return load_model("lupus-us", evidence)


def test_nine_models_for_three_diseases_and_three_countries() -> None:
    assert sorted(NAMES) == sorted(
        f"{disease}-{country}"
        for disease in ("lupus", "lupus-nephritis", "myasthenia")
        for country in ("us", "de", "uk")
    )


@pytest.mark.parametrize("name", NAMES)
def test_every_number_has_a_fact_or_a_reason_and_the_label_says_early(name: str, evidence: Evidence) -> None:
    model, source = load_model(name, evidence)
    assert unfounded(model, source) == []
    assert "exploratory" in (model.standing or "")
    for parameter in model.parameters.values():
        for fact in parameter.facts:
            evidence.fact(fact)
    # The check can fail.
    bare = model.parameters["price"].model_copy(update={"facts": [], "status": None, "reason": None})
    spoiled = model.model_copy(update={"parameters": {**model.parameters, "price": bare}})
    assert [finding.rule for finding in unfounded(spoiled, source)] == ["model/unfounded"]


@pytest.mark.parametrize("name", NAMES)
def test_ways_to_extrapolate_are_ordered_and_the_last_stays_within_the_data(
    name: str, evidence: Evidence
) -> None:
    model, source = load_model(name, evidence)
    table = scenario_table(model, source=source)
    years = {scenario: float(outcomes["cart"].years["remission"][0]) for scenario, outcomes in table.items()}
    assert years["observed"] < years["weibull"] < years["base"] < years["plateau"]
    observed = model.parameters["observed_years"].value
    assert isinstance(observed, int | float)
    assert years["observed"] <= observed
    remission = table["observed"]["cart"].trace["remission"]
    assert remission[round(observed / model.cycle_length) + 1 :].max() < 1e-4


@pytest.mark.parametrize("name", NAMES)
def test_nobody_is_lost_and_all_die_in_the_end(name: str, evidence: Evidence) -> None:
    model, source = load_model(name, evidence)
    for outcome in run(model, source=source).values():
        total = np.sum(list(outcome.trace.values()), axis=0)
        assert total == pytest.approx(np.ones(len(total)), abs=1e-12)
        assert np.all(np.diff(outcome.trace["dead"]) >= -1e-15)
        assert outcome.effect[0] <= outcome.life_years[0]


def test_threshold_price_and_threshold_duration_meet(lupus: tuple[Model, Source]) -> None:
    """The duration at which a price breaks even has that price as its threshold price."""
    model, source = lupus
    measure = incremental_benefit("cart", "care", 150_000)
    years = threshold_value(model, "remission_years", measure, (0.25, 60), source=source)
    assert years is not None
    prices = threshold_prices(model, "remission_years", [years], "cart", [150_000], source=source)
    price = model.parameters["price"].value
    assert prices[150_000][0] == pytest.approx(price, rel=1e-4)
    # Longer remission can only be worth more.
    curve = threshold_prices(
        model, "remission_years", [1, 2, 5, 10, 20, 40], "cart", [150_000], source=source
    )[150_000]
    assert np.all(np.diff(curve) > 0)


def test_dearer_and_severer_go_the_right_way(lupus: tuple[Model, Source]) -> None:
    model, source = lupus
    measure = incremental_benefit("cart", "care", 100_000)

    def at(**changes: float) -> float:
        return float(measure(run(model, changes, source=source))[0])

    assert at(price=500_000) < at(price=300_000)
    assert at(severity=1.0) > at(severity=0.0)
    assert at(p_control=0.4) < at(p_control=0.05)
    assert at(p_remission=0.3) < at(p_remission=0.9)


def test_draws_surround_the_base_case(lupus: tuple[Model, Source]) -> None:
    model, source = lupus
    base = run(model, source=source)
    result = run_probabilistic(model, 2000, seed=2, source=source)
    for i, name in enumerate(result.strategies):
        low, high = np.quantile(result.effect[:, i], [0.1, 0.9])
        assert low < base[name].effect[0] < high


def test_budget_adds_up_to_the_cost_of_the_cohorts(lupus: tuple[Model, Source]) -> None:
    model, source = lupus
    difference = yearly_cost_difference(model, "cart", "care", 4, source=source)
    undiscounted = model.model_copy(
        update={"horizon": 4.0, "discount": model.discount.model_copy(update={"costs": 0.0, "effects": 0.0})}
    )
    outcomes = run(undiscounted, source=source)
    assert sum(difference) == pytest.approx(float(outcomes["cart"].cost[0] - outcomes["care"].cost[0]))
    rows = budget_impact(difference, [10, 20, 30, 40])
    assert sum(row.net for row in rows) == pytest.approx(
        sum(n * sum(difference[: 4 - i]) for i, n in enumerate([10, 20, 30, 40]))
    )
    with pytest.raises(ValueError, match="do not cover"):
        budget_impact(difference, [1] * 5)


def test_the_cheers_checklist_has_every_item_and_names_every_model() -> None:
    content = yaml.safe_load((ROOT / "evidence" / "models" / "cheers-2022.yaml").read_text("utf-8"))
    assert [item["number"] for item in content["items"]] == list(range(1, 29))
    assert {item["answered"] for item in content["items"]} <= {"yes", "partly", "no"}
    assert all(len(item["how"]) > 10 for item in content["items"])
    assert sorted(content["models"]) == sorted(NAMES)


@pytest.mark.parametrize(
    ("name", "life_expectancy"),
    [("germany-2022-2024", (49.19, 53.71)), ("united-states-2017", (47.65, 51.97))],
)
def test_life_tables_give_the_life_expectancy_that_their_sources_print(
    name: str, life_expectancy: tuple[float, float]
) -> None:
    """At thirty, men and women; two years are added for who is left at a hundred."""
    lines = (ROOT / "evidence/models/life-tables" / f"{name}.csv").read_text("utf-8").splitlines()
    rows = [[float(cell) for cell in line.split(",")] for line in lines if line[0].isdigit()]
    assert [row[0] for row in rows] == list(range(18, 101))
    for column, printed in zip((1, 2), life_expectancy, strict=True):
        alive, years = 1.0, 0.0
        for row in rows:
            if row[0] >= 30:
                years += alive * (1 - row[column] / 2)
                alive *= 1 - row[column]
        assert years + 2 * alive == pytest.approx(printed, abs=0.02)


def test_the_schema_describes_every_field() -> None:
    import jsonschema

    content = schema()
    jsonschema.Draft202012Validator.check_schema(content)
    published = yaml.safe_load((Path(__file__).parent / "published" / "hiv.yaml").read_text("utf-8"))
    jsonschema.validate(published, content)
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate({**published, "cycle_lenght": 1}, content)


def test_the_model_that_the_documentation_shows_runs(tmp_path: Path) -> None:
    import re

    from carta.models.economics import read_model

    folder = ROOT / "evidence" / "models"
    shown = re.search(r"```yaml\n(.*?)```", (folder / "README.md").read_text("utf-8"), re.S)
    assert shown is not None
    path = tmp_path / "shown.yaml"
    path.write_text(shown[1].replace("life-tables/", f"{folder}/life-tables/"), encoding="utf-8")
    model, source = read_model(path)
    outcomes = run(model, source=source)
    assert outcomes["new"].effect[0] > outcomes["old"].effect[0]
    assert outcomes["new"].cost[0] > outcomes["old"].cost[0]
