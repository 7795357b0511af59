"""A small book with every construct, built once as HTML's neighbour."""

from __future__ import annotations

from pathlib import Path

import pytest

from carta.pdf.build import build_pdf
from constructs_book import write_constructs_book
from printed_book import Printed


@pytest.fixture(scope="session")
def small(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small book's folder, its PDF built; a warning is a failure."""
    # The long table fills several pages.
    root = write_constructs_book(tmp_path_factory.mktemp("printed") / "book", rows=120)
    build_pdf(root, quiet=True)
    return root


@pytest.fixture(scope="session")
def printed(small: Path) -> Printed:
    """The whole small book, read back."""
    return Printed(small / "_build" / "pdf" / "carta.pdf")
