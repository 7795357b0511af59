"""What a change of one page leaves as it is, is kept: numbers of figures, and formatted references.

After every change Sphinx walks through all pages for their numbers, and sphinxcontrib-bibtex formats all references
again. Both results depend on little, which is compared with what it was.
"""

from __future__ import annotations

import ast
import functools
import pickle
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx import addnodes
from sphinx.environment import CONFIG_OK
from sphinx.environment.collectors.toctree import TocTreeCollector
from sphinxcontrib.bibtex.domain import BibtexDomain, get_docnames

from carta.files import digest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

#: Name in the domain's data for what the formatted references were made from.
_MADE_FROM = "carta_made_from"

#: What has no text of its own in a list of references.
_COMPARED_APART = ("filter_", "citation_nodes")

#: What a page's numbers depend on, in the order of the page.
Numbered = list[tuple[str, tuple[str, ...], bool, str]]


def numbered(page: nodes.document) -> Numbered:
    """Return all that has a name in a page, whether it has a caption, and the pages listed in it."""
    return [
        (
            node.tagname,
            tuple(node.get("ids", ())),
            any(isinstance(child, nodes.caption | nodes.title) for child in node.children),
            repr(node["entries"]) if isinstance(node, addnodes.toctree) else "",
        )
        for node in page.findall(nodes.Element)
        if node.get("ids") or isinstance(node, addnodes.toctree)
    ]


def _page(env: BuildEnvironment, docname: str) -> nodes.document:
    """Return a page as it lies on the disk: the environment remembers what it gave out, though the page is read again."""
    with (Path(env.doctreedir) / f"{docname}.doctree").open("rb") as stream:
        page: nodes.document = pickle.load(stream)
    return page


class _Numbers:
    """The numbers of the pages that are read again in one build, as they were before."""

    def __init__(self) -> None:
        self.before: dict[str, tuple[Numbered | None, dict[str, Any]]] = {}
        self.of_sections: dict[str, Any] = {}

    def note(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        """Note a page's numbers before it is forgotten."""
        if not self.before:
            self.of_sections = dict(env.toc_secnumbers)
        try:
            # With other settings all pages are read again, and all are numbered again.
            known = docname in env.all_docs and env.config_status == CONFIG_OK
            page = numbered(_page(env, docname)) if known else None
        except (OSError, EOFError):
            page = None
        self.before.setdefault(docname, (page, env.toc_fignumbers.get(docname, {})))

    def stay(self, env: BuildEnvironment) -> bool:
        """Return whether no page has another number now, all sections being numbered."""
        return (
            bool(env.toc_fignumbers)
            and all(
                page is not None and docname in env.all_docs and numbered(_page(env, docname)) == page
                for docname, (page, _) in self.before.items()
            )
            and env.toc_secnumbers == (self.of_sections or env.toc_secnumbers)
        )

    def put_back(self, env: BuildEnvironment) -> None:
        """Give the pages that were read again the numbers they had."""
        for docname, (_, numbers) in self.before.items():
            if numbers:
                env.toc_fignumbers[docname] = numbers


#: Of the build that runs in this process.
_numbers: list[_Numbers] = []


def _keep_numbers(app: Sphinx) -> None:
    _numbers[:] = [_Numbers()]
    app.connect("env-purge-doc", _numbers[0].note, priority=100)


def _unless_they_stay(assign: Any) -> Any:
    @functools.wraps(assign)
    def assign_figure_numbers(collector: TocTreeCollector, env: BuildEnvironment) -> list[str]:
        numbers = _numbers.pop() if _numbers else None
        if numbers is not None and numbers.stay(env):
            numbers.put_back(env)
            return []
        renumbered: list[str] = assign(collector, env)
        return renumbered

    return assign_figure_numbers


def _made_from(domain: BibtexDomain) -> str:
    """Return the digest of all that formatted references depend on."""
    env = domain.env
    cited: dict[str, list[list[str]]] = {}
    for reference in domain.citation_refs:
        cited.setdefault(reference.docname, []).append([target.key for target in reference.targets])
    lists = [
        (
            repr(key),
            [repr(getattr(one, name)) for name in one._fields if name not in _COMPARED_APART],
            ast.dump(one.filter_),
            {name: node["ids"] for name, node in one.citation_nodes.items()},
        )
        for key, one in domain.bibliographies.items()
    ]
    files = [(str(path), repr(file.mtime)) for path, file in domain.bibdata.bibfiles.items()]
    pages = list(get_docnames(env))  # type: ignore[no-untyped-call]
    code = str(getattr(env.config, "carta_code", ""))
    return digest(repr((sorted(cited.items()), lists, files, pages, code)))


def _formatted_once(format_all: Any) -> Any:
    @functools.wraps(format_all)
    def env_updated(domain: BibtexDomain) -> Iterable[str]:
        made_from = [_made_from(domain), len(domain.citations)]
        if domain.citations and domain.data.get(_MADE_FROM) == made_from:
            return []
        changed: Iterable[str] = format_all(domain)
        domain.data[_MADE_FROM] = [made_from[0], len(domain.citations)]
        return changed

    return env_updated


def setup(app: Sphinx) -> None:
    """Keep both in all builds of this process."""
    for owner, name, keep in (
        (TocTreeCollector, "assign_figure_numbers", _unless_they_stay),
        (BibtexDomain, "env_updated", _formatted_once),
    ):
        if not hasattr(getattr(owner, name), "__wrapped__"):
            setattr(owner, name, keep(getattr(owner, name)))
    # The environment is there.
    app.connect("builder-inited", _keep_numbers)
