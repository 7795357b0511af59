"""A small book, built once with the site's own settings and served on this machine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from carta.site.build import build_html
from small_book import copy_small_book
from static_server import serving


@pytest.fixture(scope="session")
def small_book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Return the built project; its path has spaces. Tests only read it."""
    root = copy_small_book(tmp_path_factory.mktemp("small") / "a book with spaces")
    build_html(root, quiet=True)
    return root


@pytest.fixture(scope="session")
def small_site(small_book: Path) -> Path:
    """Return the folder of its pages."""
    return small_book / "_build" / "html"


@pytest.fixture(scope="session")
def small_address(small_site: Path) -> Iterator[str]:
    """Serve its pages and return their address."""
    with serving(small_site) as address:
        yield address
