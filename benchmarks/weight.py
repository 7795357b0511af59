"""What a reader's browser fetches to open a page, beside a stock Jupyter Book of the same sources.

Builds the book twice in this run: with its own settings, and as Jupyter Book 1.x builds it with the settings that
``jupyter-book create`` gives. What stock Jupyter Book does not know is taken out of a copy of the sources first: our
roles leave their text, our directives leave nothing, so the stock pages hold less than ours. The outputs of notebooks,
drawings included, are the same ones, from the cache of executed notebooks.

Both are served on this machine and opened in Chromium, each page with an empty cache. Counted is every file that is
fetched, gzipped as servers send it. What the stock build fetches from elsewhere (MathJax, for example) cannot be loaded
here and counts for nothing, in its favour; the addresses are listed.

Goals: at most a third of the stock build; a text chapter at most 250 kB, one with figures 600 kB, the start page 200 kB.

Run: python benchmarks/weight.py
"""

from __future__ import annotations

import re
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

import yaml
from playwright.sync_api import Browser, sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from browser import launch_chromium  # noqa: E402  the tests' way to start a browser
from carta.site.build import build_html  # noqa: E402
from page_weight import Weight, weigh  # noqa: E402
from static_server import serving  # noqa: E402

#: Page and the bytes it may weigh.
PAGES = {
    "book/intro.html": 200_000,
    "book/glossary.html": 250_000,
    "book/methods.html": 250_000,
    "book/safety/grading.html": 600_000,
    "book/trials/lupus.html": 600_000,
    "book/trials/synthesis.html": 600_000,
}
SHARE = 1 / 3

#: Directives and roles that stock Jupyter Book has; all others are ours.
_DIRECTIVES = {
    "admonition", "bibliography", "caution", "code", "code-cell", "container", "dropdown", "figure", "glossary", "glue:figure",
    "image", "important", "list-table", "math", "note", "rubric", "table", "tip", "warning",
}  # fmt: skip
_ROLES = {
    "abbr", "cite", "cite:p", "cite:t", "code", "doc", "eq", "glue:text", "math", "numref", "ref", "sub", "sup", "term",
}  # fmt: skip
_FENCE = re.compile(r"^(?P<mark>`{3,}|:{3,})\{(?P<name>[\w:-]+)\}")
_ROLE = re.compile(r"\{(?P<name>[\w:-]+)\}`(?P<text>[^`]*)`")

_CONFIG = {
    "title": "Stock",
    "author": "The CARTA authors",
    "only_build_toc_files": True,
    "execute": {"execute_notebooks": "cache"},
    "bibtex_bibfiles": ["references.bib"],
    "parse": {
        "myst_enable_extensions": [
            "amsmath",
            "attrs_inline",
            "colon_fence",
            "deflist",
            "dollarmath",
            "substitution",
            "tasklist",
        ]
    },
}


def stock_text(text: str) -> str:
    """Return a page without what stock Jupyter Book does not know."""
    kept: list[str] = []
    end = ""
    for line in text.splitlines():
        if end:
            if line.strip() == end:
                end = ""
            continue
        if (fence := _FENCE.match(line)) and fence["name"] not in _DIRECTIVES:
            end = fence["mark"]
            continue
        kept.append(_ROLE.sub(lambda role: role[0] if role["name"] in _ROLES else role["text"], line))
    return "\n".join(kept) + "\n"


def build_stock(folder: Path) -> Path:
    """Build the same sources as stock Jupyter Book in a folder; return the folder of pages."""
    shutil.copytree(ROOT / "book", folder / "book")
    for name in ("references.bib", "_toc.yml"):
        shutil.copy(ROOT / name, folder)
    # Cells read the evidence from where they run.
    shutil.copytree(ROOT / "evidence", folder / "evidence")
    for page in (folder / "book").rglob("*.md"):
        page.write_text(stock_text(page.read_text(encoding="utf-8")), encoding="utf-8")
    (folder / "_config.yml").write_text(yaml.safe_dump(_CONFIG), encoding="utf-8")
    cache = ROOT / "_build" / ".jupyter_cache"
    if cache.is_dir():
        shutil.copytree(cache, folder / "_build" / ".jupyter_cache")
    command = [str(Path(sys.executable).with_name("jupyter-book")), "build", str(folder), "-q"]
    run = subprocess.run(command, capture_output=True, text=True, check=False)
    pages = folder / "_build" / "html"
    if run.returncode or not (pages / "book" / "intro.html").is_file():
        raise SystemExit(f"the stock build failed:\n{run.stdout[-2000:]}\n{run.stderr[-2000:]}")
    return pages


def weights(browser: Browser, pages: Path) -> dict[str, Weight]:
    """Weigh the pages of a site, each as a first visit."""
    found = {}
    with serving(pages) as server:
        for name in PAGES:
            context = browser.new_context(viewport={"width": 1280, "height": 900})
            found[name] = weigh(context, server, name)
            context.close()
    return found


def main() -> int:
    """Build, weigh, print; return 1 where a goal is missed."""
    build_html(ROOT, quiet=True)
    with tempfile.TemporaryDirectory() as folder, sync_playwright() as playwright:
        browser = launch_chromium(playwright)
        ours = weights(browser, ROOT / "_build" / "html")
        stock = weights(browser, build_stock(Path(folder)))
        browser.close()
    missed = False
    print(f"{'page':<32}{'CARTA, kB':>10}{'stock, kB':>10}{'share':>7}{'limit, kB':>10}{'shift':>8}")
    for name, limit in PAGES.items():
        mine, theirs = ours[name], stock[name]
        share = mine.total / theirs.total
        sound = mine.total <= limit and share <= SHARE and not mine.foreign
        missed |= not sound
        print(
            f"{name:<32}{mine.total / 1000:>10.0f}{theirs.total / 1000:>10.0f}{share:>7.2f}{limit / 1000:>10.0f}"
            f"{mine.shift:>8.3f}{'' if sound else '  missed'}"
        )
    elsewhere = sorted({address.split("?")[0] for weight in stock.values() for address in weight.foreign})
    print(f"not counted, from elsewhere in the stock build: {', '.join(elsewhere) or 'nothing'}")
    return int(missed)


if __name__ == "__main__":
    sys.exit(main())
