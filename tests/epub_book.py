"""An EPUB read back: its pages in reading order, its package document, its links; and the checker of the format."""

from __future__ import annotations

import posixpath
import shutil
import subprocess
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from lxml import etree

from needs import lacking

NS = {
    "x": "http://www.w3.org/1999/xhtml",
    "m": "http://www.w3.org/1998/Math/MathML",
    "opf": "http://www.idpf.org/2007/opf",
    "dc": "http://purl.org/dc/elements/1.1/",
    "epub": "http://www.idpf.org/2007/ops",
}


@dataclass(frozen=True)
class Link:
    """A link inside the book."""

    page: str
    node: Any
    #: Page and place it leads to.
    target: str
    anchor: str


class Epub:
    """A book for e-readers."""

    def __init__(self, path: Path) -> None:
        self.path = path
        with zipfile.ZipFile(path) as archive:
            self.infos = archive.infolist()
            self.files = {info.filename: archive.read(info) for info in self.infos}
        self.package = etree.fromstring(self.files["EPUB/package.opf"])

    @cached_property
    def pages(self) -> dict[str, Any]:
        """The pages in reading order, by name."""
        places = {item.get("id"): item.get("href") for item in self.find(self.package, "//opf:item")}
        order = [places[item.get("idref")] for item in self.find(self.package, "//opf:itemref")]
        return {name: etree.fromstring(self.files[f"EPUB/{name}"]) for name in order}

    def find(self, node: Any, path: str) -> list[Any]:
        """Return what an XPath finds."""
        return list(node.xpath(path, namespaces=NS))

    def every(self, path: str) -> list[Any]:
        """Return what an XPath finds on all pages, in reading order."""
        return [found for page in self.pages.values() for found in self.find(page, path)]

    def meta(self, name: str) -> list[str]:
        """Return the values of a property of the package document."""
        return self.find(self.package, f"//opf:meta[@property='{name}']/text()")

    def links(self) -> Iterator[Link]:
        """Yield every link that stays in the book."""
        for name, page in self.pages.items():
            for node in self.find(page, "//x:a[@href]"):
                path, _, anchor = node.get("href").partition("#")
                if ":" in path:
                    continue
                there = posixpath.normpath(posixpath.join(posixpath.dirname(name), unquote(path)))
                yield Link(name, node, there if path else name, unquote(anchor))


def words(node: Any) -> str:
    """Return the text of an element, white space as single spaces."""
    return " ".join("".join(node.itertext()).split())


def check(path: Path) -> str:
    """Return what epubcheck says of a book; empty where it has no error and no warning."""
    checker = shutil.which("epubcheck")
    if checker is None:
        lacking("epubcheck is missing: apt-get install epubcheck")
    # Debian's is a Java archive that the kernel may not know how to start.
    archive = Path(checker).resolve()
    start = ["java", "-XX:TieredStopAtLevel=1", "-jar"] if archive.suffix == ".jar" else []
    run = subprocess.run(
        [*start, str(archive), "--failonwarnings", str(path)], capture_output=True, text=True, check=False
    )
    return "" if run.returncode == 0 else run.stdout + run.stderr
