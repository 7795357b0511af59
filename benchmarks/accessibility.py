"""axe-core on all of every page of the site, light and dark, at 1280 and 390 pixels; the test suite asks about each kind of line once.

Every page is also held to be quiet (no foreign request, no error, no message on the console) and no wider than the
window, and its HTML goes through the Nu HTML Checker. Two pages at a time. Prints what is found, and how many pages
were asked in how many ways; fails when anything is found.

Run: python benchmarks/accessibility.py [folder of the site] [number of windows]
"""

from __future__ import annotations

import sys
import time
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from axe import WIDTHS, Reader  # noqa: E402
from browser import launch_chromium  # noqa: E402
from quiet import shown_faults, watched  # noqa: E402
from static_server import serving  # noqa: E402
from vnu import html_errors  # noqa: E402


def read(site: Path, names: list[str]) -> tuple[int, list[str]]:
    """Return how many answers axe gave about pages, and what it found."""
    asked, found = 0, []
    with sync_playwright() as playwright, serving(site) as address:
        browser = launch_chromium(playwright)
        page = browser.new_context(reduced_motion="reduce").new_page()
        reader = Reader(page, whole=True)
        trouble = watched(page, address)
        for number, name in enumerate(names, 1):
            page.goto(f"{address}/{name}", wait_until="load")
            for width in WIDTHS:
                page.set_viewport_size({"width": width, "height": 900})
                found += [f"{name}, {width}: {fault}" for fault in shown_faults(page)]
            for (theme, width), violations in reader.violations().items():
                asked += 1
                found += [f"{name}, {theme}, {width}: {violation}" for violation in violations]
            found += [f"{name}: {fault}" for fault in trouble]
            trouble.clear()
            if number % 25 == 0:
                print(f"{number} of {len(names)} pages, {len(found)} found", file=sys.stderr, flush=True)
        browser.close()
    return asked, found


def main() -> int:
    """Ask about every page and print what was found."""
    site = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "_build" / "html").resolve()
    windows = int(sys.argv[2]) if len(sys.argv) > 2 else 2
    pages = sorted(
        path for path in site.rglob("*.html") if "_static" not in path.parts and path != site / "index.html"
    )
    # Long pages first, dealt out in turn.
    pages.sort(key=lambda path: -path.stat().st_size)
    names = [path.relative_to(site).as_posix() for path in pages]
    started = time.monotonic()
    with ProcessPoolExecutor(windows) as pool:
        parts = list(pool.map(read, [site] * windows, [names[number::windows] for number in range(windows)]))
    asked = sum(part[0] for part in parts)
    found = [line for part in parts for line in part[1]]
    for line in found[:200]:
        print(line)
    seconds = time.monotonic() - started
    invalid = html_errors(pages)
    print(*invalid[:50], sep="\n")
    print(f"{len(pages)} pages, {len(invalid)} errors of HTML")
    print(f"{len(names)} pages, {asked} answers, {len(found)} violations, {seconds:.0f} s")
    return 1 if found or invalid or not names else 0


if __name__ == "__main__":
    sys.exit(main())
