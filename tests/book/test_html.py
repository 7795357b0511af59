"""Every page of the book and every kind of evidence entry is valid HTML, by the Nu HTML Checker.

``benchmarks/accessibility.py`` gives it all pages.
"""

from __future__ import annotations

from pathlib import Path

from distinct import distinct
from vnu import html_errors


def test_every_page_is_valid(site: Path) -> None:
    pages = [
        *(site / "book").rglob("*.html"),
        *site.glob("*.html"),
        *distinct((site / "evidence").glob("*.html")),
    ]
    assert len(pages) > 60
    errors = html_errors(pages)
    assert not errors, f"{len(errors)}\n" + "\n".join(errors[:30])


def test_the_checker_would_tell(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        '<!DOCTYPE html><html lang="en"><head><title>A</title></head><body><p id="a"><div id="a"></div></p></body></html>',
        encoding="utf-8",
    )
    assert len(html_errors([page])) >= 2
