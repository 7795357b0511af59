"""From a Vega-Lite specification to one clean SVG, for paper and for the page."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any
from xml.etree import ElementTree as ET

from carta.figures.colours import INKS, LIGHT_PAGE
from carta.figures.converter import vegalite_to_svg

_SVG = "http://www.w3.org/2000/svg"
_XLINK = "http://www.w3.org/1999/xlink"
ET.register_namespace("", _SVG)
ET.register_namespace("xlink", _XLINK)

#: Attributes of Vega's own description of a chart; the alt text stands for it.
_SPOKEN = ("aria-hidden", "aria-label", "aria-roledescription", "class", "role")

#: Shapes that draw nothing: the frames of groups that have none.
_EMPTY_PATHS = ("", "M0,0h0v0h0Z")

_FONT_SIZE = re.compile(r"^\s*([\d.]+)")


@dataclass(frozen=True, slots=True)
class Drawing:
    """One drawn chart."""

    #: The SVG with printed inks and no description of its own.
    svg: str
    #: Size in px.
    width: float
    height: float
    #: Size of the smallest text in px; None if there is no text.
    smallest_text: float | None


def draw(spec: dict[str, Any], prefix: str) -> Drawing:
    """Draw a Vega-Lite specification, the same bytes each time.

    Args:
        spec: the specification with its data; nothing is fetched.
        prefix: begins every id, so that drawings on one page don't take each other's clip paths.

    Raises:
        ValueError: Vega-Lite can't draw it.
    """
    try:
        raw = vegalite_to_svg(json.dumps(spec))
    except ValueError as error:
        raise ValueError(f"the chart can't be drawn: {error}") from error
    root = ET.fromstring(raw)
    _prune(root)
    _rename_ids(root, prefix)
    return Drawing(
        svg=ET.tostring(root, encoding="unicode"),
        width=float(root.get("width", "0")),
        height=float(root.get("height", "0")),
        smallest_text=min(_font_sizes(root), default=None),
    )


def described(svg: str, alt: str) -> str:
    """Return the SVG as an image with the alt text, its parts silent."""
    root = ET.fromstring(svg)
    root.set("role", "img")
    root.set("aria-label", alt)
    for child in root:
        child.set("aria-hidden", "true")
    return ET.tostring(root, encoding="unicode")


def themed(svg: str) -> str:
    """Return the SVG with each ink as a CSS variable, for use within a page only.

    Programs that are no browser don't know variables in attributes.
    """
    root = ET.fromstring(svg)
    variables = {ink.light: ink.css for ink in INKS}
    for element in root.iter():
        for name, value in element.items():
            if value.lower() in variables:
                element.set(name, variables[value.lower()])
    return ET.tostring(root, encoding="unicode")


def on_white(svg: str) -> str:
    """Return the SVG on a white ground, for pictures that land on pages of any colour."""
    root = ET.fromstring(svg)
    root.insert(0, ET.Element(f"{{{_SVG}}}rect", {"width": "100%", "height": "100%", "fill": LIGHT_PAGE}))
    return ET.tostring(root, encoding="unicode")


def themed_spec(spec: dict[str, Any]) -> dict[str, Any]:
    """Return the specification with each ink as a CSS variable, for drawing as SVG in a browser."""
    text = json.dumps(spec)
    for ink in INKS:
        text = re.sub(re.escape(ink.light), ink.css, text, flags=re.IGNORECASE)
    result: dict[str, Any] = json.loads(text)
    return result


def _prune(root: ET.Element) -> None:
    """Drop what is neither seen nor needed: about half of what Vega writes."""
    for element in root.iter():
        for name in _SPOKEN:
            element.attrib.pop(name, None)
        for child in list(element):
            path = child.tag == f"{{{_SVG}}}path"
            ground = child.tag == f"{{{_SVG}}}rect" and child.get("fill") == "transparent"
            if child.get("display") == "none" or (path and child.get("d", "") in _EMPTY_PATHS) or ground:
                element.remove(child)
    _drop_empty_groups(root)


def _drop_empty_groups(element: ET.Element) -> None:
    for child in list(element):
        _drop_empty_groups(child)
        if child.tag == f"{{{_SVG}}}g" and len(child) == 0:
            element.remove(child)


def _rename_ids(root: ET.Element, prefix: str) -> None:
    """Number the ids afresh: Vega's own numbers depend on what the process drew before."""
    old = [element.get("id", "") for element in root.iter() if "id" in element.attrib]
    new = {name: f"{prefix}-{number}" for number, name in enumerate(old, start=1)}

    def renamed(match: re.Match[str]) -> str:
        return f"{match[1]}{new.get(match[2], match[2])}{match[3]}"

    for element in root.iter():
        for name, value in element.items():
            if name == "id":
                element.set(name, new[value])
            elif "url(#" in value:
                element.set(name, re.sub(r"(url\(#)([^)]+)(\))", renamed, value))
            elif name in ("href", f"{{{_XLINK}}}href") and value.startswith("#"):
                element.set(name, "#" + new.get(value[1:], value[1:]))


def _font_sizes(root: ET.Element) -> Iterator[float]:
    for element in root.iter(f"{{{_SVG}}}text"):
        size = _FONT_SIZE.match(element.get("font-size", ""))
        if size and "".join(element.itertext()).strip():
            yield float(size[1])
