"""Every page of the real site in a real browser: nothing leaves the machine, nothing is said on the console."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from browser import launch_chromium
from playwright.sync_api import Browser, Page, sync_playwright

pytestmark = pytest.mark.xdist_group("site")

#: What TeX looks like when a page shows it instead of a formula.
RAW_TEX = re.compile(
    r"\$[^$\d\s][^$]*\$|\\(?:frac|begin|end|alpha|beta|mathrm|text|cdot|left|right|ln|exp|sum|quad|times)\b"
)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    with sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        yield browser
        browser.close()


def _watch(page: Page, server: str, trouble: list[str]) -> None:
    def requested(request: object) -> None:
        url = str(getattr(request, "url", ""))
        if not url.startswith((server, "data:", "blob:")):
            trouble.append(f"a request leaves the machine: {url}")

    page.on("request", requested)
    page.on("console", lambda message: trouble.append(f"console {message.type}: {message.text}"))
    page.on("pageerror", lambda error: trouble.append(f"script error: {error}"))
    page.on(
        "response",
        lambda response: trouble.append(f"{response.status} for {response.url}") if response.status >= 400 else None,
    )


def _pages(site: Path) -> list[str]:
    return sorted(path.relative_to(site).as_posix() for path in site.rglob("*.html"))


def test_every_page_is_quiet_and_stays_on_the_machine(site: Path, server: str, browser: Browser) -> None:
    pages = _pages(site)
    assert len(pages) > 15 + 477 + 97, "the entries of studies and trials are missing"
    page = browser.new_page()
    trouble: list[str] = []
    _watch(page, server, trouble)
    found: list[str] = []
    for name in pages:
        page.goto(f"{server}/{name}", wait_until="load")
        if name.startswith("book/"):
            # Scripts that start late are given the time to speak.
            page.wait_for_timeout(200)
        text = page.evaluate(
            "() => { const c = document.querySelector('main, article, body').cloneNode(true);"
            " c.querySelectorAll('math, script, style, pre, code').forEach(n => n.remove()); return c.textContent; }"
        )
        if match := RAW_TEX.search(text):
            trouble.append(f"raw TeX: {match.group(0)[:80]}")
        found += [f"{name}: {what}" for what in trouble]
        trouble.clear()
    assert not found, "\n".join(found[:20])


def test_the_watch_would_see_a_stray_request(server: str, browser: Browser) -> None:
    page = browser.new_page()
    trouble: list[str] = []
    _watch(page, server, trouble)
    page.goto(f"{server}/index.html")
    page.evaluate("() => { const i = new Image(); i.src = 'http://127.0.0.2:9/x.png'; console.error('spoken'); }")
    page.wait_for_timeout(300)
    assert any("leaves the machine" in what for what in trouble)
    assert any("spoken" in what for what in trouble)


@pytest.mark.parametrize(("width", "scheme"), [(1280, "light"), (390, "dark")])
def test_no_chapter_is_wider_than_the_screen(
    site: Path, server: str, browser: Browser, width: int, scheme: str
) -> None:
    context = browser.new_context(viewport={"width": width, "height": 900}, color_scheme=scheme)  # type: ignore[arg-type]
    page = context.new_page()
    wide = []
    for name in _pages(site):
        if not name.startswith("book/"):
            continue
        page.goto(f"{server}/{name}")
        over = page.evaluate("() => document.documentElement.scrollWidth - document.documentElement.clientWidth")
        if over > 1:
            wide.append(f"{name}: {over} px")
    context.close()
    assert not wide, wide


def test_a_fact_card_of_a_real_chapter_opens_by_keyboard_and_closes(server: str, browser: Browser) -> None:
    page = browser.new_page()
    page.goto(f"{server}/book/trials/lupus.html")
    button = page.locator("[popovertarget]", has_text=re.compile(r"\d")).first
    button.focus()
    page.keyboard.press("Enter")
    card = page.locator(":popover-open")
    assert card.count() == 1
    assert "source" in card.inner_text().lower()
    page.keyboard.press("Escape")
    assert page.locator(":popover-open").count() == 0


def test_every_chapter_has_a_figure_with_words_and_data(site: Path, server: str, browser: Browser) -> None:
    page = browser.new_page()
    chapters = [
        name
        for name in _pages(site)
        if re.match(r"book/(mechanism|trials|safety|economics|future)/", name) and not name.endswith("/index.html")
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
