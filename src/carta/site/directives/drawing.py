"""``{drawing} name``: a hand-made drawing, set into the page so that its colours follow light, dark and paper.

The drawings are files, ``book/figures/<name>.svg``, that can be opened alone: each has a ``<style>`` with the
colours of paper. On the page that style is left out and ``carta-drawing.css`` colours the same classes by the
inks of the theme. A builder that is no web site gets the file itself as an image.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata
    from sphinx.writers.html5 import HTML5Translator

logger = logging.getLogger(__name__)

#: Where the drawings lie, from the root of the project.
FOLDER = "book/figures"

#: A shorter text cannot say what a drawing shows.
ALT_LETTERS = 40

_SVG = "http://www.w3.org/2000/svg"
_NAME = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_SHEET = "carta-drawing.css"
_MARK = 'class="carta-drawing"'
#: Text smaller than this at the drawing's own width could not be read on a phone, where it fills the screen.
_SMALLEST_TEXT = 11.0
_FONT_SIZE = re.compile(r"font-size:\s*([0-9.]+)px")


class DrawingError(ValueError):
    """A drawing cannot be set into a page; the message says why and what to do."""


class drawing(nodes.General, nodes.Element):  # noqa: N801  docutils writes nodes so
    """A drawing: the markup for a web page in ``markup``, and as only child the file as an image."""


def page_markup(svg: str, name: str, alt: str) -> str:
    """Return a drawing as inline SVG for a page.

    Args:
        svg: the text of the file.
        name: its name; ids inside begin with it, so that they are unique on the page.
        alt: what the drawing shows, for those who cannot see it.

    Raises:
        DrawingError: no well-formed SVG, without ``viewBox``, ``<title>``, ``<desc>`` or text, with text that is
            too small, or with something that a page must not carry: scripts, event handlers, style attributes,
            or an address outside.
    """
    try:
        root = ET.fromstring(svg)
    except ET.ParseError as error:
        raise DrawingError(f"it is no well-formed SVG: {error}") from error
    for problem in _problems(root, svg):
        raise DrawingError(problem)
    title = root.find(f"{{{_SVG}}}title")
    desc = root.find(f"{{{_SVG}}}desc")
    assert title is not None and desc is not None  # _problems has looked
    for style in root.findall(f"{{{_SVG}}}style"):
        root.remove(style)
    old = [element.get("id", "") for element in root.iter() if element.get("id")]
    title.set("id", "title")
    desc.set("id", "desc")
    desc.text = alt
    renamed = {each: f"drawing-{name}-{each}" for each in (*old, "title", "desc")}
    for element in root.iter():
        for attribute, value in element.items():
            if attribute == "id":
                element.set(attribute, renamed[value])
            elif value.startswith("url(#") and value[5:-1] in renamed:
                element.set(attribute, f"url(#{renamed[value[5:-1]]})")
            elif attribute == "href" and value[1:] in renamed:
                element.set(attribute, f"#{renamed[value[1:]]}")
    root.set("role", "img")
    root.set("aria-labelledby", f"{renamed['title']} {renamed['desc']}")
    for size in ("width", "height"):
        root.attrib.pop(size, None)
    ET.register_namespace("", _SVG)
    return ET.tostring(root, encoding="unicode").strip()


def _problems(root: ET.Element, svg: str) -> Iterator[str]:
    if root.tag != f"{{{_SVG}}}svg":
        yield f"its root is <{root.tag}>, not <svg> in the namespace of SVG"
    if not root.get("viewBox"):
        yield "it has no viewBox: add one, so that it scales"
    for tag in ("title", "desc"):
        found = root.find(f"{{{_SVG}}}{tag}")
        if found is None or not (found.text or "").strip():
            yield f"it has no <{tag}>: say in it what the drawing shows"
    if root.find(f".//{{{_SVG}}}text") is None:
        yield "it has no <text>: keep words as text, not as paths"
    small = [float(size) for size in _FONT_SIZE.findall(svg) if float(size) < _SMALLEST_TEXT]
    if small:
        yield f"it has text of {min(small):g} px; nothing below {_SMALLEST_TEXT:g} px can be read on a phone"
    for element in root.iter():
        tag = str(element.tag).rpartition("}")[2]
        if tag in ("script", "foreignObject", "image"):
            yield f"it holds a <{tag}>, which a drawing must not"
        for attribute, value in element.items():
            short = attribute.rpartition("}")[2]
            if short.startswith("on") or short == "style":
                yield f"<{tag}> has the attribute {short}: use a class instead"
            if short == "href" and not value.startswith("#"):
                yield f"<{tag}> points to {value!r}: a drawing carries all that it shows"


class DrawingDirective(SphinxDirective):
    """``{drawing} name`` with ``alt`` and ``name``; the content is the caption."""

    required_arguments = 1
    has_content = True
    option_spec = {  # noqa: RUF012  the base class has it so
        "alt": directives.unchanged_required,
        "name": directives.unchanged_required,
    }

    def run(self) -> list[nodes.Node]:
        """Return a numbered figure."""
        name = self.arguments[0]
        try:
            alt = self._alt()
            path = self._path(name)
            markup = page_markup(path.read_text(encoding="utf-8"), name, alt)
            if not self.content:
                raise DrawingError("it has no caption: write the finding as the directive's content")
        except (DrawingError, OSError, UnicodeDecodeError) as error:
            message = f"The drawing {name!r} cannot be shown: {error}."
            logger.warning(message, location=self.get_location(), type="carta", subtype="drawing")
            return []
        self.env.note_dependency(str(path))
        image = nodes.image("", uri=f"/{FOLDER}/{name}.svg", alt=alt)
        shown = drawing("", image, markup=markup)
        figure = nodes.figure("", shown, classes=["carta-drawn"])
        self.set_source_info(figure)
        body = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, body)
        first, *rest = body.children
        if not isinstance(first, nodes.paragraph):
            first = nodes.paragraph("", first.astext())
        figure += nodes.caption(first.rawsource, "", *first.children)
        if rest:
            figure += nodes.legend("", *rest)
        self.add_name(figure)
        return [figure]

    def _alt(self) -> str:
        alt = " ".join(self.options.get("alt", "").split())
        if len(alt) < ALT_LETTERS:
            raise DrawingError(
                f"its alt has {len(alt)} letters, at least {ALT_LETTERS} are needed: say what it shows"
            )
        if not self.options.get("name", "").strip():
            raise DrawingError("it has no name: give one, so that the text can refer to it")
        return alt

    def _path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise DrawingError("a name is lower-case letters, digits and hyphens")
        path = Path(self.env.srcdir, FOLDER, f"{name}.svg")
        if not path.is_file():
            known = ", ".join(sorted(file.stem for file in path.parent.glob("*.svg"))) or "none"
            raise DrawingError(f"there is no {FOLDER}/{name}.svg; there are: {known}")
        return path


def _visit_html(self: HTML5Translator, node: drawing) -> None:
    if self.builder.name == "epub":  # an e-book takes the file: its readers know no theme
        return
    self.body.append(f"<div {_MARK}>{node['markup']}</div>\n")
    raise nodes.SkipNode


def _enter(self: Any, node: nodes.Element) -> None:
    """Write the child alone."""


def _keep_sheet(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if _MARK not in context.get("body", ""):
        context["css_files"] = [
            file for file in context["css_files"] if _SHEET not in str(getattr(file, "filename", ""))
        ]


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the directive, its node and its style sheet."""
    plain = (_enter, _enter)
    app.add_node(drawing, html=(_visit_html, _enter), latex=plain, text=plain, man=plain, texinfo=plain)
    app.add_directive("drawing", DrawingDirective)
    app.add_css_file(_SHEET, priority=902)
    app.connect("html-page-context", _keep_sheet, priority=951)
    return {"parallel_read_safe": True}
