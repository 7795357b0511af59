"""Reading paths: chapters in the order in which one kind of reader does well to take them, with the time they take.

::

    ```{reading-path} patient
    book/mechanism/what-is-a-car | What the treatment is.
    book/safety/late-effects | What may come later.
    ```

``{path-time}`patient``` is the time of the whole path in a sentence.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from docutils import nodes
from sphinx import addnodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from carta.site.reading_time import reading_minutes

if TYPE_CHECKING:
    from docutils.nodes import Node, system_message
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)


class MinutesNode(nodes.Inline, nodes.TextElement):
    """Stands for minutes, which are known when all pages have been read; ``docname`` or ``path`` says of what."""


def _paths(env: BuildEnvironment) -> dict[str, tuple[str, list[str]]]:
    """Return the pages of each path, and where the path stands."""
    if not hasattr(env, "carta_paths"):
        cast(Any, env).carta_paths = {}
    return cast("dict[str, tuple[str, list[str]]]", cast(Any, env).carta_paths)


class ReadingPath(SphinxDirective):
    """A numbered list of pages; each line ``DOCNAME | what one learns there``."""

    required_arguments = 1
    has_content = True

    def run(self) -> list[Node]:
        """Return the list with its whole time below."""
        name = self.arguments[0]
        docnames: list[str] = []
        steps = nodes.enumerated_list("", enumtype="arabic", prefix="", suffix=".", classes=["carta-path"])
        for line in self.content:
            docname, _, why = (part.strip() for part in line.partition("|"))
            if not docname:
                continue
            if docname not in self.env.found_docs:
                logger.warning(
                    "There is no page %r in the book: name it as in _toc.yml.",
                    docname,
                    location=self.get_location(),
                    type="carta",
                    subtype=self.name,
                )
                continue
            docnames.append(docname)
            link = addnodes.pending_xref(
                "",
                nodes.inline("", ""),
                refdomain="std",
                reftype="doc",
                reftarget=f"/{docname}",
                refexplicit=False,
                refwarn=True,
                refdoc=self.env.docname,
            )
            item = nodes.paragraph("", "", link, nodes.Text(" "))
            item += MinutesNode("", docname=docname, classes=["carta-minutes"])
            if why:
                words, messages = self.parse_inline(why)
                item += nodes.inline("", "", *words, classes=["carta-path-why"])
                steps += messages
            steps += nodes.list_item("", item)
        _paths(self.env)[name] = (self.env.docname, docnames)
        return [steps]


class PathTime(SphinxRole):
    """The time of a whole path: ``about 45 minutes``."""

    def run(self) -> tuple[list[Node], list[system_message]]:
        """Return a place for it."""
        node = MinutesNode("", path=self.text, classes=["carta-minutes"])
        node.source, node.line = self.get_source_info()
        return [node], []


def words_for(minutes: int) -> str:
    """Return a time in words: minutes up to an hour and a half, then hours in halves."""
    if minutes <= 90:
        return f"{minutes} min"
    halves = round(minutes / 30)
    return f"{halves // 2}{'½' if halves % 2 else ''} hours"


def _fill(app: Sphinx, page: nodes.document, docname: str) -> None:
    for node in list(page.findall(MinutesNode)):
        if "docname" in node:
            minutes = reading_minutes(app.env, node["docname"])
        else:
            known = _paths(app.env)
            if node["path"] not in known:
                logger.warning(
                    "There is no reading path %r: the paths are %s.",
                    node["path"],
                    ", ".join(sorted(known)) or "none",
                    location=node,
                    type="carta",
                    subtype="path-time",
                )
                node.parent.remove(node)
                continue
            minutes = sum(reading_minutes(app.env, part) for part in known[node["path"]][1])
        node.replace_self(nodes.inline("", words_for(minutes), classes=node["classes"]))


def _times(env: BuildEnvironment) -> dict[str, int]:
    return {docname: reading_minutes(env, docname) for docname in sorted(env.found_docs)}


def _write_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return the pages that print the time of a page which now takes another one."""
    before = getattr(env, "carta_times", None)
    now = _times(env)
    cast(Any, env).carta_times = now
    if before == now:
        return []
    return sorted(
        docname
        for docname in env.found_docs
        if docname == app.config.root_doc or any(docname == place for place, _ in _paths(env).values())
    )


def _forget(app: Sphinx, env: BuildEnvironment, docname: str) -> None:
    for name, (place, _) in list(_paths(env).items()):
        if place == docname:
            del _paths(env)[name]


def _merge(app: Sphinx, env: BuildEnvironment, docnames: list[str], other: BuildEnvironment) -> None:
    _paths(env).update({name: path for name, path in _paths(other).items() if path[0] in docnames})


def setup(app: Sphinx) -> None:
    """Register directive and role."""
    app.add_node(MinutesNode)
    app.add_directive("reading-path", ReadingPath)
    app.add_role("path-time", PathTime())
    app.connect("doctree-resolved", _fill)
    app.connect("env-updated", _write_again)
    app.connect("env-purge-doc", _forget)
    app.connect("env-merge-info", _merge)
