"""What may be asked of a figure lies beside its page, for as long as the page has it."""

from __future__ import annotations

import base64
import csv
import io
import json
from pathlib import Path
from urllib.parse import urlsplit

from bs4 import BeautifulSoup

from carta.site.build import build_html
from projects import replace, write_pages, write_project


def drawn(rows: str, title: str) -> str:
    """Return a figure as a cell puts it out."""
    data = base64.b64encode(rows.encode()).decode()
    return (
        '\n```{raw} html\n<div class="carta-figure" role="group" aria-label="A">\n'
        f'<a class="carta-figure-csv" download="a.csv" href="data:text/csv;charset=utf-8;base64,{data}">CSV</a>\n'
        f'<script type="application/json" class="carta-figure-spec">{{"title":"{title}"}}</script>\n</div>\n```\n'
    )


def held(page: Path) -> list[tuple[list[list[str]], dict[str, str]]]:
    """Return data and specification of each figure of a page, as its addresses lead to them."""
    found = []
    for figure in BeautifulSoup(page.read_text(encoding="utf-8"), "html.parser").select(".carta-figure"):
        (link,) = figure.select("a[download]")
        assert not figure.select("script")
        table, spec = (
            (page.parent / urlsplit(str(address)).path).read_text(encoding="utf-8")
            for address in (link["href"], figure["data-spec"])
        )
        found.append((list(csv.reader(io.StringIO(table))), json.loads(spec)))
    return found


def test_files_come_change_and_go_with_their_figures(tmp_path: Path) -> None:
    root = write_project(tmp_path / "project")
    first, second = drawn("n\r\n1\r\n", "one"), drawn("n\r\n2\r\n", "two")
    write_pages(root, {"drawn": f"# Drawn\n\n{first}\n{second}", "plain": "# Plain\n\nWords.\n"})
    build_html(root, quiet=True)
    out = root / "_build/html"
    page, files = out / "book/drawn.html", out / "_figures/book-drawn"
    assert held(page) == [([["n"], ["1"]], {"title": "one"}), ([["n"], ["2"]], {"title": "two"})]
    assert not (out / "_figures/book-plain").exists()
    before = page.read_text(encoding="utf-8")

    replace(root, "book/drawn.md", second, "")
    replace(root, "book/drawn.md", '"one"', '"uno"')
    assert "_figures/book-drawn/2.csv" in build_html(root, quiet=True).removed
    assert held(page) == [([["n"], ["1"]], {"title": "uno"})]
    assert sorted(path.name for path in files.iterdir()) == ["1.csv", "1.json"]
    # The address is another, so that no browser shows what it kept.
    addresses = [
        BeautifulSoup(text, "html.parser").select(".carta-figure")[0]["data-spec"]
        for text in (before, page.read_text(encoding="utf-8"))
    ]
    assert addresses[0] != addresses[1]

    replace(root, "_toc.yml", "- file: book/drawn\n", "")
    (root / "book/drawn.md").unlink()
    build_html(root, quiet=True)
    assert not files.exists()
