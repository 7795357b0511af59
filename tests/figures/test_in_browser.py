"""Figures on a real page, under a strict content security policy: no script or style of a figure is inline."""

from __future__ import annotations

import functools
import http.server
import shutil
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from carta.figures import show
from carta.figures.vega import vega_bundle
from figures.charts import ALT, studies_chart, trials_chart

ASSETS = Path(__file__).parents[2] / "src/carta/site/assets"

PAGE = """<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>Figures</title>
<meta http-equiv="Content-Security-Policy" content="default-src 'self'; img-src data:">
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><link rel="stylesheet" href="carta-figures.css"><link rel="stylesheet" href="page.css">
<script defer src="carta-figures.js?v=1"></script></head><body><main>{figures}</main></body></html>
"""
STYLE = "body { margin: 1rem auto; max-width: 45rem; padding: 0 1rem; background: var(--carta-paper); }"


class Quiet(http.server.SimpleHTTPRequestHandler):
    def log_message(self, format: str, *args: object) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    folder = tmp_path_factory.mktemp("site")
    for name in ("carta-figures.css", "carta-figures.js"):
        shutil.copy(ASSETS / name, folder)
    (folder / "carta-vega.js").write_text(vega_bundle(), "utf-8")
    (folder / "page.css").write_text(STYLE, "utf-8")
    figures = [
        show(chart, alt=ALT, filename=name) for name, chart in (("a", studies_chart()), ("b", trials_chart()))
    ]
    (folder / "index.html").write_text(PAGE.format(figures="\n".join(f.html for f in figures)), "utf-8")
    handler = functools.partial(Quiet, directory=str(folder))
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()


@pytest.fixture
def page(browser: Browser, site: str) -> Iterator[Page]:
    """A page that fails the test for any request elsewhere and any complaint on the console."""
    context = browser.new_context(viewport={"width": 1000, "height": 800}, color_scheme="light")
    page = context.new_page()
    complaints: list[str] = []
    requests: list[str] = []
    page.on("console", lambda m: complaints.append(m.text) if m.type in ("error", "warning") else None)
    page.on("pageerror", lambda e: complaints.append(str(e)))
    page.on("request", lambda r: requests.append(r.url))
    page.goto(site)
    yield page
    context.close()
    assert [url for url in requests if not url.startswith((site, "data:"))] == []
    assert complaints == []


def test_one_drawing_serves_light_and_dark(page: Page) -> None:
    text = page.locator(".carta-figure svg text").first
    light, light_ink = page.screenshot(), text.evaluate("e => getComputedStyle(e).fill")
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    dark, dark_ink = page.screenshot(), text.evaluate("e => getComputedStyle(e).fill")
    assert light != dark
    assert (light_ink, dark_ink) == ("rgb(27, 36, 48)", "rgb(231, 234, 240)")
    page.emulate_media(media="print")
    assert text.evaluate("e => getComputedStyle(e).fill") == light_ink


def test_table_opens_and_chart_comes_alive_by_keyboard(page: Page) -> None:
    figure = page.get_by_role("group", name="A", exact=True)
    assert figure.get_by_role("img", name=ALT).is_visible()
    assert not figure.get_by_role("table").is_visible()
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    assert figure.get_by_role("table", name="Data: A").is_visible()
    assert figure.get_by_role("columnheader", name="Patients").is_visible()
    page.keyboard.press("Tab")  # the table's own box, which scrolls
    assert page.evaluate("document.activeElement.className") == "carta-figure-table"
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    live = figure.locator(".carta-figure-live svg")
    live.wait_for()
    assert not figure.get_by_role("img", name=ALT, exact=True).locator(":scope[hidden]").is_visible()
    live.locator("[aria-roledescription=point]").first.hover(force=True)
    tooltip = page.locator("#vg-tooltip-element.visible")
    tooltip.wait_for()
    assert "Müller & co <2024>" in tooltip.inner_text()
    page.keyboard.press("Enter")
    live.wait_for(state="hidden")
    assert figure.locator(".carta-figure-chart > svg").is_visible()


def test_live_chart_follows_the_theme(page: Page) -> None:
    page.get_by_role("button", name="Explore: B").click()
    text = page.locator(".carta-figure-live svg text").first
    text.wait_for()
    page.evaluate("document.documentElement.dataset.theme = 'dark'")
    assert text.evaluate("e => getComputedStyle(e).fill") == "rgb(231, 234, 240)"


def test_figure_stays_when_the_live_chart_can_not_be_loaded(browser: Browser, site: str) -> None:
    page = browser.new_page()
    page.route("**/carta-vega.js", lambda route: route.abort())
    page.goto(site)
    page.get_by_role("button", name="Explore: A").click()
    page.get_by_text("could not be loaded").wait_for()
    assert page.locator(".carta-figure-chart > svg").first.is_visible()
    page.close()


def test_phone_scrolls_the_chart_and_not_the_page(page: Page) -> None:
    page.set_viewport_size({"width": 360, "height": 740})
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    box = page.locator(".carta-figure-chart").first
    assert box.evaluate("e => e.scrollWidth > e.clientWidth")
    sizes = page.locator(".carta-figure-chart > svg text").evaluate_all(
        "texts => texts.map(t => parseFloat(getComputedStyle(t).fontSize) * t.getScreenCTM().a)"
    )
    assert min(sizes) >= 11
    page.wait_for_function("() => document.querySelector('.carta-figure-chart').tabIndex === 0")


def test_without_scripts_everything_but_explore_is_there(browser: Browser, site: str) -> None:
    page = browser.new_page(java_script_enabled=False)
    page.goto(site)
    assert page.locator(".carta-figure svg").first.is_visible()
    page.get_by_text("Data table").first.click()
    assert page.get_by_role("table").first.is_visible()
    assert page.get_by_role("button").count() == 0
    page.close()
