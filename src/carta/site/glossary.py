"""Words of the glossary, explained where they stand: the first use on a page opens a card, later ones are plain words.

The card is that of a fact, and opens the same ways: a pointer that rests, the keyboard that reaches it, a press or
tap; without script a press opens it. Where there is no pointer and no keyboard, in PDF and EPUB, a term stays a link
to the glossary.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes

from carta.files import digest
from carta.site.builders import is_web
from carta.site.directives.live import load_style_where_used
from carta.site.domain import Definition, carta_domain

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.writers.html5 import HTML5Translator

_MARK = 'class="carta-explained"'
#: A word in one of these is not explained: headings are repeated in tables of contents, links lead elsewhere.
_NOT_IN = (nodes.title, nodes.reference, addnodes.glossary, nodes.topic, nodes.rubric)


class explained_term(nodes.Inline, nodes.TextElement):  # noqa: N801  docutils writes nodes so
    """The first use of a term on a page. Attributes: ``uid``, ``term``, ``meaning`` and ``address`` of its entry."""


def _visit(self: HTML5Translator, node: explained_term) -> None:
    self.body.append(
        f'<span {_MARK}><button type="button" class="carta-term" popovertarget="{escape(node["uid"])}">'
    )


def _depart(self: HTML5Translator, node: explained_term) -> None:
    uid, term = escape(node["uid"]), escape(node["term"])
    self.body.append(
        f'</button><span popover id="{uid}" class="carta-card carta-term-card" role="group"'
        f' aria-label="{term}: what it means" data-pagefind-ignore="all">'
        f'<span class="carta-card-what">{term}</span>'
        f'<span class="carta-term-text">{escape(node["meaning"])}</span>'
        f'<span class="carta-card-links"><a href="{escape(node["address"])}">In the glossary</a></span>'
        f'<button type="button" class="carta-card-close" popovertarget="{uid}"'
        ' popovertargetaction="hide" aria-label="Close">×</button></span></span>'
    )


def _learn(app: Sphinx, page: nodes.document) -> None:
    """Remember what a glossary of the page says, and which terms the page uses."""
    domain = carta_domain(app.env)
    docname = app.env.docname
    for item in _entries(page):
        terms = [node for node in item.children if isinstance(node, nodes.term)]
        words = " ".join(
            " ".join(node.astext().split()) for node in item.children if isinstance(node, nodes.definition)
        )
        for term in terms:
            for anchor in term["ids"]:
                domain.definitions[anchor] = Definition(docname, _words(terms[0]), words, _words(term))
    used = {
        str(node["reftarget"]).casefold()
        for node in page.findall(addnodes.pending_xref)
        if node.get("refdomain") == "std" and node.get("reftype") == "term"
    }
    if used:
        domain.terms[docname] = sorted(used)


def _entries(page: nodes.document) -> Iterator[nodes.definition_list_item]:
    for glossary in page.findall(addnodes.glossary):
        yield from glossary.findall(nodes.definition_list_item)


def _words(term: nodes.term) -> str:
    # Behind the word stands the entry of the index.
    return "".join(part.astext() for part in term.children if not isinstance(part, addnodes.index))


def _changed(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Return the pages that explain a word of which the glossary now says something else."""
    domain = carta_domain(env)
    told = {each.own.casefold(): f"{each.term}\n{each.text}" for each in domain.definitions.values()}
    stale = []
    for docname, used in domain.terms.items():
        state = digest(*(told.get(name, "") for name in used))
        if domain.explained.get(docname) != state:
            domain.explained[docname] = state
            stale.append(docname)
    return stale


def _explain(app: Sphinx, page: nodes.document, docname: str) -> None:
    if not is_web(app.builder):
        return
    known = carta_domain(app.env).definitions
    seen: set[str] = set()
    for node in list(page.findall(nodes.reference)):
        if not any("std-term" in child.get("classes", ()) for child in node.findall(nodes.inline)):
            continue
        anchor = node.get("refid") or str(node.get("refuri", "")).partition("#")[2]
        if anchor not in known or any(isinstance(above, addnodes.glossary) for above in _above(node)):
            continue
        definition = known[anchor]
        entry = f"{definition.term}\n{definition.text}"
        if entry in seen:
            node.replace_self(_plain(node))
        elif not any(isinstance(above, _NOT_IN) for above in _above(node)):
            seen.add(entry)
            address = node.get("refuri") or f"#{anchor}"
            uid = f"meaning-{docname.replace('/', '-')}-{len(seen)}"
            explained = explained_term(
                "", "", uid=uid, term=definition.term, meaning=definition.text, address=address
            )
            explained += _plain(node)
            node.replace_self(explained)
        else:
            node.replace_self(_plain(node))


def _plain(reference: nodes.reference) -> list[nodes.Node]:
    """Return what a reader sees of a link to a term, without the link."""
    shown: list[nodes.Node] = []
    for child in reference.children:
        shown += child.children if isinstance(child, nodes.inline) else [child]
    return shown


def _above(node: nodes.Node) -> Iterator[nodes.Node]:
    parent = node.parent
    while parent is not None:
        yield parent
        parent = parent.parent


def setup(app: Sphinx) -> None:
    """Learn terms as pages are read, explain them as pages are written."""
    app.add_node(explained_term, html=(_visit, _depart))
    app.connect("doctree-read", _learn)
    app.connect("env-updated", _changed)
    app.connect("doctree-resolved", _explain)
    app.connect("html-page-context", load_style_where_used(_MARK, "carta-glossary.css"))
