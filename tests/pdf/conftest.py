"""A small book with every construct, built once as HTML's neighbour."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from carta.pdf.build import build_pdf
from printed_book import Printed
from small_book import copy_small_book

HERE = Path(__file__).parent

#: Rows of the long table: several pages of them.
ROWS = "\n".join(f"* - {number}\n  - row {number} of the long table" for number in range(1, 121))


def make_book(root: Path) -> Path:
    """Write the small book with a page of all constructs to ``root`` and return it."""
    copy_small_book(root)
    page = (HERE / "constructs.md").read_text(encoding="utf-8").replace("ROWS", ROWS)
    (root / "book" / "constructs.md").write_text(page, encoding="utf-8")
    shutil.copy(HERE / "drawn.svg", root / "book")
    for notebook in ("figure", "other-notebook"):
        # Notebooks are executed by other tests; here the kernel's time is saved but for one.
        if notebook == "other-notebook":
            (root / "book" / f"{notebook}.md").write_text("# Another page\n\nWords.\n", encoding="utf-8")
    contents = root / "_toc.yml"
    contents.write_text(
        contents.read_text(encoding="utf-8").replace(
            "      - file: book/figure\n", "      - file: book/constructs\n      - file: book/figure\n"
        ),
        encoding="utf-8",
    )
    return root


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small book's folder, its PDF built; a warning is a failure."""
    root = make_book(tmp_path_factory.mktemp("printed") / "book")
    build_pdf(root, quiet=True)
    return root


@pytest.fixture(scope="session")
def printed(small: Path) -> Printed:
    """The whole small book, read back."""
    return Printed(small / "_build" / "pdf" / "carta.pdf")
