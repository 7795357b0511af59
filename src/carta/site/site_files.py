"""``{site-file}`words <path>```: a link to a file of the site that no page is made for, such as the evidence index.

Forms without such files, EPUB and PDF, show the words, and the whole address where the site has one
(``html_baseurl``).
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util import logging
from sphinx.util.docutils import ReferenceRole
from sphinx.util.osutil import relative_uri

from carta.site.builders import is_web
from carta.site.domain import carta_domain

if TYPE_CHECKING:
    from docutils.nodes import Node, system_message
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)

#: The kind under which the domain holds these uses.
KIND = "site-file"


class site_file(nodes.Inline, nodes.TextElement):  # noqa: N801  docutils writes nodes so
    """Words that lead to a file of the site; ``path`` is its place from the site's root, with query or anchor."""


def link_to(words: str, path: str) -> site_file:
    """Return words that lead to a file of the site."""
    return site_file("", words, path=path)


class SiteFileRole(ReferenceRole):
    """The role: words, and the path in angle brackets."""

    def run(self) -> tuple[list[Node], list[system_message]]:
        """Return the node, and note the use."""
        carta_domain(self.env).note_use(KIND, self.target)
        return [link_to(self.title, self.target)], []


def _resolve(app: Sphinx, page: nodes.document, docname: str) -> None:
    for node in list(page.findall(site_file)):
        node.replace_self(_resolved(app, docname, node))


def _resolved(app: Sphinx, docname: str, node: site_file) -> list[nodes.Node]:
    path = node["path"]
    if is_web(app.builder):
        address = relative_uri(app.builder.get_target_uri(docname), path)
        return [nodes.reference("", "", *node.children, refuri=address, internal=True)]
    if base := str(app.config.html_baseurl or ""):
        return [nodes.reference("", "", *node.children, refuri=f"{base.rstrip('/')}/{path}")]
    return list(node.children)


def _check(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "html":
        return
    for uses in carta_domain(app.env).uses.values():
        for use in uses:
            path = use.name.partition("#")[0].partition("?")[0]
            if use.kind == KIND and not (Path(app.outdir) / path).is_file():
                logger.warning(
                    f"{{site-file}}`{use.name}` leads to a file that the site does not have.",
                    location=use.docname,
                    type="carta",
                    subtype=KIND,
                )


def setup(app: Sphinx) -> None:
    """Register role and node, and look at the end whether the files are there."""
    app.add_role(KIND, SiteFileRole())
    app.add_node(site_file)
    app.connect("doctree-resolved", _resolve)
    # Behind all that writes such files.
    app.connect("build-finished", _check, priority=950)
