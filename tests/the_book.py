"""The real book, built as a person builds it."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]


def build_the_book(kind: str) -> Path:
    """Run ``carta build KIND`` in this project and return the folder of what it makes."""
    run = subprocess.run(
        [sys.executable, "-m", "carta", "build", kind, "--quiet"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-4000:]
    return ROOT / "_build" / kind
