"""What tests of every kind share."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, expect, sync_playwright

from browser import launch_chromium

# A machine that does other work too is slow, not wrong.
expect.set_options(timeout=20_000)

#: Files of tests that build books, run kernels or drive browsers, the longest first. A process takes one file after
#: another, so a long one that began last would be waited for by all; ``pytest --durations=40`` tells which are long.
LONGEST = (
    "tests/site/test_staleness.py",
    "tests/book/test_builders.py",
    "tests/site/test_living.py",
    "tests/book/test_pages.py",
    "tests/book/test_accessibility.py",
    "tests/book/test_links.py",
    "tests/workbook/test_check.py",
    "tests/workbook/test_grade.py",
    "tests/test_setup.py",
    "tests/site/test_economics_explorers.py",
    "tests/site/test_explorer_in_browser.py",
    "tests/site/test_faults.py",
    "tests/site/test_drawing.py",
    "tests/site/test_serve.py",
    "tests/models/test_reference.py",
    "tests/synthesis/test_oracle.py",
)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Let the longest files begin first; the order within a file stays."""
    root = Path(__file__).parents[1]
    place = {(root / name).resolve(): number for number, name in enumerate(LONGEST)}
    items.sort(key=lambda item: place.get(item.path.resolve(), len(place)))


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """The machine's own Chromium, for the tests of one module."""
    with sync_playwright() as playwright:
        chromium = launch_chromium(playwright)
        yield chromium
        chromium.close()
