"""The real site in a real browser: nothing leaves the machine, nothing is said on the console, nothing overflows.

All pages of the book with a sample of the hundreds of evidence entries, which come from two templates; the sample holds
the longest. ``benchmarks/accessibility.py`` asks the same of every page. What can be seen in the files is checked for
every page in ``test_links.py``.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal

import pytest
from playwright.sync_api import Browser, expect

from quiet import overflow, shown_faults, watched


def _book(site: Path) -> list[str]:
    return sorted(path.relative_to(site).as_posix() for path in (site / "book").rglob("*.html"))


def _opened(site: Path) -> list[str]:
    entries = sorted((site / "evidence").glob("*.html"), key=lambda path: path.stat().st_size)
    sample = {*entries[::40], *entries[-5:], *(site / "evidence").glob("NCT0*0.html")}
    names = sorted(path.relative_to(site).as_posix() for path in sample)
    return [*_book(site), *names, "index.html", "genindex.html", "search.html?q=lupus"]


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_pages_are_quiet_fit_and_stay_on_the_machine(
    site: Path, server: str, browser: Browser, width: int, scheme: Literal["light", "dark"]
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)
    page = context.new_page()
    trouble = watched(page, server)
    found: list[str] = []
    for name in _opened(site):
        page.goto(f"{server}/{name}", wait_until="load")
        if name == "index.html":
            page.wait_for_url("**/book/intro.html")
        if name.startswith("book/"):
            # Scripts that start late are given the time to speak.
            page.wait_for_timeout(150)
        found += [f"{name}: {what}" for what in (*trouble, *shown_faults(page))]
        trouble.clear()
    context.close()
    assert not found, "\n".join(found[:20])


def test_the_watch_would_see_all_of_it(server: str, browser: Browser) -> None:
    page = browser.new_page()
    trouble = watched(page, server)
    page.goto(f"{server}/book/intro.html")
    assert not trouble
    page.evaluate(
        "() => { new Image().src = 'http://127.0.0.2:9/x.png'; console.warn('spoken'); fetch('/none.json'); }"
    )
    page.wait_for_timeout(300)
    for sign in ("leaves the machine", "spoken", "404"):
        assert any(sign in what for what in trouble), (sign, trouble)
    page.evaluate("() => { document.body.style.width = '3000px'; }")
    assert overflow(page) > 1
    page.close()


def test_a_fact_card_of_a_real_chapter_opens_by_keyboard_and_closes(server: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{server}/book/trials/lupus.html")
    button = page.locator("button.carta-fact", has_text=re.compile(r"\d")).first
    button.focus()
    page.keyboard.press("Enter")
    card = page.locator(":popover-open")
    expect(card).to_have_count(1)
    expect(card).to_contain_text("Source")
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    page.close()


def test_every_chapter_has_a_figure_with_words_and_data(site: Path, server: str, browser: Browser) -> None:
    page = browser.new_page()
    chapters = [
        name for name in _book(site) if re.match(r"book/(mechanism|trials|safety|economics|future)/", name)
    ]
    assert len({name.split("/")[1] for name in chapters}) == 5
    for name in chapters:
        page.goto(f"{server}/{name}")
        figures = page.locator(".carta-figure")
        assert figures.count() >= 1, name
        for index in range(figures.count()):
            figure = figures.nth(index)
            label = figure.locator("[role=img]").first.get_attribute("aria-label")
            assert label and len(label) >= 40, name
            assert figure.locator("table tr").count() >= 2, name
            assert figure.locator("a[download]").count() == 1, name
    page.close()


def test_the_reader_can_go_live_with_a_chart_from_this_site_alone(server: str, browser: Browser) -> None:
    page = browser.new_page()
    trouble = watched(page, server)
    page.goto(f"{server}/book/trials/lupus.html")
    page.wait_for_load_state("networkidle")
    page.locator(".carta-figure-explore").first.click()
    expect(page.locator(".carta-figure-live svg").first).to_be_visible(timeout=20_000)
    assert not trouble
    page.close()


def test_searching_is_quiet_and_stays_on_the_machine(server: str, browser: Browser) -> None:
    page = browser.new_page()
    trouble = watched(page, server)
    page.goto(f"{server}/search.html?q=lupus")
    expect(page.locator(".carta-search-results > li").first).to_be_visible(timeout=20_000)
    expect(page.locator(".carta-search-excerpt mark").first).to_be_visible()
    assert not trouble
    page.close()
