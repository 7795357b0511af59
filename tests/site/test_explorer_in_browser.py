"""The explorers in a real browser: their curves are Python's, and they work by keyboard, by link, on paper and unscripted."""

from __future__ import annotations

import re
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page

from carta.evidence import load
from carta.models.kinetics import lsoda
from carta.models.kinetics.run import simulate
from carta.models.kinetics.scenarios import SCENARIOS, scenario
from carta.models.kinetics.settings import Library
from carta.models.kinetics.system import READOUTS, STATE_NAMES
from carta.site.build import build_html
from carta.site.explorers.html import TABLE_DAYS, TIMES
from static_server import serving

ROOT = Path(__file__).resolve().parents[2]

PAGE = """\
# Kinetics

```{kinetics-explorer}
```

```{explorable} plasma-share
```

```{explorable} conditioning
```

```{explorable} igg-half-life
```

```{kinetics-equations}
```

```{kinetics-targets}
```
"""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the pages of a book with the real parameters and every explorer."""
    root = tmp_path_factory.mktemp("explorers")
    (root / "book").mkdir()
    shutil.copy(ROOT / "_config.yml", root)
    shutil.copy(ROOT / "references.bib", root)
    shutil.copytree(ROOT / "evidence", root / "evidence")
    (root / "_toc.yml").write_text(
        "format: jb-book\nroot: book/intro\nchapters:\n  - file: book/kinetics\n  - file: book/references\n",
        encoding="utf-8",
    )
    (root / "book" / "intro.md").write_text("# Start\n\nNothing here.\n", encoding="utf-8")
    (root / "book" / "kinetics.md").write_text(PAGE, encoding="utf-8")
    references = ROOT / "tests" / "site" / "roots" / "small" / "book" / "references.md"
    shutil.copy(references, root / "book")
    build_html(root, quiet=True)
    return root / "_build" / "html"


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with serving(site) as base:
        yield f"{base}/book/kinetics.html"


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    faults: list[str] = []
    page.on("pageerror", lambda error: faults.append(str(error)))
    page.on("console", lambda message: faults.append(message.text) if message.type == "error" else None)
    page.on(
        "request",
        lambda request: faults.append(request.url) if not request.url.startswith(address[:16]) else None,
    )
    page.goto(address)
    page.wait_for_selector("[data-explorer=kinetics][data-drawn]")
    yield page
    page.close()
    assert not faults


@pytest.fixture(scope="module")
def library() -> Library:
    return Library(load(ROOT))


SOLVE = """async ([name, changes]) => {
  const model = await import("/_static/carta-kinetics-model.js");
  const { solve, values } = await import("/_static/carta-kinetics-solver.js");
  const data = JSON.parse(document.querySelector("[data-explorer=kinetics] .carta-explorer-data").textContent);
  const { constants, doses } = data.scenarios[name];
  const p = Float64Array.from(constants);
  for (const [key, value] of Object.entries(changes)) p[model.CONSTANTS.indexOf(key)] = value;
  const solution = solve(model, p, doses, Float64Array.from(data.times));
  const names = [...model.STATES, ...Object.keys(model.readouts)];
  return {
    curves: Object.fromEntries(names.map((key) => [key, [...values(model, solution, p, key)]])),
    events: solution.events,
  };
}"""

CASES: list[tuple[str, dict[str, float]]] = [
    *((name, {}) for name in SCENARIOS),
    ("cd19", {"dose": 2.1e8, "growth": 1.75, "memory_death": 0.0019}),
    ("cd19", {"lymphocytes_left": 0.2, "fa": 0.2, "igg_loss": 0.06}),
    ("cd19", {"lymphocytes_left": 1.0}),
    ("bcma", {"dose": 1.25e7, "growth": 0.9, "fa": 0.0}),
    ("mrna-ex-vivo", {"reach": 1.0}),
]


@pytest.mark.parametrize(("name", "changes"), CASES)
def test_curves_agree_with_python_within_one_per_cent(
    page: Page, library: Library, name: str, changes: dict[str, float]
) -> None:
    found: dict[str, Any] = page.evaluate(SOLVE, [name, changes])
    reference = lsoda.solve(scenario(library, name).with_values(**changes), TIMES)
    for key in (*STATE_NAMES, *READOUTS):
        wanted = reference.state(key) if key in STATE_NAMES else reference.readout(key)
        curve = np.array(found["curves"][key])
        # One per cent of the value, down to a millionth of the largest, below which nothing can be seen.
        allowed = 0.01 * np.abs(wanted) + 1e-6 * max(float(np.abs(wanted).max()), 1e-9)
        assert (np.abs(curve - wanted) <= allowed).all(), (key, float(np.abs(curve - wanted).max()))
    assert [event["kind"] for event in found["events"]] == [event.kind for event in reference.events]
    for here, there in zip(found["events"], reference.events, strict=True):
        assert here["time"] == pytest.approx(there.time, abs=0.01)


def cells(page: Page, column: str) -> list[float]:
    found = page.locator(f"[data-explorer=kinetics] td[data-column={column}]")
    return [float(text) for text in found.all_text_contents()]


def test_moving_a_slider_by_keyboard_moves_curve_table_words_and_address(
    page: Page, library: Library
) -> None:
    explorer = page.locator("[data-explorer=kinetics]")
    curve = explorer.locator("path[data-series=autoantibody]")
    before = curve.get_attribute("d")
    slider = explorer.get_by_label("Autoantibody from long-lived plasma cells")
    slider.focus()
    page.keyboard.press("End")
    page.wait_for_function(
        "d => document.querySelector('path[data-series=autoantibody]').getAttribute('d') !== d", arg=before
    )
    assert slider.get_attribute("aria-valuetext") == "100\u00a0%"
    assert explorer.locator("[data-slider=long-lived] .carta-explorer-status").inner_text() == "chosen by you"
    run = simulate(scenario(library, "cd19"), times=TIMES, fa=0.0)
    wanted = [100 * float(np.interp(day, TIMES, run.state("autoantibody"))) for day in TABLE_DAYS]
    assert cells(page, "autoantibody") == pytest.approx(wanted, rel=0.01)
    page.wait_for_function("() => location.hash.includes('long-lived=1')")
    page.wait_for_function(
        "() => document.querySelector('.carta-explorer-live').textContent.includes('Autoantibody')"
    )

    # The address holds the settings.
    page.reload()
    page.wait_for_selector("[data-explorer=kinetics][data-drawn]")
    assert cells(page, "autoantibody") == pytest.approx(wanted, rel=0.01)
    explorer.get_by_role("button", name="Reset").click()
    page.wait_for_function(
        "d => document.querySelector('path[data-series=autoantibody]').getAttribute('d') === d", arg=before
    )


def test_a_treatment_shows_its_sliders_and_its_warning(page: Page) -> None:
    explorer = page.locator("[data-explorer=kinetics]")
    assert explorer.get_by_label("Dose", exact=True).is_visible()
    explorer.get_by_role("radio", name="CD19 CAR made in the body by mRNA").check()
    assert not explorer.get_by_label("Dose", exact=True).is_visible()
    assert explorer.get_by_label("CAR cells that act in the tissue").is_visible()
    assert "no forecast" in explorer.locator(".carta-explorer-scenario-warning").inner_text()
    explorer.get_by_role("radio", name="Rituximab, for comparison").check()
    page.wait_for_function(
        "() => document.querySelector('.carta-explorer-measures').textContent.includes('none are given')"
    )


def test_every_setting_tells_its_standing(page: Page) -> None:
    for explorer in page.locator(".carta-explorer").all():
        assert "not a forecast" in explorer.locator(".carta-explorer-warning").inner_text()
        for slider in explorer.locator("[data-slider]").all():
            if slider.is_visible():
                assert re.search(
                    r"read|derived|calibrated|assumed|treatment",
                    slider.locator(".carta-explorer-status").inner_text(),
                )


def test_the_small_explorers_answer(page: Page) -> None:
    small = page.locator("[data-explorer=igg-half-life]")
    assert "95" in small.locator(".carta-explorer-measures").inner_text()
    small.get_by_label("Production that goes on").focus()
    page.keyboard.press("End")
    page.wait_for_function(
        "() => document.querySelector('[data-explorer=igg-half-life] .carta-explorer-measures').textContent.includes(': 0\u00a0%')"
    )
    room = page.locator("[data-explorer=conditioning]")
    room.get_by_label("Lymphocytes left by conditioning").focus()
    page.keyboard.press("End")
    page.wait_for_function(
        "() => document.querySelector('[data-explorer=conditioning] .carta-explorer-measures').textContent.includes('some survive')"
    )


def test_paper_shows_the_figure_and_its_settings(page: Page) -> None:
    page.emulate_media(media="print")
    explorer = page.locator("[data-explorer=kinetics]")
    assert not explorer.locator("input").first.is_visible()
    assert explorer.locator("svg[data-panel=antibodies]").is_visible()
    assert "Dose: 70" in explorer.locator(".carta-explorer-print").inner_text()


def test_a_phone_needs_no_sideways_scrolling(browser: Browser, address: str) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(address)
    page.wait_for_selector("[data-explorer=kinetics][data-drawn]")
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    page.close()


def test_without_script_the_first_treatment_is_there(browser: Browser, address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(address)
    assert page.locator("path[data-series=car_t_blood]").first.get_attribute("d")
    assert (
        page.locator("[data-explorer=kinetics] td[data-column=autoantibody]")
        .nth(TABLE_DAYS.index(90))
        .text_content()
        == "8.58"
    )
    assert not page.locator("[data-explorer=kinetics] input").first.is_visible()
    context.close()


def test_the_page_tells_what_the_model_misses(page: Page) -> None:
    table = page.locator("table", has_text="What the model is held to")
    assert table.locator("tr", has_text="T8").first.locator("td").nth(4).inner_text() == "✓ met"
    assert table.locator("td", has_text="✗ missed").count() == 2


def test_only_pages_with_an_explorer_load_it(site: Path) -> None:
    with_it = (site / "book" / "kinetics.html").read_text(encoding="utf-8")
    without = (site / "book" / "intro.html").read_text(encoding="utf-8")
    assert "carta-explorer.js" in with_it and "carta-explorer.css" in with_it
    assert "carta-explorer" not in without
    inside = with_it[with_it.index('class="carta-explorer"') :]
    inside = inside[: inside.rindex("</script>")]
    # A strict content security policy forbids these.
    assert not re.search(r"\son\w+=|\sstyle=|javascript:", inside[: inside.index("application/json")])
