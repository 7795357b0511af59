"""The real book without a mouse: everything is reached in order, is seen when it is, and does what it says."""

from __future__ import annotations

import re
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

# Where the focus is, whether it can be seen, and whether the element itself can.
_FOCUS = """() => {
  const node = document.activeElement;
  if (!node || node === document.body) return null;
  const look = (one) => {
    const { outlineStyle, outlineWidth, outlineColor, boxShadow, borderColor, backgroundColor, textDecoration } = getComputedStyle(one);
    const outline = outlineStyle === "none" ? "" : `${outlineStyle} ${outlineWidth} ${outlineColor}`;
    return JSON.stringify([outline, boxShadow, borderColor, backgroundColor, textDecoration]);
  };
  const near = [node, ...node.querySelectorAll("*"), node.parentElement, node.nextElementSibling].filter(Boolean).slice(0, 12);
  const with_ = near.map(look);
  const box = node.getBoundingClientRect();
  const ring = getComputedStyle(node);
  node.blur();
  const without = near.map(look);
  node.focus({ preventScroll: true, focusVisible: true });
  return {
    name: `${node.localName}.${node.className?.baseVal ?? node.className} ${(node.getAttribute("aria-label") ?? node.textContent).trim().slice(0, 40)}`,
    seen: with_.some((one, number) => one !== without[number]),
    ring: ring.outlineStyle !== "none" && parseFloat(ring.outlineWidth) >= 1,
    inView: box.width > 0 && box.height > 0 && box.bottom > 0 && box.top < innerHeight && box.right > 0 && box.left < innerWidth,
    inMain: document.querySelector("main").contains(node),
  };
}"""


def _tab(page: Page, key: str = "Tab") -> Any:
    page.keyboard.press(key)
    return page.evaluate(_FOCUS)


@pytest.fixture
def page(browser: Browser) -> Any:
    context = browser.new_context(viewport={"width": 1280, "height": 900}, reduced_motion="reduce")
    page = context.new_page()
    yield page
    context.close()


def test_the_first_stop_leads_past_the_lists_of_chapters(server: str, page: Page) -> None:
    page.goto(f"{server}/book/trials/lupus.html")
    first = _tab(page)
    assert "Skip to main content" in first["name"] and first["inView"] and first["seen"]
    page.keyboard.press("Enter")
    assert _tab(page)["inMain"]


@pytest.mark.parametrize(
    "name",
    [
        "book/intro.html",
        "book/trials/lupus.html",
        "book/mechanism/moving-the-reset.html",
        "evidence/muller-2024-nejm.html",
    ],
)
def test_every_stop_of_a_page_is_seen(server: str, page: Page, name: str) -> None:
    page.goto(f"{server}/{name}")
    stops = []
    for _ in range(150):
        stop = _tab(page)
        if stop is None:
            break
        stops.append(stop)
    assert len(stops) > 30
    assert not [stop for stop in stops if not stop["seen"]]
    assert not [stop for stop in stops if not stop["inView"]]
    # Never in a ring within the page, and never backwards: the order is that of the page.
    assert page.evaluate('() => !document.querySelector(\'[tabindex]:not([tabindex="0"], [tabindex="-1"])\')')


def test_theme_card_figure_and_next_page(server: str, page: Page) -> None:
    page.goto(f"{server}/book/trials/lupus.html")
    switch = page.locator(".theme-switch-button").first
    before = page.locator("html").get_attribute("data-mode")
    switch.focus()
    page.keyboard.press("Enter")
    assert page.locator("html").get_attribute("data-mode") != before
    value = page.locator("button.carta-fact").first
    value.focus()
    page.keyboard.press("Enter")
    card = page.locator(".carta-card:popover-open")
    expect(card).to_have_count(1)
    assert _tab(page)["seen"]
    page.keyboard.press("Escape")
    expect(card).to_have_count(0)
    expect(value).to_be_focused()
    figure = page.locator(".carta-figure").first
    summary = figure.locator("summary").first
    summary.focus()
    page.keyboard.press("Enter")
    expect(figure.get_by_role("table")).to_be_visible()
    page.keyboard.press("Space")
    expect(figure.get_by_role("table")).to_be_hidden()
    onward = page.locator("a.right-next, a[rel=next]").first
    onward.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/book/trials/lupus-nephritis.html")


def test_an_explorer_is_moved_by_arrows_and_tells_what_changed(server: str, page: Page) -> None:
    page.goto(f"{server}/book/mechanism/moving-the-reset.html")
    slider = page.locator(".carta-explorer input[type=range]").first
    slider.focus()
    expect(slider).to_be_focused()
    shown = page.locator(".carta-explorer").first
    before = shown.locator("svg").first.inner_html()
    value = slider.input_value()
    for _ in range(5):
        page.keyboard.press("ArrowRight")
    assert slider.input_value() != value
    page.wait_for_function(
        "([node, before]) => node.innerHTML !== before",
        arg=[shown.locator("svg").first.element_handle(), before],
    )
    assert slider.evaluate("node => node.labels.length || node.getAttribute('aria-label')")


def test_the_chapter_list_of_a_phone_opens_and_shuts_by_key(server: str, page: Page) -> None:
    page.set_viewport_size({"width": 390, "height": 844})
    page.goto(f"{server}/book/trials/lupus.html")
    toggle = page.locator(".primary-toggle").first
    toggle.focus()
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="Lupus nephritis").first).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator("#pst-primary-sidebar-modal")).to_be_hidden()
    expect(toggle).to_be_focused()


def test_nothing_moves_for_readers_who_want_it_still(server: str, page: Page) -> None:
    moving = """() => [...document.querySelectorAll("*")].filter((node) => {
      const { transitionDuration, animationName, animationDuration, scrollBehavior } = getComputedStyle(node);
      const longest = (times) => Math.max(...times.split(",").map(parseFloat));
      return longest(transitionDuration) > 0.01 || (animationName !== "none" && longest(animationDuration) > 0.01)
        || scrollBehavior === "smooth";
    }).map((node) => `${node.localName}.${node.className}`)"""
    for name in (
        "book/trials/lupus.html",
        "book/mechanism/moving-the-reset.html",
        "book/future/trial-landscape.html",
    ):
        page.goto(f"{server}/{name}")
        assert not page.evaluate(moving)
    page.emulate_media(reduced_motion="no-preference")
    # It would be seen: the site does move for others.
    assert page.evaluate(moving)


@pytest.mark.parametrize("width", [640, 320], ids=["200 %", "400 %"])
def test_figures_can_be_read_enlarged(server: str, browser: Browser, width: int) -> None:
    """A window of 1280 pixels at 200 % shows 640 of them, at 400 % 320."""
    context = browser.new_context(viewport={"width": width, "height": 450}, device_scale_factor=1280 / width)
    page = context.new_page()
    for name in ("book/trials/lupus.html", "book/trials/synthesis.html", "book/mechanism/what-is-a-car.html"):
        page.goto(f"{server}/{name}")
        assert (
            page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth") <= 1
        ), name
        figures = page.evaluate(
            """() => [...document.querySelectorAll(".carta-figure, .carta-drawing")].map((figure) => {
              const svg = figure.querySelector("svg");
              const drawing = svg.getBoundingClientRect();
              const chart = svg.closest(".carta-figure-chart, .carta-drawing");
              const text = [...figure.querySelectorAll("svg text")].filter((one) => one.textContent.trim());
              return {
                // All of it is there or can be scrolled to, by key too.
                whole: drawing.width <= chart.clientWidth + 1
                  || (getComputedStyle(chart).overflowX !== "hidden" && chart.tabIndex === 0),
                smallest: Math.min(...text.map((one) => one.getBoundingClientRect().height)),
                inside: figure.getBoundingClientRect().right <= innerWidth + 1,
              };
            })"""
        )
        assert figures, name
        for figure in figures:
            assert figure["whole"] and figure["inside"], (name, figure)
            # No smaller than at 100 %: letters of 13 pixels stand in a box of at least as much.
            assert figure["smallest"] >= 11, (name, figure)
    context.close()


def test_a_screen_reader_is_told_of_each_figure(server: str, page: Page) -> None:
    for name in ("book/trials/lupus.html", "book/trials/synthesis.html", "book/safety/crs-and-icans.html"):
        page.goto(f"{server}/{name}")
        page.evaluate(
            "document.querySelectorAll('.carta-figure details').forEach(one => { one.open = true; })"
        )
        figures = page.locator("figure:has(.carta-figure)")
        assert figures.count() >= 1, name
        for figure in figures.all():
            told = figure.aria_snapshot()
            # Role, name and caption of the whole; the chart as one picture with words; its data as a table with heads.
            assert re.search(r"""^\s*- '?group "\w""", told, re.MULTILINE), told[:300]
            assert re.search(r'img "[^"]{40,}', told), told[:300]
            assert re.search(r'table "Data', told), told[:300]
            assert told.count("columnheader") >= 2 and told.count("- row ") >= 2
            # Nothing of the drawing is read out letter by letter.
            assert not re.search(r'img "[^"]*"\'?:', told), told[:300]
