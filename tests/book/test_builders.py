"""The plain command of Jupyter Book gives the pages that our own command gives."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).parents[2]


def test_jupyter_book_gives_the_same_pages(site: Path, tmp_path: Path) -> None:
    run = subprocess.run(
        [
            sys.executable,
            "-c",
            "from jupyter_book.cli.main import main; main()",
            "build",
            ".",
            "--path-output",
            str(tmp_path),
            "-q",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr[-3000:]
    other = tmp_path / "_build" / "html"
    ours = {path.relative_to(site).as_posix() for path in site.rglob("*.html")}
    theirs = {path.relative_to(other).as_posix() for path in other.rglob("*.html")}
    assert ours == theirs and len(theirs) > 574
    different = [name for name in sorted(ours) if (site / name).read_bytes() != (other / name).read_bytes()]
    assert not different, different[:10]
