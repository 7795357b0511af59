"""axe-core finds nothing: a page of each kind, light and dark, wide and narrow.

Pages that are built of the same parts are alike to axe. ``benchmarks/accessibility.py`` asks about all of every page.
"""

from __future__ import annotations

from pathlib import Path

from playwright.sync_api import Browser, expect

from axe import Reader, axe_source, violations_as_it_is
from distinct import distinct

#: A page of each kind: the start page, chapters with charts, explorers and exercises, lists with filters.
BOOK = (
    "intro",
    "safety/grading",
    "economics/paying-for-a-cure-that-may-not-last",
    "exercises",
    "data",
)


def _opened(site: Path) -> list[str]:
    entries = distinct((site / "evidence").glob("*.html"), least=5)
    assert len(entries) >= 3
    return [
        *(f"book/{name}.html" for name in BOOK),
        *(f"evidence/{path.name}" for path in entries),
        "404.html",
    ]


def test_no_page_has_a_barrier_in_any_theme_at_any_width(site: Path, server: str, browser: Browser) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    reader = Reader(page)
    found = []
    for name in _opened(site):
        page.goto(f"{server}/{name}", wait_until="load")
        for (theme, width), violations in reader.violations().items():
            found += [f"{name}, {theme}, {width}: {violation}" for violation in violations]
    context.close()
    assert not found, f"{len(found)}\n" + "\n".join(found[:20])


def test_what_opens_has_no_barrier_either(server: str, browser: Browser) -> None:
    """Cards, data tables, the chapter list on a phone and the search are shut when a page is opened."""
    context = browser.new_context(reduced_motion="reduce", viewport={"width": 390, "height": 900})
    page = context.new_page()
    page.goto(f"{server}/book/trials/lupus.html")
    page.evaluate(axe_source())
    page.evaluate("document.querySelectorAll('details').forEach(one => { one.open = true; })")
    page.locator("button.carta-fact").first.click()
    expect(page.locator(".carta-card:popover-open")).to_have_count(1)
    found = violations_as_it_is(page)
    page.keyboard.press("Escape")
    page.locator(".primary-toggle").click()
    expect(page.locator("#pst-primary-sidebar-modal")).to_be_visible()
    found += violations_as_it_is(page)
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    page.keyboard.type("lupus nephritis")
    expect(page.locator(".carta-search-results > li").first).to_be_visible()
    found += violations_as_it_is(page)
    context.close()
    assert not found, "\n".join(found[:20])


def test_axe_would_find_barriers(server: str, browser: Browser) -> None:
    context = browser.new_context(reduced_motion="reduce")
    page = context.new_page()
    page.goto(f"{server}/book/methods.html")
    page.evaluate(
        """() => {
          const main = document.querySelector("main");
          main.insertAdjacentHTML("afterbegin", `<p style="color: #ccc; background: #ddd">pale words</p><img src="x.png">
            <p class="night">night</p><button style="width: 9px; height: 9px; padding: 0; overflow: hidden">a</button><button
            style="width: 9px; height: 9px; padding: 0; overflow: hidden">b</button>`);
          const sheet = new CSSStyleSheet();
          sheet.replaceSync("html[data-theme=dark] .night { color: #333; background: #222; }");
          document.adoptedStyleSheets = [sheet];
        }"""
    )
    found = Reader(page).violations()
    context.close()
    for width in (1280, 390):
        light = {what.partition(" ")[0] for what in found["light", width]}
        assert light == {"color-contrast", "image-alt", "target-size"}, found
        assert sum("night" in what for what in found["dark", width]) == 1, found
