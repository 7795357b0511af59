"""The real site, built once as a person builds it, and served on this machine."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from static_server import serving

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="session")
def site() -> Path:
    """Build the book with its own command and return the folder of pages."""
    run = subprocess.run(
        [sys.executable, "-m", "carta", "build", "html", "--quiet"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-4000:]
    return ROOT / "_build" / "html"


@pytest.fixture(scope="session")
def server(site: Path) -> Iterator[str]:
    """Serve the site and return its address."""
    with serving(site) as address:
        yield address
