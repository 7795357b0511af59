"""A chapter as of an earlier day: one fact that came later costs no more than what depends on it."""

from __future__ import annotations

import re
from html import unescape

import pytest
from click.testing import CliRunner

from carta.cli import main
from projects import write_pages
from small_book import ROOT
from watched_project import watched_project

DAY = "2023-12-31"

CHAPTER = """\
---
file_format: mystnb
kernelspec: {name: python3, display_name: Python 3}
---
# Chapter

```{code-cell} python3
:tags: [remove-cell]
import pandas as pd
from myst_nb import glue

from carta.evidence import load
from carta.figures import bar_counts, show

base = load()


def row(name):
    fact = base.fact(name).fact
    low, n = fact.events, fact.n
    return {"study": name.partition(":")[0], "events": low, "n": n, "share": low / n}


alpha = base.fact("alpha-2024-journal:crs").fact
beta = base.fact("beta-2023-journal:crs").fact
rows = [row("beta-2023-journal:crs"), row("alpha-2024-journal:crs")]
table = pd.DataFrame(rows)
seen = []
for key in base.keys():
    seen.append(base.study(key).n)
    if key == "beta-2023-journal":
        seen.append([][0])
glue("beta", beta.events, display=False)
glue("both", beta.events + alpha.events, display=False)
glue("share", f"{100 * beta.events / beta.n:.0f}", display=False)
glue("sum", table["events"].sum(), display=False)
glue("most", table["share"].max(), display=False)
glue("rows", len(rows), display=False)
glue("seen", len(seen), display=False)
glue("larger", "more" if alpha.events > beta.events else "fewer", display=False)
glue("sorted", table.sort_values("share")["study"].iloc[0], display=False)
glue("told", f"{beta.events} and then {alpha.events if alpha.n > 3 else 0}", display=False)
glue("last", len(base.keys()), display=False)
```

Beta {glue:text}`beta`, both {glue:text}`both`, share {glue:text}`share`, sum {glue:text}`sum`, most {glue:text}`most`,
rows {glue:text}`rows`, seen {glue:text}`seen`, larger {glue:text}`larger`, sorted {glue:text}`sorted`,
told {glue:text}`told`, last {glue:text}`last`.

```{code-cell} python3
---
mystnb:
  figure:
    name: fig-both
    caption: The second series had {glue:text}`beta` with CRS, both together {glue:text}`both`.
tags: [remove-input]
---
show(
    bar_counts(table, category="study", count="events", x_title="Patients"),
    alt=f"The first series had {beta.events} patients with CRS, the second {int(alpha.events)}.",
    table=table,
    sources=["alpha-2024-journal", "beta-2023-journal"],
)
```

```{code-cell} python3
:tags: [remove-input]
show(
    bar_counts(table[table["events"] > 3], category="study", count="events", x_title="Patients"),
    alt="Nothing of this can be drawn, since the choice of rows depends on what came later.",
)
```
"""


@pytest.fixture(scope="module")
def chapter(tmp_path_factory: pytest.TempPathFactory) -> str:
    root = watched_project(
        tmp_path_factory.mktemp("later"),
        **{"_config.yml": (ROOT / "_config.yml").read_text(encoding="utf-8")},
    )
    write_pages(root, {"chapter": CHAPTER})
    command = ["build", "html", "--quiet", "--root", str(root), "--as-of", DAY]
    built = CliRunner().invoke(main, command, catch_exceptions=False)
    assert built.exit_code == 0, built.output
    return (root / "_build" / f"html-as-of-{DAY}" / "book" / "chapter.html").read_text(encoding="utf-8")


def _words(html: str) -> str:
    shown = re.sub(r"<(head|script)\b.*?</\1>", " ", html, flags=re.DOTALL)
    return " ".join(unescape(re.sub(r"<[^>]+>", " ", shown)).split())


def test_only_what_depends_on_the_later_fact_is_not_yet_known(chapter: str) -> None:
    later = f"[not yet known on {DAY}]"
    sentence = re.search(r"Beta 3.*? last \S+ ?\.", _words(chapter))
    assert sentence
    found = dict(part.strip().split(" ", 1) for part in sentence.group().rstrip(" .").split(","))
    assert found == {
        "Beta": "3",
        "both": later,
        "share": "60",
        # Sums, extremes and counts over rows of which one came later are no smaller sums, extremes and counts.
        "sum": later,
        "most": later,
        "rows": later,
        "seen": later,
        "larger": later,
        "sorted": "beta-2023-journal",
        "told": f"3 and then {later}",
        "last": "1",
    }


def test_a_figure_shows_the_rows_that_were_known_and_says_what_it_leaves_out(chapter: str) -> None:
    figure = re.search(r'<div class="carta-figure".*?</figure>', chapter, re.DOTALL)
    assert figure
    words = _words(figure.group())
    assert f"1 row of this figure was not yet known on {DAY}" in words
    assert f"had 3 patients with CRS, the second [not yet known on {DAY}]" in figure.group()
    assert f"[not yet known on {DAY}]" in words.partition("Sources:")[2]
    # A caption is part of what MyST-NB takes for the code: it must find the outputs all the same.
    assert f"The second series had 3 with CRS, both together [not yet known on {DAY}]." in words
    assert chapter.count('<div class="carta-figure"') == 1
    assert f"This could not be computed from what was known on {DAY}" in _words(chapter)
