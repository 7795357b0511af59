"""The trial explorer and the sample-size boxes in a real browser, on pages that were built for real."""

from __future__ import annotations

import csv
import io
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from carta.site.build import build_html
from carta.synthesis.sample_size import at_least_one, time_to_event, to_enrol, two_proportions
from projects import write_pages, write_project
from static_server import serving

ROOT = Path(__file__).parents[2]

PAGE = """\
# Trials

```{trial-explorer}
```

```{sample-size} two-proportions
:id: two
:p1: 0.4
:p2: 0.6
```

```{sample-size} time-to-event
:id: time
:p1: 0.3
:p2: 0.15
```

```{sample-size} at-least-one
:id: one
```
"""


def _trial(index: int) -> str:
    """The record of a trial; every third has no start, and one has a sponsor that a spreadsheet would compute."""
    lines = [
        f"title: Trial number {index}",
        "conditions: [Systemic lupus erythematosus]",
        "diseases: [sle]",
        f"phase: Phase {1 + index % 2}",
        f"status: {'Recruiting' if index % 4 else 'Withdrawn'}",
        f"enrollment: {index * 3}",
        "targets: [cd19]",
        f"countries: [{'Germany, China' if index % 5 == 0 else 'China'}]",
        "read_fields: [title]",
        "added: 2026-11-24",
    ]
    if index % 3:
        lines.append(f"start: {2020 + index % 5}-0{1 + index % 9}")
    if index == 7:
        lines.append("sponsor: '=SUM(A1), Sjögren </script><b>'")
    return "\n".join(lines) + "\n"


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    root = write_project(tmp_path_factory.mktemp("trials"))
    shutil.rmtree(root / "evidence" / "trials", ignore_errors=True)
    (root / "evidence" / "trials").mkdir()
    for index in range(1, 61):
        (root / "evidence" / "trials" / f"NCT{index:08d}.yaml").write_text(_trial(index), "utf-8")
    write_pages(root, {"trials": PAGE})
    build_html(root, quiet=True)
    with serving(root / "_build" / "html") as address:
        yield address


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    errors: list[str] = []
    page = browser.new_page(viewport={"width": 1280, "height": 900})
    page.set_default_timeout(8000)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.goto(f"{site}/book/trials.html")
    page.wait_for_selector("#trial-explorer[data-live]")
    yield page
    page.close()
    assert not errors


def said(page: Page) -> str:
    return page.locator("#trial-explorer .carta-trials-said").inner_text()


def column(page: Page, number: int) -> list[str]:
    return page.locator(f"#trial-explorer tbody tr > :nth-child({number})").all_inner_texts()


def test_filter_sort_and_search_by_keyboard(page: Page) -> None:
    assert said(page) == "60 of 60 registered trials."
    assert page.locator("table.carta-trials-plain").count() == 0
    page.locator("#trial-explorer-status").focus()
    page.keyboard.type("W")  # a select box goes to the option that begins so
    page.keyboard.press("Enter")
    assert said(page) == "15 of 60 registered trials."
    assert set(column(page, 6)) == {"Withdrawn"}
    page.locator("#trial-explorer thead button", has_text="People").focus()
    page.keyboard.press("Enter")
    page.keyboard.press("Enter")
    people = [int(text) for text in column(page, 7)]
    assert people == sorted(people, reverse=True)
    assert page.locator("#trial-explorer th[aria-sort=descending]").inner_text() == "People"
    page.get_by_role("button", name="Reset").first.click()
    assert said(page) == "60 of 60 registered trials."
    page.locator("#trial-explorer-search").fill("sjogren")
    assert said(page) == "1 of 60 registered trials."
    assert page.locator("#trial-explorer tbody b").count() == 0
    page.locator("#trial-explorer-search").fill("no such thing")
    assert "No trial matches" in page.locator("#trial-explorer tbody").inner_text()


def test_trials_without_a_start_are_last_both_ways_and_not_drawn(page: Page) -> None:
    head = page.locator("#trial-explorer thead button", has_text="Start")
    for _ in range(2):
        head.click()
        page.get_by_role("button", name="Next").click()
        page.get_by_role("button", name="Next").click()
        assert column(page, 8)[-1] == "–"
        assert page.get_by_role("button", name="Next").is_disabled()
    assert "20 without a recorded start" in page.locator("#trial-explorer figcaption").inner_text()


def test_groups_count_and_narrow(page: Page) -> None:
    page.locator("#trial-explorer-count-by").select_option("countries")
    listed = page.locator("#trial-explorer .carta-trials-groups button").all_inner_texts()
    assert [text.split() for text in listed] == [["China", "60"], ["Germany", "12"]]
    page.locator("#trial-explorer .carta-trials-groups button", has_text="Germany").click()
    assert said(page) == "12 of 60 registered trials."
    assert page.evaluate("document.activeElement.firstChild.textContent") == "Germany"


def test_the_rows_found_are_those_downloaded(page: Page) -> None:
    page.locator("#trial-explorer-phase").select_option("Phase 2")
    page.locator("#trial-explorer-search").fill("trial NCT00000007")
    with page.expect_download() as got:
        page.get_by_role("button", name="Download").click()
    text = Path(got.value.path()).read_text("utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(text)))
    assert [row["Trial"] for row in rows] == ["NCT00000007"]
    assert rows[0]["Sponsor"] == "'=SUM(A1), Sjögren </script><b>"  # no formula in a spreadsheet
    assert rows[0]["Diseases"] == "Systemic lupus erythematosus"


def test_a_view_can_be_sent_to_others(page: Page, browser: Browser) -> None:
    page.locator("#trial-explorer-country").select_option("Germany")
    page.locator("#trial-explorer thead button", has_text="Start").click()
    other = browser.new_page()
    other.goto(page.url)
    other.wait_for_selector("#trial-explorer[data-live]")
    assert said(other) == "12 of 60 registered trials."
    assert column(other, 1) == column(page, 1)
    other.close()


def test_on_a_phone_nothing_runs_over_the_edge(browser: Browser, site: str) -> None:
    phone = browser.new_page(viewport={"width": 390, "height": 844})
    phone.goto(f"{site}/book/trials.html")
    phone.wait_for_selector("#trial-explorer[data-live]")
    wide = phone.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
    assert wide <= 0
    assert phone.locator("#trial-explorer-sort-by").is_visible()
    phone.close()


def test_without_script_the_whole_table_is_there(browser: Browser, site: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    plain = context.new_page()
    plain.goto(f"{site}/book/trials.html")
    assert plain.locator("table.carta-trials-plain tbody tr").count() == 60
    assert plain.locator("table.carta-trials-plain").is_visible()
    plain.goto(f"{site}/book/intro.html")
    assert "carta-trials.js" not in plain.content()
    context.close()


def test_sample_sizes_of_the_page_are_those_of_python(page: Page) -> None:
    cases = [(0.05, 0.3, 0.8, 0.0), (0.4, 0.45, 0.9, 0.1), (0.9, 0.98, 0.95, 0.25)]
    found = page.evaluate(
        """async (cases) => {
          const engine = await import(new URL("../_static/carta-sample-size-engine.js", location.href));
          return cases.map(([a, b, power, lost]) => [
            engine.twoProportions(a, b, { power }), engine.timeToEvent(a, b, { power }).events,
            engine.atLeastOne(a, { power }), engine.toEnrol(engine.twoProportions(a, b, { power }), lost)]);
        }""",
        cases,
    )
    for (a, b, power, lost), numbers in zip(cases, found, strict=True):
        people = two_proportions(a, b, power=power)
        expected = [
            people,
            time_to_event(a, b, power=power)[0],
            at_least_one(a, power=power),
            to_enrol(people, lost),
        ]
        assert numbers == pytest.approx(expected, rel=1e-9)


def test_a_slider_by_keyboard_changes_the_size(page: Page) -> None:
    box = page.locator("#two .carta-samplesize-said")
    assert box.inner_text().startswith(f"{to_enrol(two_proportions(0.4, 0.6), 0.1)} people in each group")
    page.locator("#two-second").focus()
    page.keyboard.press("ArrowRight")
    assert box.inner_text().startswith(f"{to_enrol(two_proportions(0.4, 0.61), 0.1)} people in each group")
    page.locator("#two-first").evaluate("(e) => { e.value = 0.61; e.dispatchEvent(new Event('input')); }")
    assert "no number of people" in box.inner_text()
    page.locator("#two button").click()
    assert box.inner_text().startswith(f"{to_enrol(two_proportions(0.4, 0.6), 0.1)} people in each group")
