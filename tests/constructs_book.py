"""The small book with a page of all constructs, for the forms on paper and for e-readers."""

from __future__ import annotations

import shutil
from collections.abc import Mapping
from pathlib import Path

from projects import replace
from small_book import copy_small_book

_PAGES = Path(__file__).parent / "pdf"


def write_constructs_book(root: Path, *, rows: int, pages: Mapping[str, str] | None = None) -> Path:
    """Write the book to ``root`` and return it.

    Args:
        root: a folder that is not there yet.
        rows: length of the long table.
        pages: more pages, by name; they follow the one of all constructs.
    """
    copy_small_book(root)
    table = "\n".join(f"* - {number}\n  - row {number} of the long table" for number in range(1, rows + 1))
    constructs = (_PAGES / "constructs.md").read_text(encoding="utf-8").replace("ROWS", table)
    shutil.copy(_PAGES / "drawn.svg", root / "book")
    written = {"constructs": constructs, **(pages or {})}
    # One notebook is enough of a kernel's time.
    for name, text in {**written, "other-notebook": "# Another page\n\nWords.\n"}.items():
        (root / "book" / f"{name}.md").write_text(text, encoding="utf-8")
    chapters = "".join(f"      - file: book/{name}\n" for name in (*written, "figure"))
    replace(root, "_toc.yml", "      - file: book/figure\n", chapters)
    return root
