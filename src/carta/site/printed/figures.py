"""The still form of a chart: its drawing with printed inks, its words and its sources.

A chart stands in a page as the HTML of :func:`carta.figures.show.show`, from a notebook or from a directive. A
builder that sets ``carta_printed = True`` gets a :class:`printed_figure` in its place.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from html import unescape
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from carta.figures.colours import INKS

if TYPE_CHECKING:
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)

_MARK = 'class="carta-figure"'
_SVG = re.compile(r"<svg\b.*?</svg>", re.DOTALL)
_SOURCE = re.compile(r'<span class="carta-source" data-key="([^"]*)">')
_LABEL = re.compile(r'<svg\b[^>]*\baria-label="([^"]*)"', re.DOTALL)
_SPACE = "http://www.w3.org/2000/svg"

#: Forms of an output that a printed page can hold, the best first.
_FORMS = ("image/svg+xml", "image/png", "image/jpeg", "text/latex", "text/markdown", "text/plain")


class printed_figure(nodes.General, nodes.Element):  # noqa: N801  docutils writes nodes so
    """A chart as a drawing. Attributes: ``svg``, ``alt``, ``sources`` (keys of the bibliography)."""


def figures_in(html: str) -> Iterator[printed_figure]:
    """Yield the charts of a fragment of HTML in their order."""
    pieces = html.split(_MARK)[1:]
    for piece in pieces:
        drawing, label = _SVG.search(piece), _LABEL.search(piece)
        if drawing is None or label is None:
            continue
        alt = " ".join(unescape(label[1]).split())
        sources = [unescape(key) for key in _SOURCE.findall(piece)]
        yield printed_figure("", svg=printed(drawing[0]), alt=alt, sources=sources)


def printed(svg: str) -> str:
    """Return a drawing of a page as a file of its own: each ink as its printed colour, nothing spoken in it."""
    for ink in INKS:
        svg = svg.replace(ink.css, ink.light)
        svg = re.sub(rf"var\(\s*{re.escape(ink.variable)}\s*(,[^)]*)?\)", ink.light, svg)
    root = ET.fromstring(svg)
    for element in root.iter():
        for name in ("role", "aria-label", "aria-hidden", "aria-labelledby", "class"):
            element.attrib.pop(name, None)
    ET.register_namespace("", _SPACE)
    return ET.tostring(root, encoding="unicode")


def size(svg: str) -> tuple[float, float]:
    """Return width and height of a drawing in px.

    Raises:
        ValueError: it states neither a size nor a view box.
    """
    head = svg[svg.index("<svg") : svg.index(">", svg.index("<svg"))]
    given = [re.search(rf'\b{name}="([\d.]+)(?:px)?"', head) for name in ("width", "height")]
    if all(given):
        return tuple(float(match[1]) for match in given)  # type: ignore[index, return-value]
    box = re.search(r'\bviewBox="[\d.-]+[ ,]+[\d.-]+[ ,]+([\d.]+)[ ,]+([\d.]+)"', head)
    if box is None:
        raise ValueError("the drawing has no size")
    return float(box[1]), float(box[2])


class PrintedFigures(SphinxPostTransform):
    """Charts become drawings, and of every other output of a notebook the best printable form is taken."""

    # Before MyST-NB chooses a form by the builder's name.
    default_priority = 3

    def run(self, **kwargs: Any) -> None:
        """Replace what a printed page cannot hold."""
        if not getattr(self.app.builder, "carta_printed", False):
            return
        for bundle in list(self.document.findall(nodes.container)):
            if bundle.get("nb_element") == "mime_bundle":
                bundle.replace_self(self._chosen(bundle))
        for raw in list(self.document.findall(nodes.raw)):
            if "html" in raw.get("format", "").split() and _MARK in raw.astext():
                raw.replace_self(list(figures_in(raw.astext())))

    def _chosen(self, bundle: nodes.Element) -> list[nodes.Node]:
        forms: dict[str, nodes.Element] = {form["mime_type"]: form for form in bundle.children}  # type: ignore[index, misc]
        if "text/html" in forms and _MARK in (html := forms["text/html"].astext()):
            return list(figures_in(html))
        for mime in _FORMS:
            if mime in forms:
                return list(forms[mime].children)
        logger.warning(
            f"An output has no form that can be printed, only {', '.join(forms) or 'none'}.",
            location=bundle,
            type="carta",
            subtype="print",
        )
        return []


def setup(app: Sphinx) -> None:
    """Register the transform; builders bring their own writer for the node."""
    app.add_post_transform(PrintedFigures)
    # Known to every builder, written by those that ask for it.
    app.add_node(printed_figure)
