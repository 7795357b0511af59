"""How long the site takes to build: from nothing, with nothing changed, and with one sentence changed.

Beside ``jupyter-book build .`` on the same sources in the same run. The stock build has the same pages, the same
settings and the same extension (without its roles the chapters mean nothing), but ``carta_execution: false``: Jupyter
Book executes the notebooks itself, one by one when it reads the page, each in a new kernel. Both begin with copies of
the project that have no caches.

The changed sentence is timed in Chromium: from the moment the file is written until the open page, served by
``carta serve``, shows the new words. The floor is the time of the notebooks' cells alone over two cores.

Run: python benchmarks/build_speed.py [CHAPTER ...]     such as book/safety/grading; the whole book without any
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import yaml
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from browser import launch_chromium  # noqa: E402  the tests' way to start a browser

PARTS = ("book", "evidence", "references.bib", "_config.yml", "_toc.yml", "requirements.lock")
#: Cores that the floor is divided by, and kernels at a time.
CORES = 2
#: Largest share of the stock build's time.
SHARE = 0.5
#: Seconds until a changed sentence is seen.
SEEN = 1.5
EDITS = 5
#: Seconds for the preview to get its next build ready.
PAUSE = 20.0

#: Our build without its strictness.
LENIENT = """\
from pathlib import Path
from carta.site.build import build_html
build_html(Path.cwd(), strict=False)
"""

#: What the stock kernels need so that glued NumPy numbers read as ours do, in a profile of IPython.
KERNEL_SETTINGS = """\
c.IPKernelApp.exec_lines = [
    "_plain = get_ipython().display_formatter.formatters['text/plain']",
    "_show = lambda number, printer, cycle: printer.text(repr(number.item()))",
    "[_plain.for_type_by_name('numpy', n, _show) for n in ('float32', 'float64', 'int32', 'int64')] and None",
]
"""


def copy_project(target: Path, chapters: list[str]) -> Path:
    """Copy the sources, with those chapters alone where any are named."""
    target.mkdir()
    for name in PARTS:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, target / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, target)
    if chapters:
        first = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))["root"]
        toc = {"format": "jb-book", "root": first, "chapters": [{"file": name} for name in chapters]}
        (target / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    return target


def make_stock(root: Path) -> dict[str, str]:
    """Switch our execution off; return the environment of the stock build."""
    path = root / "_config.yml"
    settings = yaml.safe_load(path.read_text(encoding="utf-8"))
    settings["sphinx"]["config"]["carta_execution"] = False
    path.write_text(yaml.safe_dump(settings, sort_keys=False, allow_unicode=True), encoding="utf-8")
    profile = root.parent / "ipython" / "profile_default"
    profile.mkdir(parents=True)
    (profile / "ipython_kernel_config.py").write_text(KERNEL_SETTINGS, encoding="utf-8")
    return {**os.environ, "IPYTHONDIR": str(profile.parent)}


def timed(command: list[str], root: Path, environment: dict[str, str], sound: bool) -> tuple[float, str]:
    """Run a build and return its seconds and what it said."""
    start = time.perf_counter()
    run = subprocess.run(command, cwd=root, env=environment, capture_output=True, text=True, check=False)
    seconds = time.perf_counter() - start
    if run.returncode and sound:
        sys.exit(f"{' '.join(command)} failed:\n{(run.stdout + run.stderr)[-3000:]}")
    return seconds, run.stdout + run.stderr


def pages(root: Path) -> set[str]:
    """Pages of the book that a build has made."""
    site = root / "_build" / "html"
    return {path.relative_to(site).as_posix() for path in (site / "book").rglob("*.html")}


_HAS = "(words) => document.querySelector('article')?.textContent.includes(words)"
_NEXT_FRAME = "() => new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(done)))"


def seconds_until_seen(root: Path, page: Path) -> list[float]:
    """Change a sentence of a page several times while it is open, and time each change until it is seen."""
    preview = subprocess.Popen(
        [sys.executable, "-m", "carta", "serve", "--port", "0", "--no-open"],
        cwd=root,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    taken = []
    try:
        assert preview.stdout is not None
        address = re.search(r"http://\S+", preview.stdout.readline())
        assert address is not None
        # Its first build has nothing to do; then the next is made ready.
        while "files changed" not in preview.stdout.readline():
            pass
        with sync_playwright() as playwright:
            browser = launch_chromium(playwright)
            tab = browser.new_page()
            tab.goto(address[0] + page.relative_to(root).with_suffix(".html").as_posix())
            source = page.read_text(encoding="utf-8").rstrip("\n")
            for number in range(EDITS):
                time.sleep(PAUSE)
                words = f"A sentence that was not there before, of trial {'abcdefgh'[number]}."
                start = time.perf_counter()
                page.write_text(f"{source}\n\n{words}\n", encoding="utf-8")
                # Looked for in every frame, and shown in the next; a locator looks twice a second.
                tab.wait_for_function(_HAS, arg=words, polling="raf", timeout=120_000)
                tab.evaluate(_NEXT_FRAME)
                taken.append(time.perf_counter() - start)
            browser.close()
    finally:
        preview.terminate()
        preview.wait(30)
    return taken


def verdict(name: str, ours: float, theirs: float) -> bool:
    share = ours / theirs
    met = share <= SHARE
    print(
        f"{name}: {ours:.1f} s, stock {theirs:.1f} s: {share:.2f} of it, "
        f"{'within' if met else 'MISSES'} the goal of {SHARE}",
        flush=True,
    )
    return met


def main() -> int:
    chapters = sys.argv[1:]
    ours_command = [sys.executable, "-m", "carta", "build", "html"]
    stock_command = [str(Path(sys.executable).with_name("jupyter-book")), "build", "."]
    with tempfile.TemporaryDirectory(prefix="carta-bench-") as folder:
        ours = copy_project(Path(folder) / "ours", chapters)
        stock = copy_project(Path(folder) / "stock", chapters)
        stock_environment = make_stock(stock)
        # A part of the book refers to pages that are not there, and our build takes no warning.
        command = [sys.executable, "-c", LENIENT] if chapters else ours_command
        environment = dict(os.environ)
        cold, said = timed(command, ours, environment, sound=True)
        cells = [float(number) for number in re.findall(r"its cells in ([\d.]+) s", said)]
        floor = sum(cells) / CORES
        print(f"{len(cells)} notebooks; cells alone on {CORES} cores (floor): {floor:.1f} s", flush=True)
        stock_cold, stock_said = timed(stock_command, stock, stock_environment, sound=True)
        if pages(ours) != pages(stock):
            sys.exit(f"The two builds have different pages: {sorted(pages(ours) ^ pages(stock))}")
        if "Executing notebook using" not in stock_said:
            sys.exit("The stock build executed no notebook; it was not what it is said to be.")
        met = [verdict("from nothing", cold, stock_cold)]
        warm, _ = timed(command, ours, environment, sound=True)
        stock_warm, _ = timed(stock_command, stock, stock_environment, sound=True)
        met.append(verdict("nothing changed", warm, stock_warm))
        if not chapters:
            taken = seconds_until_seen(ours, ours / "book" / "safety" / "grading.md")
            middle = statistics.median(taken)
            met.append(middle <= SEEN)
            print(
                f"one sentence changed, seen in Chromium: median {middle:.2f} s of {len(taken)} "
                f"(largest {max(taken):.2f} s): "
                f"{'within' if met[-1] else 'MISSES'} the goal of {SEEN} s"
            )
    return 0 if all(met) else 1


if __name__ == "__main__":
    sys.exit(main())
