"""The small book with every construct and exercises, built once for e-readers."""

from __future__ import annotations

from pathlib import Path

import pytest

from carta.site.epub.build import build_epub
from epub_book import Epub
from small_book import copy_small_book

TESTS = Path(__file__).parents[1]


def make_book(root: Path) -> Path:
    """Write the small book with pages of all constructs and of exercises to ``root`` and return it."""
    copy_small_book(root)
    constructs = (TESTS / "pdf" / "constructs.md").read_text(encoding="utf-8")
    rows = "* - 1\n  - row 1 of the long table"
    (root / "book" / "constructs.md").write_text(constructs.replace("ROWS", rows), encoding="utf-8")
    (root / "book" / "drawn.svg").write_bytes((TESTS / "pdf" / "drawn.svg").read_bytes())
    for name in ("exercises", "solutions"):
        page = (Path(__file__).parent / f"{name}.md").read_text(encoding="utf-8")
        (root / "book" / f"{name}.md").write_text(page, encoding="utf-8")
    # One notebook is enough of a kernel's time.
    (root / "book" / "other-notebook.md").write_text("# Another page\n\nWords.\n", encoding="utf-8")
    contents = root / "_toc.yml"
    chapters = "".join(
        f"      - file: book/{name}\n" for name in ("constructs", "exercises", "solutions", "figure")
    )
    contents.write_text(
        contents.read_text(encoding="utf-8").replace("      - file: book/figure\n", chapters),
        encoding="utf-8",
    )
    return root


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small book's folder, its EPUB built; a warning is a failure."""
    root = make_book(tmp_path_factory.mktemp("epub") / "book")
    build_epub(root, quiet=True)
    return root


@pytest.fixture(scope="session")
def book(small: Path) -> Epub:
    """The small book, read back."""
    return Epub(small / "_build" / "epub" / "carta.epub")
