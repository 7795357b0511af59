"""The book as PDF by Typst beside the same pages by XeLaTeX, from what Sphinx has read to the finished file.

Sphinx reads the sources once, for both. Then the time is taken from the moment at which nothing is left to read:

- ``carta build pdf``'s builder without the files for the parts: resolving references, writing Typst, setting it as
  tagged PDF/UA-1;
- the builder ``latex`` with ``latexmk -xelatex`` behind it, as ``jupyter-book build . --builder pdflatex`` has it.

The two must hold the same chapters. Goal: at least 10 times as fast.

Run: python benchmarks/pdf.py [folder of a project]; needs latexmk and xelatex.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from carta.pdf.build import build_pdf  # noqa: E402
from carta.site.build import BuildError, Output, build  # noqa: E402
from printed_book import Printed, joined  # noqa: E402  the tests' way to read a PDF

LATEX = Output("LaTeX", "latex", "latex")

GOAL = 10.0
#: What Sphinx says when all is read.
READ = "looking for now-outdated files... none found"


def timed(work: Callable[[Callable[[str], None]], object]) -> float:
    """Run a build, which is given what takes its progress, and return the seconds since all was read."""
    moments: dict[str, float] = {}

    def take(line: str) -> None:
        moments.setdefault(line, time.perf_counter())

    try:
        work(take)
    except BuildError as error:
        raise SystemExit(str(error)) from error
    end = time.perf_counter()
    if READ not in moments:
        raise SystemExit("Sphinx read pages that should have been read before.")
    return end - moments[READ]


def titles(book: Printed) -> set[str]:
    """Return the titles of the outline, as one compares them."""
    return {"".join(joined(title).split()) for title in book.outline()}


def main(root: Path) -> int:
    """Measure both, compare, and print; return 1 where the goal is missed."""
    for program in ("latexmk", "xelatex"):
        if shutil.which(program) is None:
            raise SystemExit(f"{program} is not installed; .ci/run names the packages.")
    with tempfile.TemporaryDirectory(prefix="carta-pdf-") as place:
        return compare(root, Path(place))


def compare(root: Path, place: Path) -> int:
    """Build both into a folder of their own, so that neither finds itself done."""
    # Reads what is to be read, for both.
    build(LATEX, root, out=place / "first", strict=False, quiet=True)
    ours = timed(lambda said: build_pdf(root, out=place / "typst", parts=False, strict=False, progress=said))
    folder = place / "tex"
    written = timed(lambda said: build(LATEX, root, out=folder, strict=False, progress=said))
    source = next(iter(folder.glob("*.tex")))
    start = time.perf_counter()
    run = subprocess.run(
        ["latexmk", "-xelatex", "-interaction=nonstopmode", "-f", source.name],
        cwd=folder,
        capture_output=True,
        check=False,
    )
    theirs = written + time.perf_counter() - start
    pdf = source.with_suffix(".pdf")
    if not pdf.is_file():
        raise SystemExit(run.stdout.decode("utf-8", "replace")[-3000:])
    printed, by_tex = Printed(place / "typst" / "carta.pdf"), Printed(pdf)
    missing = titles(by_tex) - titles(printed)
    for name, seconds, book in (("Typst", ours, printed), ("XeLaTeX", theirs, by_tex)):
        size = book.path.stat().st_size / 1e6
        print(f"{name:8} {seconds:7.1f} s  {len(book.pdf.pages):5} pages  {size:6.2f} MB")
    print(f"Typst is {theirs / ours:.1f} times as fast (goal: {GOAL:g}).")
    if missing:
        print(f"{len(missing)} titles of the one are not in the other, such as {sorted(missing)[:3]}")
    return 0 if theirs / ours >= GOAL else 1


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]).resolve() if len(sys.argv) > 1 else ROOT))
