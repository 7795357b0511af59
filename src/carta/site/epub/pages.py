"""Pages as an e-reader wants them: XHTML with MathML, notes that pop up, links that lead somewhere in the book."""

from __future__ import annotations

import posixpath
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from html import escape
from html.entities import html5
from urllib.parse import quote, unquote

from lxml import etree

from carta.site.printed.maths import spoken

XHTML = "http://www.w3.org/1999/xhtml"
MATHML = "http://www.w3.org/1998/Math/MathML"
SVG = "http://www.w3.org/2000/svg"
OPS = "http://www.idpf.org/2007/ops"

_TYPE = f"{{{OPS}}}type"
#: Entities that HTML knows by name and XML does not; the five of XML stay.
_ENTITY = re.compile(r"&(?!(?:amp|lt|gt|quot|apos);)([A-Za-z][A-Za-z0-9]*;)")
#: An address that leads out of the book.
_OUTSIDE = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)


class PageError(ValueError):
    """A page is no XHTML; the message says where."""


@dataclass
class Page:
    """A page of the book."""

    #: Its place, relative to the package document.
    name: str
    title: str
    body: etree._Element
    #: Whether it belongs to the table of contents.
    listed: bool = True
    ids: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Learn the places in it."""
        self.ids = {found for node in self.body.iter() if (found := node.get("id"))}

    @property
    def properties(self) -> str:
        """What the package document must say of the page."""
        kinds = {
            "mathml": self.body.find(f".//{{{MATHML}}}math") is not None,
            "svg": self.body.find(f".//{{{SVG}}}svg") is not None,
        }
        return " ".join(name for name, there in kinds.items() if there)

    def sections(self) -> Iterator[tuple[str, str]]:
        """Yield place and title of the sections of the second level."""
        for section in self.body.iter(f"{{{XHTML}}}section"):
            head = section.find(f"{{{XHTML}}}h2")
            if head is not None and section.get("id"):
                yield section.get("id"), words(head)

    def written(self, language: str, sheet: str) -> bytes:
        """Return the file.

        Args:
            language: of the text, such as ``en``.
            sheet: name of the style sheet, relative to the package document.
        """
        up = "../" * self.name.count("/")
        inside = etree.tostring(self.body, encoding="unicode")
        return (
            '<?xml version="1.0" encoding="utf-8"?>\n<!DOCTYPE html>\n'
            f'<html xmlns="{XHTML}" xmlns:epub="{OPS}" lang="{language}" xml:lang="{language}">\n'
            f'<head><meta charset="utf-8"/><title>{escape(self.title)}</title>'
            f'<link rel="stylesheet" type="text/css" href="{up}{sheet}"/></head>\n{inside}\n</html>\n'
        ).encode()


def words(node: etree._Element) -> str:
    """Return the text of an element, white space as single spaces."""
    return " ".join("".join(node.itertext()).split())


def parse(html: str) -> etree._Element:
    """Return the fragment of a page as its body, mended for e-readers.

    Raises:
        PageError: it is not well-formed.
    """
    prepared = _ENTITY.sub(lambda match: html5.get(match[1], match[0]), html)
    try:
        body = etree.fromstring(
            f'<body xmlns="{XHTML}" xmlns:epub="{OPS}">{prepared}</body>',
            etree.XMLParser(huge_tree=True, remove_comments=True, resolve_entities=False),
        )
    except etree.XMLSyntaxError as error:
        line = prepared.splitlines()[(error.lineno or 1) - 1 : error.lineno][0].strip()
        raise PageError(f"{error.msg}: {line[:160]}") from error
    _speak(body)
    _note(body)
    _head(body)
    _open(body)
    _name_once(body)
    return body


def _speak(body: etree._Element) -> None:
    """Put formulas and drawings into their namespaces, formulas with their words."""
    for kind, space in (("math", MATHML), ("svg", SVG)):
        for top in list(body.iter(f"{{{XHTML}}}{kind}", f"{{{space}}}{kind}")):
            for node in top.iter(etree.Element):
                node.tag = etree.QName(node).localname
            if kind == "math":
                top.set("alttext", spoken(top))
                _style(top)
            parent = top.getparent()
            assert parent is not None
            parent.replace(top, _in_space(top, space))


def _in_space(node: etree._Element, space: str) -> etree._Element:
    """Return a copy of an element in a namespace, written without prefixes: old e-readers know none."""
    made = etree.Element(f"{{{space}}}{node.tag}", dict(node.attrib), nsmap={None: space})
    made.text, made.tail = node.text, node.tail
    made.extend(_in_space(child, space) for child in node if isinstance(child.tag, str))
    return made


def _style(math: etree._Element) -> None:
    """Say of styles what MathML 3 says, which EPUB asks for: they stand in an element of their own."""
    for node in list(math.iter(etree.Element)):
        allowed = {
            "math": ("scriptlevel", "displaystyle"),
            "mstyle": ("scriptlevel", "displaystyle"),
            "mtable": ("displaystyle",),
        }
        names = {"scriptlevel", "displaystyle"}.difference(allowed.get(node.tag, ())) & set(node.attrib)
        parent = node.getparent()
        if not names or parent is None:
            continue
        style = etree.Element("mstyle", {name: node.attrib.pop(name) for name in sorted(names)})
        style.tail, node.tail = node.tail, None
        parent.replace(node, style)
        style.append(node)


def _note(body: etree._Element) -> None:
    """Let footnotes pop up."""
    for node in body.iter(f"{{{XHTML}}}a", f"{{{XHTML}}}aside"):
        kinds = (node.get("class") or "").split()
        if "footnote-reference" in kinds:
            node.set(_TYPE, "noteref")
        elif "footnote" in kinds:
            node.set(_TYPE, "footnote")


def _head(body: etree._Element) -> None:
    """Say of each head of a table what it heads."""
    for cell in body.iter(f"{{{XHTML}}}th"):
        row = cell.getparent()
        above = row.getparent() if row is not None else None
        cell.set("scope", "col" if above is not None and above.tag == f"{{{XHTML}}}thead" else "row")


def _open(body: etree._Element) -> None:
    """Unfold what is folded on the web, and take out the arrows that fold it."""
    for details in body.iter(f"{{{XHTML}}}details"):
        details.set("open", "open")
    for icon in [
        svg for summary in body.iter(f"{{{XHTML}}}summary") for svg in summary.iter(f"{{{SVG}}}svg")
    ]:
        parent = icon.getparent()
        assert parent is not None
        parent.remove(icon)


def _name_once(body: etree._Element) -> None:
    seen: set[str] = set()
    for node in body.iter(etree.Element):
        name = node.get("id")
        if name is None:
            continue
        if not name or name in seen:
            del node.attrib["id"]
        seen.add(name)


def lead(pages: dict[str, Page], moved: Callable[[str, str], str | None]) -> list[str]:
    """Let every link lead to a page of the book or out of it; where neither is, its words stay.

    Args:
        pages: all pages by name.
        moved: gives the address of a page that the book holds elsewhere, from name and place in it.

    Returns:
        What was found of things that no book may hold: scripts, and pictures from elsewhere.
    """
    found = []
    for page in pages.values():
        folder = posixpath.dirname(page.name)
        for node in page.body.iter(etree.Element):
            kind = etree.QName(node).localname
            if kind in ("script", "iframe", "button", "form", "input"):
                found.append(f"{page.name}: <{kind}> has no use in an e-book.")
            if kind == "img" and _OUTSIDE.match(node.get("src") or ""):
                found.append(f"{page.name}: the picture {node.get('src')} is not in the book.")
            if kind != "a" or "href" not in node.attrib:
                continue
            address = _place(pages, page, folder, node.get("href") or "", moved)
            if address is None:
                for name in ("href", _TYPE, "role"):
                    node.attrib.pop(name, None)
                node.tag = f"{{{XHTML}}}span"
            else:
                node.set("href", address)
    return found


def _place(
    pages: dict[str, Page],
    page: Page,
    folder: str,
    address: str,
    moved: Callable[[str, str], str | None],
) -> str | None:
    """Return where a link leads, None where the book does not hold it."""
    if _OUTSIDE.match(address):
        return address if address.startswith(("http:", "https:", "mailto:")) else None
    path, _, anchor = address.partition("#")
    anchor = unquote(anchor.partition("#")[0])
    name = posixpath.normpath(posixpath.join(folder, unquote(path))) if path else page.name
    if name not in pages:
        other = moved(name, anchor)
        if other is None:
            return None
        if _OUTSIDE.match(other):
            return other
        name, _, anchor = other.partition("#")
    if anchor and anchor not in pages[name].ids:
        # The page at least; within a page there would be nowhere to go.
        anchor = ""
    if not anchor and name == page.name:
        return None
    shown = "" if name == page.name else quote(posixpath.relpath(name, folder or "."))
    return f"{shown}#{quote(anchor)}" if anchor else shown
