"""How time and memory of a build grow with the book: the same chapters once, twice, five and ten times.

Chapters are copies of real ones under other names, each with its own code, so that every notebook is executed anew. The
evidence stays as it is. Each size is built from nothing and once more with nothing changed; processor time is that of
the build and of all kernels, memory the largest of the building process. Growth is no worse than linear when no size
costs more per chapter than the smallest. The figure is written beside this script.

Run: python benchmarks/scale.py [CHAPTER ...]     such as book/safety/grading; the whole book without any
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pandas as pd
import yaml

from carta.figures import line_plot, show

ROOT = Path(__file__).resolve().parents[1]
FIGURE = Path(__file__).with_name("scale.svg")

TIMES = (1, 2, 5, 10)
#: What a chapter may cost more in a large book than in the small one, for measurements differ by that much.
ROOM = 1.1

#: Makes the code of a copy different.
CELL = "```{{code-cell}} python3\n:tags: [remove-cell]\nCOPY = {number}\n```\n"

#: One build in a process of its own, which says what it took. A copied chapter defines labels a second time, so
#: warnings are allowed.
BUILD = """\
import json, os, resource, time
from pathlib import Path
from carta.site.build import build_html
began = time.perf_counter()
build_html(Path.cwd(), strict=False, quiet=True)
spent = os.times()
print(json.dumps({
    "seconds": time.perf_counter() - began,
    "processor": spent.user + spent.system + spent.children_user + spent.children_system,
    "megabytes": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
}))
"""


def toc_files(entry: Any) -> list[str]:
    """Names of the pages of a table of contents, without its root."""
    found = []
    if isinstance(entry, dict):
        found += [entry["file"]] if "file" in entry else []
        for child in entry.values():
            found += toc_files(child)
    elif isinstance(entry, list):
        for child in entry:
            found += toc_files(child)
    return found


def make_book(target: Path, chapters: list[str], times: int) -> int:
    """Write a project that holds the chapters so many times; return the number of its pages."""
    target.mkdir()
    for name in ("book", "evidence"):
        shutil.copytree(ROOT / name, target / name, ignore=shutil.ignore_patterns("__pycache__"))
    for name in ("references.bib", "_config.yml", "requirements.lock"):
        shutil.copy(ROOT / name, target)
    names = list(chapters)
    for number in range(2, times + 1):
        for chapter in chapters:
            source = target / f"{chapter}.md"
            copy = source.with_name(f"{source.stem}-copy-{number}.md")
            text = source.read_text(encoding="utf-8")
            # Equal code would be executed once and taken from the cache.
            copy.write_text(f"{text.rstrip()}\n\n{CELL.format(number=number)}", encoding="utf-8")
            names.append(copy.relative_to(target).with_suffix("").as_posix())
    first = yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8"))["root"]
    toc = {"format": "jb-book", "root": first, "chapters": [{"file": name} for name in names]}
    (target / "_toc.yml").write_text(yaml.safe_dump(toc), encoding="utf-8")
    return len(names) + 1


def build(root: Path) -> dict[str, float]:
    """Build once and return what it took."""
    run = subprocess.run(
        [sys.executable, "-c", BUILD],
        cwd=root,
        env=os.environ,
        capture_output=True,
        text=True,
        check=False,
    )
    if run.returncode:
        sys.exit(run.stderr[-3000:])
    result: dict[str, float] = json.loads(run.stdout.splitlines()[-1])
    return result


def main() -> int:
    chapters = sys.argv[1:]
    if not chapters:
        chapters = toc_files(yaml.safe_load((ROOT / "_toc.yml").read_text(encoding="utf-8")).get("parts", []))
    rows = []
    for times in TIMES:
        with tempfile.TemporaryDirectory(prefix="carta-scale-") as folder:
            root = Path(folder) / "book"
            pages = make_book(root, chapters, times)
            cold = build(root)
            warm = build(root)
        for name, what in (("from nothing", cold), ("nothing changed", warm)):
            rows.append({"times": times, "pages": pages, "build": name, **what})
            print(
                f"{times:2} times, {pages:4} pages, {name}: {what['seconds']:.0f} s, processor {what['processor']:.0f} s, "
                f"{what['megabytes']:.0f} MB",
                flush=True,
            )
    frame = pd.DataFrame(rows)
    met = True
    for label, part in frame.groupby("build"):
        for column in ("processor", "megabytes"):
            each = part[column] / part["pages"]
            worst = each.max() / each.iloc[0]
            met &= worst <= ROOM
            print(f"{label}, {column} a page: largest {worst:.2f} of that of the smallest book")
            # What does not depend on the chapters, such as the entries, hides how these grow.
            further = (part[column].diff() / part["pages"].diff()).dropna()
            said = ", ".join(
                f"{cost:.3g} (to {times} times)"
                for cost, times in zip(further, part["times"][1:], strict=True)
            )
            print(f"{label}, {column} for each further page: {said}")
    first = frame[frame["times"] == 1].set_index("build")
    lines = pd.concat(
        [
            frame.assign(
                series=frame["build"] + ", " + word,
                growth=[row[column] / first.loc[row["build"], column] for _, row in frame.iterrows()],
            )
            for column, word in (("processor", "processor time"), ("megabytes", "memory"))
        ]
    )
    linear = pd.DataFrame({"series": "linear", "times": TIMES, "growth": [float(times) for times in TIMES]})
    chart = line_plot(
        pd.concat([lines[["series", "times", "growth"]], linear]),
        x="times",
        y="growth",
        group="series",
        x_title="Chapters, times the smallest book",
        y_title="Cost, times that of the smallest book",
    )
    largest = lines[lines["times"] == TIMES[-1]].set_index("series")["growth"]
    words = "; ".join(f"{name} {growth:.1f} times" for name, growth in largest.items())
    FIGURE.write_text(
        show(
            chart,
            alt=f"A book of {TIMES[-1]} times the chapters costs at most in proportion: {words}.",
            table=lines,
        ).svg,
        encoding="utf-8",
    )
    print("growth is no worse than linear" if met else "MISSES: growth is worse than linear")
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
