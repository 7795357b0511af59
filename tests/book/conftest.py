"""The real site, built once as a person builds it, and served on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from static_server import serving
from the_book import build_the_book


@pytest.fixture(scope="session")
def site() -> Path:
    """Build the book with its own command and return the folder of pages."""
    return build_the_book("html")


@pytest.fixture(scope="session")
def server(site: Path) -> Iterator[str]:
    """Serve the site and return its address."""
    with serving(site) as address:
        yield address
