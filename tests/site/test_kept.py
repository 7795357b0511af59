"""Numbers are kept while nothing changes that they depend on, and found again when something does."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from carta.site.build import build_html
from projects import replace, write_pages, write_project

TABLE = "\n```{{list-table}} {title}\n:name: {title}\n* - one\n  - two\n```\n"


def numbers(root: Path, page: str) -> list[str]:
    """Return the numbers in the titles of a page's tables."""
    html = (root / f"_build/html/book/{page}.html").read_text(encoding="utf-8")
    return re.findall(r'<span class="caption-number">Table ([\d.]+) ?</span>', html)


@pytest.fixture(scope="module")
def root(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_project(tmp_path_factory.mktemp("kept") / "project")
    write_pages(
        root,
        {
            "first": "# First\n\nWords.\n" + TABLE.format(title="alpha"),
            "second": "# Second\n\nSee {numref}`beta`.\n" + TABLE.format(title="beta"),
        },
    )
    build_html(root, quiet=True)
    assert numbers(root, "first") == ["1"] and numbers(root, "second") == ["2"]
    return root


def test_other_words_leave_the_numbers(root: Path) -> None:
    replace(root, "book/first.md", "Words.", "Other words.")
    assert "book/first.html" in build_html(root, quiet=True).changed
    assert numbers(root, "first") == ["1"] and numbers(root, "second") == ["2"]


def test_a_table_more_moves_those_behind_it(root: Path) -> None:
    page = root / "book/first.md"
    page.write_text(page.read_text(encoding="utf-8") + TABLE.format(title="gamma"), encoding="utf-8")
    build_html(root, quiet=True)
    assert numbers(root, "first") == ["1", "2"] and numbers(root, "second") == ["3"]
    assert (
        "Table 3" in (root / "_build/html/book/second.html").read_text(encoding="utf-8").split("caption")[0]
    )


def test_other_settings_number_anew(root: Path) -> None:
    replace(root, "_config.yml", "numfig: true", "numfig: true\n    numfig_secnum_depth: 0")
    toc = root / "_toc.yml"
    toc.write_text(
        toc.read_text(encoding="utf-8").replace("chapters:", "options:\n  numbered: true\nchapters:"), "utf-8"
    )
    build_html(root, quiet=True)
    assert numbers(root, "first") == ["1", "2"] and numbers(root, "second") == ["3"]
    replace(root, "_config.yml", "numfig_secnum_depth: 0", "numfig_secnum_depth: 1")
    build_html(root, quiet=True)
    assert numbers(root, "first") == ["1.1", "1.2"] and numbers(root, "second") == ["2.1"]
