"""The parts of an EPUB 3 that are no pages: package document, navigation, and the archive, byte for byte the same."""

from __future__ import annotations

import io
import uuid
import zipfile
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from html import escape
from pathlib import PurePosixPath

from carta.site.epub.pages import Page

#: Folder of the book in the archive.
FOLDER = "EPUB"
MIMETYPE = "application/epub+zip"

CONTAINER = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<container version="1.0" xmlns="urn:oasis:names:tc:opendocument:xmlns:container"><rootfiles>'
    f'<rootfile full-path="{FOLDER}/package.opf" media-type="application/oebps-package+xml"/>'
    "</rootfiles></container>\n"
)

_MEDIA = {
    ".css": "text/css",
    ".gif": "image/gif",
    ".jpeg": "image/jpeg",
    ".jpg": "image/jpeg",
    ".png": "image/png",
    ".svg": "image/svg+xml",
    ".xhtml": "application/xhtml+xml",
}

#: What the book does for readers who cannot see, or not well (schema.org's words).
FEATURES = (
    "alternativeText",
    "displayTransformability",
    "MathML",
    "readingOrder",
    "structuralNavigation",
    "tableOfContents",
    "unlocked",
)

SUMMARY = (
    "The text flows and takes the letters and colours of the reader. Formulas are MathML and are also given in words. "
    "Every figure has a text that says what it shows. Tables have marked heads. Values lead to notes that say where "
    "they were read, and back. No part moves, sounds or needs a script."
)


@dataclass(frozen=True)
class Facts:
    """What the package document says of the book."""

    title: str
    author: str
    language: str
    description: str
    #: Address of the web site; empty where it has none.
    address: str
    licence: str
    #: Day of the evidence, ISO 8601.
    day: str
    #: The moment of the last change.
    moment: datetime

    @property
    def identifier(self) -> str:
        """The identifier of the book, the same for all its releases."""
        return f"urn:uuid:{uuid.uuid5(uuid.NAMESPACE_URL, self.address or f'carta:{self.title}')}"


@dataclass(frozen=True)
class Entry:
    """An entry of the table of contents; without an address it is the title of a part."""

    title: str
    address: str = ""
    below: tuple[Entry, ...] = ()


def package(
    facts: Facts, pages: Iterable[Page], files: Iterable[str], *, nav: str, cover: str, cover_page: str
) -> str:
    """Return the package document.

    Args:
        facts: about the book.
        pages: in reading order.
        files: names of all other files.
        nav: name of the page with the table of contents, one of the pages.
        cover: name of the cover's picture, one of the files.
        cover_page: name of the page that shows it.
    """
    items, spine = [], []
    for number, page in enumerate(pages, start=1):
        properties = " ".join(filter(None, ["nav" if page.name == nav else "", page.properties]))
        items.append(_item(f"page-{number}", page.name, properties))
        spine.append(f'<itemref idref="page-{number}"/>')
    for number, name in enumerate(sorted(files), start=1):
        if name == cover:
            items.append(_item("cover-image", name, "cover-image"))
        else:
            items.append(_item(f"file-{number}", name, ""))
    stamp = facts.moment.strftime("%Y-%m-%dT%H:%M:%SZ")
    source = f"<dc:source>{escape(facts.address)}</dc:source>\n" if facts.address else ""
    features = "".join(f'<meta property="schema:accessibilityFeature">{name}</meta>\n' for name in FEATURES)
    lines = "\n".join(items)
    return (
        '<?xml version="1.0" encoding="utf-8"?>\n'
        '<package xmlns="http://www.idpf.org/2007/opf" version="3.0" unique-identifier="book-id" '
        f'xml:lang="{facts.language}">\n'
        '<metadata xmlns:dc="http://purl.org/dc/elements/1.1/">\n'
        f'<dc:identifier id="book-id">{facts.identifier}</dc:identifier>\n'
        f"<dc:title>{escape(facts.title)}</dc:title>\n"
        f'<dc:creator id="author">{escape(facts.author)}</dc:creator>\n'
        '<meta refines="#author" property="role" scheme="marc:relators">aut</meta>\n'
        f"<dc:publisher>{escape(facts.author)}</dc:publisher>\n"
        f"<dc:language>{facts.language}</dc:language>\n"
        f"<dc:date>{facts.day}</dc:date>\n"
        f"<dc:description>{escape(facts.description)}</dc:description>\n"
        f"<dc:rights>{escape(facts.licence)}</dc:rights>\n{source}"
        f'<meta property="dcterms:modified">{stamp}</meta>\n'
        '<meta property="schema:accessMode">textual</meta>\n'
        '<meta property="schema:accessMode">visual</meta>\n'
        '<meta property="schema:accessModeSufficient">textual,visual</meta>\n'
        '<meta property="schema:accessModeSufficient">textual</meta>\n'
        f"{features}"
        '<meta property="schema:accessibilityHazard">none</meta>\n'
        f'<meta property="schema:accessibilitySummary">{escape(SUMMARY)}</meta>\n'
        '<meta property="dcterms:conformsTo" id="conformance">EPUB Accessibility 1.1 - WCAG 2.1 Level AA</meta>\n'
        f'<meta property="a11y:certifiedBy" refines="#conformance">{escape(facts.author)}</meta>\n'
        '<meta name="cover" content="cover-image"/>\n'
        f"</metadata>\n<manifest>\n{lines}\n</manifest>\n<spine>\n"
        + "\n".join(spine)
        + f'\n</spine>\n<guide><reference type="cover" title="Cover" href="{cover_page}"/></guide>\n</package>\n'
    )


def _item(identifier: str, name: str, properties: str) -> str:
    said = f' properties="{properties}"' if properties else ""
    media = _MEDIA[PurePosixPath(name).suffix]
    return f'<item id="{identifier}" href="{escape(name)}" media-type="{media}"{said}/>'


def navigation(entries: Iterable[Entry], *, cover: str, start: str, own: str) -> str:
    """Return the inside of the page with the table of contents.

    Args:
        entries: all entries.
        cover: address of the cover.
        start: address of the first page of the text.
        own: address of this page.
    """
    return (
        f'<nav epub:type="toc" id="toc" role="doc-toc" aria-labelledby="toc-title"><h1 id="toc-title">Contents</h1>'
        f"{_list(tuple(entries))}</nav>\n"
        '<nav epub:type="landmarks" id="landmarks" hidden="hidden" aria-label="Landmarks"><ol>'
        f'<li><a epub:type="cover" href="{cover}">Cover</a></li>'
        f'<li><a epub:type="toc" href="{own}#toc">Contents</a></li>'
        f'<li><a epub:type="bodymatter" href="{start}">Start of the text</a></li></ol></nav>'
    )


def _list(entries: tuple[Entry, ...]) -> str:
    if not entries:
        return ""
    items = []
    for entry in entries:
        title = escape(entry.title)
        shown = f'<a href="{escape(entry.address)}">{title}</a>' if entry.address else f"<span>{title}</span>"
        items.append(f"<li>{shown}{_list(entry.below)}</li>")
    return f"<ol>{''.join(items)}</ol>"


def archive(files: Mapping[str, bytes], moment: datetime) -> bytes:
    """Return the archive.

    Args:
        files: content by name in the archive, without the type, in their order.
        moment: what all files say that they were made at.
    """
    stream = io.BytesIO()
    # The archive's clock starts in 1980.
    moment = max(moment, datetime(1980, 1, 1, tzinfo=UTC))
    with zipfile.ZipFile(stream, "w") as book:
        for name, content in {"mimetype": MIMETYPE.encode(), **files}.items():
            info = zipfile.ZipInfo(name, moment.timetuple()[:6])
            # The type stands first and in the open, as the format asks.
            info.compress_type = zipfile.ZIP_STORED if name == "mimetype" else zipfile.ZIP_DEFLATED
            info.create_system, info.external_attr = 3, 0o644 << 16
            book.writestr(info, content, compresslevel=9)
    return stream.getvalue()
