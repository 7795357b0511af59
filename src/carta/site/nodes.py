"""The nodes of a bound value, and what a builder that is no web site makes of them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import logging

from carta.site.builders import is_web
from carta.site.card import card_end, card_start
from carta.site.project import project_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator


logger = logging.getLogger(__name__)


class fact(nodes.Inline, nodes.TextElement):  # noqa: N801  docutils writes nodes so
    """A bound value: its text, a mark of its standing, and its citation.

    Attributes: ``name`` (``key:id``), ``uid`` (unique in the book), ``shown`` (the text).
    """


class fact_value(nodes.Inline, nodes.TextElement):  # noqa: N801
    """The text of the value."""


class fact_mark(nodes.Inline, nodes.TextElement):  # noqa: N801
    """The words beside a value that was not read in its source."""


class fact_citation(nodes.Inline, nodes.TextElement):  # noqa: N801
    """The citation of the value's source."""


def _visit_fact(self: HTML5Translator, node: fact) -> None:
    self.body.append(f'<span class="carta-bound" id="{node["uid"]}-use">')


def _depart_fact(self: HTML5Translator, node: fact) -> None:
    self.body.append("</span>")


def _visit_value(self: HTML5Translator, node: fact_value) -> None:
    # No white space around the button's text: punctuation follows it directly.
    uid = node.parent["uid"]
    self.body.append(f'<button type="button" class="carta-fact" popovertarget="{uid}">')


def _depart_value(self: HTML5Translator, node: fact_value) -> None:
    self.body.append("</button>")


def _visit_mark(self: HTML5Translator, node: fact_mark) -> None:
    self.body.append(' <span class="carta-mark">')


def _depart_mark(self: HTML5Translator, node: fact_mark) -> None:
    self.body.append("</span>")


def _visit_citation(self: HTML5Translator, node: fact_citation) -> None:
    project = project_of(self.builder.app)
    name, uid = node.parent["name"], node.parent["uid"]
    entry = self.builder.get_relative_uri(self.builder.current_docname, f"evidence/{name.partition(':')[0]}")
    self.body.append(card_start(project, name, uid, entry))


def _depart_citation(self: HTML5Translator, node: fact_citation) -> None:
    project = project_of(self.builder.app)
    self.body.append(card_end(project, node.parent["name"], node.parent["uid"]))


def _enter(self: Any, node: nodes.Element) -> None:
    """Write the children alone."""


class PlainFact(SphinxPostTransform):
    """Where there is no pointer and no keyboard: the value, its mark and its citation as plain text."""

    # Before references are resolved (10), so that the citation in it is.
    default_priority = 6

    def run(self, **kwargs: Any) -> None:
        """Replace every bound value."""
        builder = self.app.builder
        # An e-book has notes for its values.
        if getattr(builder, "carta_notes", is_web(builder)):
            return
        for node in list(self.document.findall(fact)):
            plain = nodes.inline("", classes=["carta-fact"])
            for part in list(node.children):
                if isinstance(part, fact_citation):
                    plain += nodes.Text(" ")
                    plain.extend(part.children)
                elif isinstance(part, fact_mark):
                    plain += nodes.Text(f" ({part.astext()})")
                else:
                    plain += nodes.inline("", part.astext(), classes=["carta-fact-value"])
            node.replace_self(plain)


def _warn_of_titles(app: Sphinx, page: nodes.document) -> None:
    # A heading is repeated in every table of contents, where a card cannot be.
    for title in page.findall(nodes.title):
        if isinstance(title.parent, nodes.section):
            for node in title.findall(fact):
                logger.warning(
                    f"The fact {node['name']} stands in a heading: say it in the text below.",
                    location=title,
                    type="carta",
                    subtype="title",
                )


def setup(app: Sphinx) -> None:
    """Register the nodes."""
    app.connect("doctree-read", _warn_of_titles)
    plain = (_enter, _enter)
    for node, html in (
        (fact, (_visit_fact, _depart_fact)),
        (fact_value, (_visit_value, _depart_value)),
        (fact_mark, (_visit_mark, _depart_mark)),
        (fact_citation, (_visit_citation, _depart_citation)),
    ):
        app.add_node(node, html=html, latex=plain, text=plain, man=plain, texinfo=plain)
    app.add_post_transform(PlainFact)
