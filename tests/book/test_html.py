"""Every page is valid HTML, by the Nu HTML Checker."""

from __future__ import annotations

from pathlib import Path

from vnu import html_errors


def test_every_page_is_valid(site: Path) -> None:
    pages = sorted(path for path in site.rglob("*.html") if "_static" not in path.parts)
    assert len(pages) > 600
    errors = html_errors(pages)
    assert not errors, f"{len(errors)}\n" + "\n".join(errors[:30])


def test_the_checker_would_tell(tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(
        '<!DOCTYPE html><html lang="en"><head><title>A</title></head><body><p id="a"><div id="a"></div></p></body></html>',
        encoding="utf-8",
    )
    assert len(html_errors([page])) >= 2
