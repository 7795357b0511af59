"""The small book of ``tests/site/roots``, as a project of its own, and a build of it as a person starts one."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from bs4 import BeautifulSoup

ROOT = Path(__file__).parents[1]


def copy_small_book(target: Path) -> Path:
    """Copy the small book to ``target``, with the settings of the real one; return ``target``."""
    shutil.copytree(Path(__file__).parent / "site" / "roots" / "small", target)
    shutil.copy(ROOT / "_config.yml", target)
    return target


@dataclass(frozen=True)
class Built:
    """What a build did to the published site."""

    #: Whether it succeeded.
    sound: bool
    #: What it printed.
    said: str
    #: Pages and other files written, taken from their times and content.
    changed: set[str]
    #: Pages whose code was executed.
    executed: set[str]


def build(root: Path, package: Path = ROOT / "src") -> Built:
    """Run ``carta build html`` in the project, with the package from a folder."""
    before = state(root)
    run = subprocess.run(
        [sys.executable, "-m", "carta", "build", "html"],
        cwd=root,
        env={**os.environ, "PYTHONPATH": str(package)},
        capture_output=True,
        text=True,
        check=False,
    )
    after = state(root)
    said = run.stdout + run.stderr
    return Built(
        sound=run.returncode == 0,
        said=said,
        changed={name for name in before.keys() | after.keys() if before.get(name) != after.get(name)},
        executed=set(re.findall(r"carta: executed (\S+) in", said)),
    )


def state(root: Path) -> dict[str, tuple[int, bytes]]:
    """Return time and content of every file of the published site."""
    site = root / "_build" / "html"
    return {
        path.relative_to(site).as_posix(): (path.stat().st_mtime_ns, path.read_bytes())
        for path in site.rglob("*")
        if path.is_file()
    }


def scripts_of(page: BeautifulSoup) -> set[str]:
    """Return the names of the scripts that a page loads, those that were joined with others too."""
    found: set[str] = set()
    for script in page.select("script[src]"):
        alone = str(script["src"]).partition("?")[0].rpartition("/")[2]
        found.update(str(script.get("data-holds", alone)).split())
        found.update(str(script.get("data-holds-later", "")).split())
    return found
