"""The economic explorers in a real browser: the numbers of the page are those of Python."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import yaml
from playwright.sync_api import Browser, Page

from carta.evidence import load
from carta.models.capacity import CapacityInput, capacity, yearly_capacity
from carta.models.economics import run
from carta.models.economics.budget import budget_impact, yearly_cost_difference
from carta.models.economics.carta_models import load_model, model_names
from carta.models.economics.probabilistic import Probabilistic, acceptability, summary
from carta.models.economics.sensitivity import threshold_prices
from carta.models.economics.web import export, rounded_draws
from carta.site.build import build_html
from projects import write_pages, write_project
from static_server import serving

ROOT = Path(__file__).parents[2]
ASSETS = ROOT / "src" / "carta" / "site" / "assets"
DRAWS, SEED = 40, 3


@pytest.fixture(scope="module")
def engine(browser: Browser) -> Iterator[Page]:
    """A page that can import the engine."""
    with serving(ASSETS) as address:
        page = browser.new_page()
        page.goto(f"{address}/carta-icon.svg")
        page.goto(f"{address}/")
        page.evaluate("async () => { window.engine = await import('/carta-economics-engine.js'); }")
        yield page
        page.close()


@pytest.mark.parametrize("name", model_names(ROOT))
def test_the_page_computes_what_python_computes(engine: Page, name: str) -> None:
    model, source = load_model(name, load(ROOT))
    model = model.model_copy(update={"horizon": 30.0})
    fixed = {"durability": 2.0, "severity": 0.25, "price": 210_000.0}
    draws = {
        key: np.array(value) for key, value in rounded_draws(model, DRAWS, SEED).items() if key not in fixed
    }
    expected = run(model, {**draws, **fixed}, source=source)
    threshold = model.thresholds[0]
    found = engine.evaluate(
        """([model, parameters, threshold]) => {
          const settings = { parameters, horizon: 30 };
          const { strategies } = engine.run(model, { ...settings, draws: true });
          const plain = Object.fromEntries(Object.entries(strategies).map(
            ([name, held]) => [name, Object.fromEntries(Object.entries(held).map(([key, values]) => [key, [...values]]))]));
          const years = engine.run(model, { ...settings, parameters: { ...parameters, remission_years: [2, 9] } }).strategies;
          return {
            strategies: plain,
            years: [...years.cart.effect],
            chances: engine.acceptability(strategies, [0, threshold]),
            middle: engine.summary(strategies.cart.cost),
            price: engine.thresholdPrice(model, settings, "cart", threshold),
            difference: engine.yearlyCostDifference(model, { parameters }, "cart", 5),
          };
        }""",
        [export(model, DRAWS, SEED), fixed, threshold],
    )
    for strategy, outcome in expected.items():
        for key, values in (
            ("cost", outcome.cost),
            ("effect", outcome.effect),
            ("lifeYears", outcome.life_years),
        ):
            assert found["strategies"][strategy][key] == pytest.approx(values, rel=1e-11), (strategy, key)
    by_years = run(model, {**fixed, "remission_years": np.array([2.0, 9.0])}, source=source)["cart"].effect
    assert found["years"] == pytest.approx(by_years, rel=1e-11)
    result = Probabilistic(
        tuple(expected),
        np.stack([o.cost for o in expected.values()], axis=1),
        np.stack([o.effect for o in expected.values()], axis=1),
        np.stack([o.life_years for o in expected.values()], axis=1),
        {},
    )
    for strategy, shares in acceptability(result, [0, threshold]).items():
        assert found["chances"][strategy] == pytest.approx(shares)
    assert found["middle"] == pytest.approx(summary(expected["cart"].cost))
    held = {key: value for key, value in fixed.items() if key != "price"}
    prices = threshold_prices(model, "remission_years", [0.0], "cart", [threshold], fixed=held, source=source)
    assert found["price"] == pytest.approx(prices[threshold][0], rel=1e-8)
    assert found["difference"] == pytest.approx(
        yearly_cost_difference(model, "cart", "care", 5, fixed=fixed, source=source), rel=1e-9
    )


def test_capacity_and_budget_in_the_page(engine: Page) -> None:
    for described in (
        CapacityInput(
            referrals=200, slots=10, vein_to_vein=28, failure=0.05, leaving=0.3, waiting=20, years=3
        ),
        CapacityInput(referrals=50, slots=30, vein_to_vein=14, failure=0, leaving=0, years=1),
    ):
        given = {
            "referrals": described.referrals, "slots": described.slots, "veinToVein": described.vein_to_vein,
            "failure": described.failure, "leaving": described.leaving, "waiting": described.waiting,
            "years": described.years,
        }  # fmt: skip
        found = engine.evaluate("(given) => [engine.capacity(given), engine.yearlyCapacity(given)]", given)
        expected = capacity(described)
        assert len(found[0]) == len(expected)
        for day in (1, 28, 200, 365):
            mine = expected[day]
            row = [mine.waiting, mine.treated, mine.left, mine.failed]
            assert [found[0][day][key] for key in ("waiting", "treated", "left", "failed")] == pytest.approx(
                row
            )
        assert found[1] == pytest.approx(yearly_capacity(described))
    difference, started = [300.0, -20.0, -10.0], [5.0, 7.0, 9.0]
    rows = engine.evaluate("([a, b]) => engine.budgetImpact(a, b)", [difference, started])
    assert [row["net"] for row in rows] == pytest.approx([y.net for y in budget_impact(difference, started)])
    assert budget_impact(difference, started)[2].net == pytest.approx(9 * 300 + 7 * -20 + 5 * -10)


TINY: dict[str, Any] = {
    "model": "Tiny",
    "about": "For tests.",
    "currency": "USD",
    "cycle_length": 0.5,
    "horizon": 20,
    "correction": "half-cycle",
    "reference": "care",
    "thresholds": [50000, 100000],
    "discount": {"costs": "discount_rate", "effects": "discount_rate"},
    "parameters": {
        name: {"value": value, "status": "assumed", "reason": "For tests."}
        for name, value in {
            "price": 100000, "discount_rate": 0.03, "durability": 1, "severity": 0.5, "remission_years": 0, "rate_": 0.1,
        }.items()
    }
    | {"relapse": "where(remission_years > 0, 1 / max(remission_years, 0.1), rate_)"},
    "states": {
        # A label that would end the element of the data, were it not guarded.
        "well": {"label": "Well </script><b>", "utility": 0.9, "cost": 1000},
        "ill": {"utility": "0.7 - 0.4 * severity", "cost": 20000},
        "dead": {"dead": True},
    },
    "initial": {"ill": 1},
    "transitions": {
        "well": {"ill": {"rate": "relapse"}, "dead": {"rate": 0.01}},
        "ill": {"well": {"rate": 0.05}, "dead": {"rate": 0.02}},
    },
    "strategies": {
        "care": {"label": "Continued care"},
        "cart": {"label": "CAR T", "initial": {"well": 1}, "one_time": [{"what": "product", "cost": "price"}]},
    },
    "scenarios": {"short": {"label": "Five years", "horizon": 5}},
}  # fmt: skip
TINY["parameters"]["share"] = {"what": "patients with CRS", "value": {"fact": "alpha-2024-journal:crs"}}
TINY["parameters"]["rate_"]["distribution"] = {"gamma": {"mean": 0.1, "se": 0.04}}

PAGE = """\
# Explorers

```{economics-explorer} tiny
:id: worth
```

```{budget-impact} tiny
```

```{capacity-explorer}
:slots: 5
```

```{model-inputs} tiny
```

```{cheers-checklist}
```
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """A real build of a little project with one page of explorers and one without."""
    root = write_project(tmp_path_factory.mktemp("explorers"))
    (root / "evidence" / "models").mkdir()
    (root / "evidence" / "models" / "tiny.yaml").write_text(yaml.safe_dump(TINY, sort_keys=False), "utf-8")
    shutil.copy(ROOT / "evidence" / "models" / "cheers-2022.yaml", root / "evidence" / "models")
    write_pages(root, {"explorers": PAGE})
    build_html(root, quiet=True)
    with serving(root / "_build" / "html") as address:
        yield address


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    errors: list[str] = []
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{site}/book/explorers.html")
    page.wait_for_selector("#worth.carta-econ-live")
    yield page
    page.close()
    assert not errors


def said(page: Page) -> str:
    return page.locator("#worth .carta-econ-summary").inner_text()


def test_sliders_by_keyboard_change_what_is_said(page: Page) -> None:
    before = said(page)
    assert "At 100,000 USD CAR T costs" in before
    page.locator("#worth-price").focus()
    page.keyboard.press("End")
    page.wait_for_function(
        "(old) => document.querySelector('#worth .carta-econ-summary').innerText !== old", arg=before
    )
    assert "At 800,000 USD" in said(page)
    assert page.locator("#worth-price").get_attribute("aria-valuetext") == "800,000 USD"
    dear = said(page)
    page.locator("#worth-horizon").focus()
    page.keyboard.press("Home")
    page.wait_for_function(
        "(old) => document.querySelector('#worth .carta-econ-summary').innerText !== old", arg=dear
    )
    page.get_by_role("button", name="Reset").first.click()
    page.wait_for_function(
        "(old) => document.querySelector('#worth .carta-econ-summary').innerText === old", arg=before
    )


def test_what_is_said_is_what_python_says(page: Page, tmp_path: Path) -> None:
    from carta.models.economics import read_model

    path = tmp_path / "tiny.yaml"
    path.write_text(yaml.safe_dump(TINY, sort_keys=False), "utf-8")
    model, source = read_model(path, facts=lambda name, field: 11 / 15)
    outcomes = run(model, source=source)
    more = float(outcomes["cart"].effect[0] - outcomes["care"].effect[0])
    price = float(
        threshold_prices(model, "remission_years", [0.0], "cart", [50000.0], source=source)[50000.0][0]
    )
    assert f"gives {more:.2f} QALYs" in said(page)
    assert f"breaks even at a price of {round(price, -2):,.0f} USD" in said(page)
    # The table for paper says the same.
    cells = (
        page.locator("table", has_text="Tiny: CAR T against continued care")
        .locator("tbody tr")
        .first.inner_text()
    )
    assert f"{more:.2f}" in cells
    assert f"{round(price, -2):,.0f}".replace(",", " ") in cells.replace("\u202f", " ").replace("\xa0", " ")


def test_a_link_carries_the_settings(page: Page, browser: Browser) -> None:
    page.locator("#worth-durability").select_option("4")
    page.locator("#worth-years").fill("7")
    page.get_by_role("button", name="Link to these settings").first.click()
    page.wait_for_function("() => window.location.hash.includes('years=7')")
    other = browser.new_page()
    other.goto(page.url)
    other.wait_for_selector("#worth.carta-econ-live")
    assert other.locator("#worth-years").input_value() == "7"
    assert other.locator("#worth-durability").input_value() == "4"
    assert said(other) == said(page)
    other.close()


def test_every_control_has_a_name_and_every_chart_says_what_it_shows(page: Page) -> None:
    controls = page.locator(".carta-econ :is(input, select)")
    assert controls.count() >= 7 + 5 + 6
    for i in range(controls.count()):
        identifier = controls.nth(i).get_attribute("id")
        assert page.locator(f'label[for="{identifier}"]').inner_text().strip()
    charts = page.locator(".carta-econ .carta-econ-chart svg[role=img]")
    assert charts.count() == 3 + 1 + 2
    for i in range(charts.count()):
        assert len(charts.nth(i).get_attribute("aria-label") or "") > 25


def test_phone_and_paper(browser: Browser, site: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 800})
    page.goto(f"{site}/book/explorers.html")
    page.wait_for_selector("#worth.carta-econ-live")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.emulate_media(media="print")
    assert not page.locator("#worth-price").is_visible()
    assert page.locator("table", has_text="Tiny: CAR T against continued care").is_visible()
    assert page.locator(".carta-econ-static svg").is_visible()
    page.emulate_media(media="screen")
    assert not page.locator(".carta-econ-static svg").is_visible()
    page.close()
    # Without a script the drawn figure takes the place of the live one.
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{site}/book/explorers.html")
    assert plain.locator(".carta-econ-static svg").is_visible()
    context.close()


def test_inputs_and_checklist_are_printed(page: Page) -> None:
    inputs = page.locator("table", has_text="Tiny: inputs")
    assert inputs.locator("tbody tr").count() == 7
    row = inputs.locator("tr", has_text="Patients with CRS").inner_text()
    assert "0.733" in row and "As in the source." in row
    checklist = page.locator("table", has_text="CHEERS 2022")
    assert checklist.locator("tbody tr").count() == 28


def test_only_pages_with_an_explorer_load_it_and_nothing_is_inline(browser: Browser, site: str) -> None:
    page = browser.new_page()
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.goto(f"{site}/book/intro.html")
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "carta-economics" in url]
    asked.clear()
    page.goto(f"{site}/book/explorers.html")
    page.wait_for_selector("#worth.carta-econ-live")
    assert [url for url in asked if "carta-economics-engine.js" in url]
    assert all(url.startswith(site) for url in asked)
    box = page.locator("#worth").evaluate("node => node.outerHTML")
    assert "style=" not in box and "onclick" not in box
    kinds = page.evaluate("[...document.querySelectorAll('.carta-econ script')].map((s) => s.type)")
    assert set(kinds) == {"application/json"}
    page.close()


def test_a_wrong_model_is_a_warning_at_its_line(tmp_path: Path) -> None:
    from carta.site.build import BuildError

    root = write_project(tmp_path)
    shutil.copy(ROOT / "_config.yml", root)
    shutil.rmtree(root / "book", ignore_errors=True)
    (root / "book").mkdir()
    (root / "book" / "intro.md").write_text("# Start\n\n```{economics-explorer} absent\n```\n", "utf-8")
    (root / "_toc.yml").write_text("format: jb-book\nroot: book/intro\n", "utf-8")
    with pytest.raises(BuildError, match=r"intro\.md:3.*The model absent cannot be used"):
        build_html(root, quiet=True)
