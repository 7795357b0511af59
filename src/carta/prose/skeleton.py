"""The skeleton that every chapter has, and the figure that it shows."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from typing import Any

from carta.prose.document import Heading, Problem, ProseDocument
from carta.prose.options import DirectiveUse

#: The sections of a chapter, in this order; free sections stand between the second and the third.
SECTIONS = (
    "Key points",
    "What you will learn",
    "How sure are we",
    "What would change our mind",
    "Further reading",
)
_ALT = re.compile(r"\balt\s*=")


def is_chapter(path: Path, root: Path) -> bool:
    """Return whether a page is a chapter: ``book/<part>/<page>.md``, but no index page."""
    try:
        parts = path.resolve().relative_to(root.resolve()).parts
    except ValueError:
        return False
    return len(parts) >= 3 and parts[0] == "book" and path.stem != "index"


def check_skeleton(document: ProseDocument) -> Iterator[Problem]:
    """Yield what a chapter lacks of the title and the sections, or has in another order."""
    titles = [heading for heading in document.headings if heading.level == 1]
    if not titles:
        yield Problem("prose/skeleton", 1, "The chapter has no title.", "Begin it with a heading `# Title`.")
    for extra in titles[1:]:
        yield Problem(
            "prose/skeleton",
            extra.line,
            f"“{extra.text}” is a second title of the chapter.",
            "Keep one heading with a single `#`; write sections with `##`.",
        )
    found = {
        section: heading
        for section in SECTIONS
        if (heading := _section(document.headings, section)) is not None
    }
    missing = [section for section in SECTIONS if section not in found]
    if missing:
        listed = ", ".join(f"“{section}”" for section in missing)
        yield Problem(
            "prose/skeleton",
            titles[0].line if titles else 1,
            f"The chapter lacks {'the section' if len(missing) == 1 else 'the sections'} {listed}.",
            f"Add a heading `## {missing[0]}`; the order is: {', '.join(SECTIONS)}.",
        )
    present = list(found)
    for before, after in pairwise(present):
        if found[after].line < found[before].line:
            yield Problem(
                "prose/skeleton",
                found[after].line,
                f"The section “{after}” stands before “{before}”.",
                f"Keep the order: {', '.join(SECTIONS)}.",
            )


def check_figures(document: ProseDocument) -> Iterator[Problem]:
    """Yield a problem where a chapter shows no figure, and for each figure without caption, name or alt."""
    figures = [cell for cell in document.directives if cell.name == "code-cell" and _figure(cell) is not None]
    if not any(_text_option(_figure(cell), "caption") for cell in figures):
        yield Problem(
            "prose/figure",
            1,
            "The chapter has no code cell that shows a figure with a caption.",
            "Add a {code-cell} with `mystnb: figure: caption:` in its options.",
        )
    for cell in figures:
        lacking = [name for name in ("caption", "name") if not _text_option(_figure(cell), name)]
        if not _has_alt(cell.body):
            lacking.append("alt")
        if lacking:
            yield Problem(
                "prose/figure",
                cell.line,
                f"The figure has no {' and no '.join(lacking)}.",
                "Give `caption` and `name` under `mystnb: figure:`, and `alt=` where the chart is shown.",
            )


def _section(headings: tuple[Heading, ...], section: str) -> Heading | None:
    wanted = section.casefold()
    return next(
        (h for h in headings if h.level == 2 and " ".join(h.text.split()).rstrip("? ").casefold() == wanted),
        None,
    )


def _figure(cell: DirectiveUse) -> dict[str, Any] | None:
    """Return the figure options of a cell, or None where it shows no figure."""
    notebook = cell.options.get("mystnb")
    if not isinstance(notebook, dict) or "figure" not in notebook:
        return None
    figure = notebook["figure"]
    return figure if isinstance(figure, dict) else {}


def _text_option(figure: dict[str, Any] | None, name: str) -> bool:
    value = (figure or {}).get(name)
    return isinstance(value, str) and bool(value.strip())


def _has_alt(code: str) -> bool:
    """Return whether a call in the code has an ``alt`` argument that is not an empty string."""
    try:
        tree = ast.parse(code)
    except (SyntaxError, ValueError, RecursionError, MemoryError):  # cell magic is no plain Python
        return _ALT.search(code) is not None
    return any(
        keyword.arg == "alt"
        and not (isinstance(keyword.value, ast.Constant) and not str(keyword.value.value or "").strip())
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        for keyword in node.keywords
    )
