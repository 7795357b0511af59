"""Sources under a figure: their keys become short citations that link to the evidence."""

from __future__ import annotations

import re
from html import escape, unescape
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util import logging

from carta.evidence import UnknownRecordError
from carta.site.as_of import not_yet_known
from carta.site.domain import asking, carta_domain
from carta.site.project import project_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)

_SOURCE = re.compile(r'<span class="carta-source" data-key="(?P<key>[^"]*)">[^<]*</span>')


def _fragments(page: nodes.document) -> list[nodes.raw]:
    return [
        node
        for node in page.findall(nodes.raw)
        if "html" in node.get("format", "").split() and 'class="carta-source"' in node.astext()
    ]


def _note(app: Sphinx, page: nodes.document) -> None:
    domain = carta_domain(app.env)
    for fragment in _fragments(page):
        for match in _SOURCE.finditer(fragment.astext()):
            key = unescape(match["key"])
            with asking(app.env) as project:
                if ("study", key) in project.evidence.later():
                    continue
                try:
                    project.source(key)
                    project.evidence.study_outline(key)
                except UnknownRecordError as error:
                    logger.warning(
                        f"A figure names a source that does not exist. {error}",
                        location=fragment if fragment.line else app.env.docname,
                        type="carta",
                        subtype="figure",
                    )
                else:
                    domain.note_use("study", key)


def _link(app: Sphinx, page: nodes.document, docname: str) -> None:
    if app.builder.format != "html":
        return
    project = project_of(app)
    day = project.evidence.day

    def cited(match: re.Match[str]) -> str:
        key = unescape(match["key"])
        if day is not None and ("study", key) in project.evidence.later():
            return f'<span class="carta-not-yet">[{not_yet_known(day)}]</span>'
        try:
            short = project.source(key).label
        except UnknownRecordError:
            return match[0]
        address = app.builder.get_relative_uri(docname, f"evidence/{key}")
        return (
            f'<span class="carta-source" data-key="{escape(key)}">'
            f'<a href="{escape(address)}">{escape(short)}</a></span>'
        )

    for fragment in _fragments(page):
        linked = _SOURCE.sub(cited, fragment.astext())
        fragment.children = [nodes.Text(linked)]
        fragment.rawsource = linked


def setup(app: Sphinx) -> None:
    """Note the sources when a page is read, link them when it is written."""
    app.connect("doctree-read", _note)
    app.connect("doctree-resolved", _link)
