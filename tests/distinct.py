"""A few pages that between them hold every kind of element that many pages hold."""

from __future__ import annotations

import re
from collections.abc import Iterable
from pathlib import Path

_OPENED = re.compile(r"<([a-z][a-z0-9]*)((?:\s[^<>]*)?)>")
_CLASS = re.compile(r"""\bclass=["']([^"']*)["']""")
_NAMED = re.compile(r"\b(?!class|id|href|src|title)([a-z-]+)=")
_DRAWING = re.compile(r"<(svg|math)\b.*?</\1>", re.DOTALL)


def kinds(page: str) -> frozenset[str]:
    """Return each element of a page's content by its name, classes and attributes, with what stands around it."""
    start = page.find("<article")
    content = _DRAWING.sub("", page[max(start, 0) :])
    found = set()
    before = ""
    for match in _OPENED.finditer(content):
        classes = _CLASS.search(match[2])
        own = f"{match[1]}.{classes[1] if classes else ''}[{','.join(sorted(set(_NAMED.findall(match[2]))))}]"
        found.add(own)
        if match[1] in ("section", "table", "figure", "dl", "ul", "ol", "div"):
            before = own
        else:
            found.add(f"{before} {own}")
    return frozenset(found)


def distinct(pages: Iterable[Path], least: int = 1) -> list[Path]:
    """Return pages, longest first, each of which has at least so many kinds of element that those before it lack."""
    chosen = []
    seen: set[str] = set()
    for path in sorted(pages, key=lambda path: (-path.stat().st_size, path.name)):
        new = kinds(path.read_text(encoding="utf-8")) - seen
        if len(new) >= least:
            seen |= new
            chosen.append(path)
    return chosen
