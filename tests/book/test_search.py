"""What a reader of the real book finds: the right page among the first, by any of its names, mistyped, and quickly."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

#: What is typed, the address that must be among the first, and how far down it may stand.
QUERIES = [
    ("lupus", "book/trials/lupus.html", 3),
    ("SLE", "book/trials/lupus.html", 5),
    ("systemic lupus erythematosus", "book/trials/lupus.html", 5),
    ("lupsu", "book/trials/lupus.html", 3),
    ("MG", "book/trials/neurology.html", 6),
    ("myastenia gravis", "book/trials/neurology.html", 5),
    ("scleroderma", "book/trials/systemic-sclerosis.html", 5),
    ("kyv 101", "evidence/NCT06588491.html", 8),
    ("mivocabtagene", "evidence/NCT06588491.html", 8),
    ("CABA-201", "evidence/NCT06154252.html", 8),
    ("rese-cel myositis", "evidence/NCT06154252.html", 5),
    ("NCT06347718", "evidence/NCT06347718.html", 1),
    ("castle", "evidence/NCT06347718.html", 2),
    ("muller 2024 nejm", "evidence/muller-2024-nejm.html", 2),
    ("hemolytic anemia", "book/trials/haematology.html", 3),
    ("cytokine release", "book/glossary.html", 3),
    ("off-target effects", "book/audit.html", 6),
    ("immune reset", "book/mechanism/immune-reset.html", 3),
]


@pytest.fixture(scope="module")
def found(server: str, browser: Browser) -> Page:
    page = browser.new_page()
    page.goto(f"{server}/book/methods.html")
    page.keyboard.press("/")
    expect(page.get_by_role("searchbox")).to_be_focused()
    return page


@pytest.mark.parametrize(("typed", "wanted", "place"), QUERIES, ids=[query[0] for query in QUERIES])
def test_the_right_page_is_among_the_first(
    found: Page, server: str, typed: str, wanted: str, place: int
) -> None:
    found.get_by_role("searchbox").fill(typed)
    expect(found.locator(".carta-search-panel")).to_have_attribute("data-typed", typed)
    first = found.locator(".carta-search-results > li").evaluate_all(
        "items => items.map(item => [...item.querySelectorAll('a')].map(link => link.href))"
    )
    pages = [{link.removeprefix(f"{server}/").partition("#")[0] for link in item} for item in first]
    assert any(wanted in item for item in pages[:place]), pages[:8]


def test_a_result_leads_to_its_place(found: Page, site: Path) -> None:
    found.get_by_role("searchbox").fill("lupus nephritis")
    expect(found.locator(".carta-search-panel")).to_have_attribute("data-typed", "lupus nephritis")
    links = found.locator(".carta-search-results a").evaluate_all(
        "links => links.map(link => link.getAttribute('href'))"
    )
    assert len(links) >= 12
    for link in links:
        address, _, anchor = link.split("/", 3)[3].partition("#")
        page = (site / address).read_text(encoding="utf-8")
        assert not anchor or f'id="{anchor}"' in page, link
