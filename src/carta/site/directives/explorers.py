"""``{kinetics-explorer}`` and ``{explorable} name``: the kinetic model, live in the page."""

from __future__ import annotations

import functools
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes

from carta.files import write_text_atomically
from carta.site.build import PREPARE
from carta.site.builders import is_web
from carta.site.directives.listing import Listing
from carta.site.directives.table import table
from carta.site.domain import asking

if TYPE_CHECKING:
    from docutils.nodes import document
    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

    from carta.models.kinetics.settings import Library

_SCRIPT, _STYLE = "carta-explorer.js", "carta-explorer.css"
_MARK = 'class="carta-explorer"'


class KineticsExplorer(Listing):
    """The large explorer: all treatments and all settings."""

    def run(self) -> list[nodes.Node]:
        """Return the explorer, and words in its place for builders that make no web page."""
        return self.explorer("kinetics")

    def explorer(self, name: str) -> list[nodes.Node]:
        """Return one explorer; a warning where there is none of that name."""
        # Imported here: symbols and solvers take a second, and most pages have no explorer.
        from carta.models.kinetics.settings import Library, SettingError
        from carta.site.explorers.html import explorer_html
        from carta.site.explorers.spec import explorers

        uid = f"explorer-{name}-{self.env.new_serialno('carta-explorer')}"
        try:
            with asking(self.env) as project:
                library = Library(project.evidence)
                known = explorers(library)
                if name not in known:
                    return self.fail(f"There is no explorable {name!r}: choose of {', '.join(known)}.")
                html = explorer_html(library, name, uid)
        except (KeyError, SettingError, ValueError) as error:
            return self.fail(f"The explorer cannot be made: {error}")
        return [carta_explorer("", html=html), *_in_words(library, name)]


class Explorable(KineticsExplorer):
    """A smaller explorer, by name."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the explorer named."""
        return self.explorer(self.arguments[0])


def _in_words(library: Library, name: str) -> list[nodes.Node]:
    """Return what a printed book shows in place of the explorer: the curves of its first treatment as a table."""
    from carta.site.explorers.html import NOT_A_FORECAST, table_rows
    from carta.site.explorers.spec import explorers, treatments

    explorer = explorers(library)[name]
    first = treatments(library, explorer.scenarios)[0]
    heads, rows = table_rows(library, explorer)
    shown = table(f"{explorer.title}: {first.title}", heads, rows)
    lead = f"{explorer.about} {NOT_A_FORECAST} On the web site the settings can be moved."
    return [carta_only_print("", nodes.paragraph("", lead), shown)]


class carta_explorer(nodes.General, nodes.Element):  # noqa: N801  docutils writes nodes so
    """An explorer for a web page. Attribute: ``html``."""


class carta_only_print(nodes.General, nodes.Element):  # noqa: N801
    """Content for builders that make no web page."""


def _visit_explorer(self: HTML5Translator, node: carta_explorer) -> None:
    # An EPUB is made by the same writer, but its readers run no script.
    if self.builder.name != "epub":
        self.body.append(node["html"])
    raise nodes.SkipNode


def _visit_print(self: HTML5Translator, node: carta_only_print) -> None:
    if self.builder.name != "epub":
        raise nodes.SkipNode


def _skip(self: Any, node: nodes.Node) -> None:
    raise nodes.SkipNode


def _pass(self: Any, node: nodes.Node) -> None:
    return None


def _load(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: document | None
) -> None:
    if _MARK in context.get("body", ""):
        app.builder.add_js_file(_SCRIPT, type="module")  # type: ignore[attr-defined]
        app.builder.add_css_file(_STYLE, priority=902)  # type: ignore[attr-defined]


@functools.cache
def _model() -> tuple[str, str]:
    """Return name and text of the generated model; that takes a while, and needs nothing but our code."""
    from carta.models.kinetics.javascript import FILENAME, module

    return FILENAME, module()


def _prepare(app: Sphinx) -> None:
    _model()


def _write_model(app: Sphinx, exception: Exception | None) -> None:
    """Put the generated model beside the script that imports it."""
    if exception is not None or not is_web(app.builder):
        return
    name, text = _model()
    target = Path(app.outdir) / "_static" / name
    if not target.is_file() or target.read_text(encoding="utf-8") != text:
        write_text_atomically(target, text)


def setup(app: Sphinx) -> None:
    """Register the directives, what their pages load, and the generated model."""
    app.add_directive("kinetics-explorer", KineticsExplorer)
    app.add_directive("explorable", Explorable)
    app.add_node(carta_explorer, html=(_visit_explorer, None), latex=(_skip, None), text=(_skip, None))
    app.add_node(carta_only_print, html=(_visit_print, _pass), latex=(_pass, _pass), text=(_pass, _pass))
    app.connect("html-page-context", _load, priority=900)
    app.connect("build-finished", _write_model)
    app.connect(PREPARE, _prepare)
