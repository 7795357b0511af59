"""A PDF read back: its words with their places, its structure, its links and its outline."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import pikepdf
import pypdfium2

from carta.pdf.papers import SIDE

_MM = 72 / 25.4


@dataclass(frozen=True)
class Sheet:
    """One page."""

    number: int
    width: float
    height: float
    text: str
    #: Left, bottom, right and top of every run of text, in points.
    boxes: tuple[tuple[float, float, float, float], ...]


class Printed:
    """A PDF of the book."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.pdf = pikepdf.open(path)

    @cached_property
    def sheets(self) -> list[Sheet]:
        """All pages with their text."""
        document = pypdfium2.PdfDocument(self.path)
        sheets = []
        for number, page in enumerate(document, start=1):
            words = page.get_textpage()
            wide, high = page.get_size()
            boxes = tuple(words.get_rect(index) for index in range(words.count_rects()))
            sheets.append(Sheet(number, wide, high, words.get_text_bounded(), boxes))
        document.close()
        return sheets

    @cached_property
    def text(self) -> str:
        """All text, white space as single spaces, hyphens at the ends of lines taken out."""
        return joined("\n".join(sheet.text for sheet in self.sheets))

    def elements(self) -> Iterator[tuple[str, Any]]:
        """Yield kind and dictionary of every element of the structure tree."""
        todo = [self.pdf.Root.StructTreeRoot]
        while todo:
            node = todo.pop()
            if "/S" in node:
                yield str(node["/S"]).removeprefix("/"), node
            children = node.get("/K")
            if children is None:
                continue
            if isinstance(children, pikepdf.Array):
                todo += [child for child in children if isinstance(child, pikepdf.Dictionary)]
            elif isinstance(children, pikepdf.Dictionary):
                todo.append(children)

    def links(self) -> Iterator[tuple[int, Any]]:
        """Yield page number and annotation of every link."""
        for number, page in enumerate(self.pdf.pages, start=1):
            for annotation in page.get("/Annots", []):
                if annotation.get("/Subtype") == "/Link":
                    yield number, annotation

    def outline(self, levels: int = 9) -> list[str]:
        """Return the titles of the outline in their order, of the first levels."""
        found: list[str] = []

        def walk(items: Any, level: int = 1) -> None:
            for item in items if level <= levels else ():
                found.append(item.title)
                walk(item.children, level + 1)

        with self.pdf.open_outline() as outline:
            walk(outline.root)
        return found


def joined(text: str) -> str:
    """Return text with single spaces and without the hyphens that end lines."""
    text = text.replace("\u0002", "\u00ad\n").replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub(r"[\u00ad\ufffe]\n?", "", text)
    text = re.sub(r"(?<=[a-zà-ÿ])-\n(?=[a-zà-ÿ])", "", text)
    return " ".join(text.split())


def check_pages(printed: Printed) -> None:
    """Fail where text stands outside the type area, or a page holds none."""
    found = []
    for sheet in printed.sheets:
        if len(sheet.text.split()) < 3:
            found.append(f"page {sheet.number} is empty")
        # Heads and page numbers stand in the margins above and below.
        low, high = 8 * _MM, sheet.height - 10 * _MM
        for left, bottom, right, top in sheet.boxes:
            # Punctuation at the end of a line hangs over a little.
            if left < SIDE * _MM - 3 or right > sheet.width - SIDE * _MM + 6 or bottom < low or top > high:
                found.append(f"page {sheet.number}: text at {left:.0f}, {bottom:.0f}, {right:.0f}, {top:.0f}")
    assert not found, "\n".join(found[:20])


def check_links(printed: Printed) -> tuple[int, list[str]]:
    """Fail where a link leads nowhere; return the number of links inside, and the addresses outside."""
    pages = {page.obj.objgen for page in printed.pdf.pages}
    catalogue: Any = printed.pdf.Root
    names = catalogue.Names.get("/Dests") if "/Names" in catalogue else None
    named: dict[str, Any] = {} if names is None else dict(pikepdf.NameTree(names).items())
    inside, outside = 0, []
    for number, link in printed.links():
        action = link.get("/A", {})
        if action.get("/S") == "/URI":
            outside.append(str(action.URI))
            continue
        target = link.get("/Dest", action.get("/D"))
        if isinstance(target, pikepdf.String | pikepdf.Name):
            target = named[str(target)]
        if isinstance(target, pikepdf.Dictionary):
            target = target.D
        assert target[0].objgen in pages, f"page {number}: a link leads nowhere"
        inside += 1
    assert all(re.match(r"(https?://\S+\.\S+|mailto:\S+@\S+)$", address) for address in outside), outside
    return inside, outside
