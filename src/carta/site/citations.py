"""Citations through sphinxcontrib-bibtex: made by our roles, followed for staleness, and accessible."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from docutils import nodes
from sphinx import addnodes
from sphinxcontrib.bibtex.citation_target import CitationTarget
from sphinxcontrib.bibtex.roles import CitationRef

from carta.evidence import UnknownRecordError
from carta.site.builders import is_web
from carta.site.domain import asking
from carta.site.project import project_of

if TYPE_CHECKING:
    from docutils.nodes import document
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.writers.html5 import HTML5Translator


def cite(env: BuildEnvironment, page: document, key: str, line: int) -> addnodes.pending_xref:
    """Return a citation of one source, noted with sphinxcontrib-bibtex as its own role does it."""
    reference = addnodes.pending_xref(
        "", refdomain="cite", reftype="p", reftarget=key, refexplicit=False, refwarn=True, refdoc=env.docname
    )
    reference += nodes.inline("", key)
    page.note_explicit_target(reference, reference)
    domain = cast(Any, env.get_domain("cite"))
    domain.citation_refs.append(
        CitationRef(
            citation_ref_id=reference["ids"][0],
            docname=env.docname,
            line=line,
            targets=[CitationTarget(key, "", "")],
        )
    )
    return reference


def _note_cited(app: Sphinx, page: document) -> None:
    """Remember what the page's citations say, so that a mended reference makes it stale.

    The page that holds the bibliography depends on the whole file; sphinxcontrib-bibtex sees to that.
    """
    domain = cast(Any, app.env.get_domain("cite"))
    docname = app.env.docname
    with asking(app.env) as project:
        for reference in domain.citation_refs:
            if reference.docname == docname:
                for target in reference.targets:
                    try:
                        project.source(target.key)
                    except UnknownRecordError:
                        # sphinxcontrib-bibtex itself warns of a key that does not exist.
                        continue


def _lead_to_entries(app: Sphinx, page: nodes.document, docname: str) -> None:
    """Let each reference in a list lead on to the entry with all that was taken from the source."""
    if not is_web(app.builder):
        return
    lists = list(page.findall(nodes.citation))
    if not lists:
        return
    keys = {
        citation.citation_id: citation.key for citation in cast(Any, app.env.get_domain("cite")).citations
    }
    known = set(project_of(app).evidence.keys())
    for citation in lists:
        key = next((keys[name] for name in citation["ids"] if name in keys), None)
        if key in known and isinstance(citation.children[-1], nodes.paragraph):
            address = app.builder.get_relative_uri(docname, f"evidence/{key}")
            link = nodes.reference("", "Evidence entry", internal=True, refuri=address)
            citation.children[-1] += [nodes.Text(" "), link]


def _visit_citation(self: HTML5Translator, node: nodes.citation) -> None:
    # docutils writes role="doc-biblioentry", which ARIA has deprecated and no list may hold.
    if not isinstance(node.previous_sibling(), nodes.citation):
        self.body.append('<div role="list" class="citation-list">\n')
    self.body.append(self.starttag(node, "div", classes=[node.tagname], role="listitem"))


def _depart_citation(self: HTML5Translator, node: nodes.citation) -> None:
    self.body.append("</div>\n")
    if not isinstance(node.next_node(descend=False, siblings=True), nodes.citation):
        self.body.append("</div>\n")


def setup(app: Sphinx) -> None:
    """Follow citations, and write bibliographies that a screen reader can read."""
    app.connect("doctree-read", _note_cited)
    app.connect("doctree-resolved", _lead_to_entries)
    app.add_node(nodes.citation, override=True, html=(_visit_citation, _depart_citation))
