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
            boxes = tuple(words.get_rect(index) for index in range(words.count_rects()))
            sheets.append(Sheet(number, *page.get_size(), words.get_text_bounded(), boxes))
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

    def outline(self) -> list[str]:
        """Return the titles of the outline in their order."""
        found: list[str] = []

        def walk(items: Any) -> None:
            for item in items:
                found.append(item.title)
                walk(item.children)

        with self.pdf.open_outline() as outline:
            walk(outline.root)
        return found


def joined(text: str) -> str:
    """Return text with single spaces and without the hyphens that end lines."""
    text = text.replace("\u0002", "\u00ad\n").replace("\r\n", "\n").replace("\r", "\n")
    text = re.sub(r"[\u00ad\ufffe]\n?", "", text)
    text = re.sub(r"(?<=[a-zà-ÿ])-\n(?=[a-zà-ÿ])", "", text)
    return " ".join(text.split())
