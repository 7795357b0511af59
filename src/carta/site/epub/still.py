"""Live parts of the site at rest: the line that says where they live, and charts as pictures."""

from __future__ import annotations

import re
from html import escape
from typing import TYPE_CHECKING, Any, cast

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from carta.evidence import UnknownRecordError
from carta.files import digest
from carta.site.directives.explorers import carta_explorer
from carta.site.metadata import base_address
from carta.site.printed.figures import printed_figure, size
from carta.site.project import project_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

    from carta.site.epub.builder import EpubBuilder

#: A part of a page that a script brings to life, and whose still form follows.
_LIVE = re.compile(r'class="carta-(econ|trials)"')

#: Where charts lie in the book.
CHARTS = "_images"


class StillParts(SphinxPostTransform):
    """What needs a script leaves a line with its address; other HTML of the site is left out."""

    # Behind the charts (3), which are taken out of such HTML, and before values (5), which become some.
    default_priority = 4

    def run(self, **kwargs: Any) -> None:
        """Replace live parts, for a builder that sets ``carta_notes``."""
        if not getattr(self.app.builder, "carta_notes", False):
            return
        for node in [*self.document.findall(carta_explorer), *self.document.findall(nodes.raw)]:
            if isinstance(node, nodes.raw) and "html" not in node.get("format", "").split():
                continue
            if isinstance(node, carta_explorer) or _LIVE.search(node.astext()):
                node.replace_self(self._line())
            else:
                node.parent.remove(node)
        for cell in list(self.document.findall(nodes.container)):
            if cell.get("nb_element") == "cell_code":
                self._show(cell)

    def _show(self, cell: nodes.container) -> None:
        """Leave out code that is folded on the web, and unfold what it gave."""
        hidden = cell.attributes.pop("hide_mode", None)
        if hidden in ("input", "input+output", "all"):
            for part in list(cell.children):
                if isinstance(part, nodes.container) and part.get("nb_element") == "cell_code_source":
                    cell.remove(part)

    def _line(self) -> nodes.paragraph:
        base, page = base_address(self.app), f"{self.env.docname}.html"
        shown = (
            nodes.reference("", base + page, refuri=base + page, internal=False)
            if base
            else nodes.literal("", page)
        )
        said = "Live on the web site: " if base else "Live on the web site, on the page "
        return nodes.paragraph("", "", nodes.Text(said), shown, classes=["carta-live"])


def _visit_chart(self: HTML5Translator, node: printed_figure) -> None:
    builder = cast("EpubBuilder", self.builder)
    svg = node["svg"]
    name = f"{CHARTS}/chart-{digest(svg)}.svg"
    builder.add_file(name, svg.encode("utf-8"))
    width, height = size(svg)
    self.body.append(
        f'<p class="carta-chart"><img src="{builder.climb(builder.current_docname)}{name}" '
        f'width="{width:.0f}" height="{height:.0f}" alt="{escape(node["alt"])}"/></p>\n'
    )
    if node["sources"]:
        project = project_of(builder.app)
        links = []
        for key in node["sources"]:
            try:
                label = project.source(key).label
            except UnknownRecordError:
                label = key
            address = builder.get_relative_uri(builder.current_docname, f"evidence/{key}")
            links.append(f'<a href="{escape(address)}">{escape(label)}</a>')
        self.body.append(f'<p class="carta-sources">Sources: {"; ".join(links)}.</p>\n')
    raise nodes.SkipNode


def _leave(self: HTML5Translator, node: nodes.Element) -> None:
    """Nothing is left to write."""


def setup(app: Sphinx) -> None:
    """Register the transform and the writer of charts."""
    app.add_post_transform(StillParts)
    app.add_node(printed_figure, override=True, html=(_visit_chart, _leave))
