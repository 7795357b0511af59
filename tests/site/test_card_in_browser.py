"""The card of a bound value in a real browser: every way to open it, every way to shut it, and paper."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

_OPEN = ":popover-open"


@pytest.fixture
def page(browser: Browser, small_address: str) -> Iterator[Page]:
    page = browser.new_page()
    page.goto(f"{small_address}/book/value.html")
    yield page
    page.close()


def _value(page: Page) -> Locator:
    return page.get_by_role("button", name="8 of 10 patients")


def test_a_press_opens_and_shuts(page: Page) -> None:
    _value(page).click()
    expect(page.locator(_OPEN)).to_contain_text("read in the source")
    page.get_by_role("button", name="Close", exact=True).click()
    expect(page.locator(_OPEN)).to_have_count(0)
    _value(page).click()
    page.get_by_role("heading", name="A value").click()
    expect(page.locator(_OPEN)).to_have_count(0)


def test_a_resting_pointer_opens_until_it_leaves(page: Page) -> None:
    _value(page).hover()
    expect(page.locator(_OPEN)).to_contain_text("Table 2")
    # Into the card and over its links: it stays.
    page.locator(_OPEN).get_by_role("link").first.hover()
    page.wait_for_timeout(400)
    expect(page.locator(_OPEN)).to_have_count(1)
    page.mouse.move(0, 0)
    expect(page.locator(_OPEN)).to_have_count(0)


def test_a_press_keeps_open_what_the_pointer_opened(page: Page) -> None:
    _value(page).hover()
    expect(page.locator(_OPEN)).to_have_count(1)
    _value(page).click()
    page.mouse.move(0, 0)
    page.wait_for_timeout(400)
    expect(page.locator(_OPEN)).to_have_count(1)


def test_the_keyboard_alone(page: Page) -> None:
    for _ in range(60):
        page.keyboard.press("Tab")
        if _value(page).evaluate("button => button === document.activeElement"):
            break
    expect(page.locator(_OPEN)).to_contain_text("Patients in remission")
    page.keyboard.press("Tab")
    # The next stop is in the card.
    assert page.evaluate("() => !!document.activeElement.closest(':popover-open')")
    page.keyboard.press("Escape")
    expect(page.locator(_OPEN)).to_have_count(0)
    expect(_value(page)).to_be_focused()
    page.keyboard.press("Enter")
    expect(page.locator(_OPEN)).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.locator(_OPEN)).to_have_count(0)


def test_only_one_card_is_open(page: Page) -> None:
    _value(page).click()
    page.get_by_role("button", name="112 ± 47 days").click()
    expect(page.locator(_OPEN)).to_have_count(1)
    expect(page.locator(_OPEN)).to_contain_text("not verified")


def test_a_tap_on_a_phone_shows_the_card_within_the_screen(browser: Browser, small_address: str) -> None:
    context = browser.new_context(viewport={"width": 390, "height": 844}, has_touch=True, is_mobile=True)
    page = context.new_page()
    page.goto(f"{small_address}/book/value.html")
    _value(page).tap()
    expect(page.locator(_OPEN)).to_be_visible()
    box = page.locator(_OPEN).bounding_box()
    assert box is not None
    assert box["x"] >= 0 and box["x"] + box["width"] <= 390 and box["y"] + box["height"] <= 845
    page.get_by_role("button", name="Close", exact=True).tap()
    expect(page.locator(_OPEN)).to_have_count(0)
    context.close()


def test_it_opens_without_any_script(browser: Browser, small_address: str) -> None:
    context = browser.new_context(java_script_enabled=False)
    page = context.new_page()
    page.goto(f"{small_address}/book/value.html")
    card = page.locator(".carta-card").first
    expect(card).to_be_hidden()
    _value(page).click()
    expect(card).to_be_visible()
    page.keyboard.press("Escape")
    expect(card).to_be_hidden()
    context.close()


def test_on_paper_stand_value_and_citation(page: Page) -> None:
    expect(page.locator(".carta-print").first).to_be_hidden()
    page.emulate_media(media="print")
    expect(page.locator(".carta-print").first).to_be_visible()
    expect(page.locator(".carta-card").first).to_be_hidden()
    paragraph = page.locator("main p", has_text="were in remission").first.inner_text()
    assert "8 of 10 patients (Alpha et al., 2024) were in remission" in " ".join(paragraph.split())
