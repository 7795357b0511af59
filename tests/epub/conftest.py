"""The small book with every construct and exercises, built once for e-readers."""

from __future__ import annotations

from pathlib import Path

import pytest

from carta.site.epub.build import build_epub
from constructs_book import write_constructs_book
from epub_book import Epub

HERE = Path(__file__).parent


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small book's folder, its EPUB built; a warning is a failure."""
    pages = {name: (HERE / f"{name}.md").read_text(encoding="utf-8") for name in ("exercises", "solutions")}
    root = write_constructs_book(tmp_path_factory.mktemp("epub") / "book", rows=1, pages=pages)
    build_epub(root, quiet=True)
    return root


@pytest.fixture(scope="session")
def book(small: Path) -> Epub:
    """The small book, read back."""
    return Epub(small / "_build" / "epub" / "carta.epub")
