"""What a page loads: our style sheet, the charts' script where there is a chart, and nothing from elsewhere."""

from __future__ import annotations

import re
import shutil
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from myst_nb.sphinx_ext import add_global_html_resources

from carta.files import digest, write_text_atomically

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

#: Modules of extensions that Jupyter Book switches on and we do not use: thebe's start script declares the
#: same name on every page twice and names a foreign address.
_UNUSED = ("sphinx_thebe",)
_UNUSED_FILES = ("sphinx-thebe.css", "sphinx-thebe.js", "carta-figures.css")

_ICON_SCRIPT = re.compile(r"<script[^>]*fontawesome\.js[^>]*></script>\s*")

_FIGURE = 'class="carta-figure"'
#: A card of a fact or of a term.
_CARD = 'class="carta-card'

#: Files of the theme that no page loads.
_NOT_LOADED = (
    "_static/scripts/fontawesome.js",
    "_static/scripts/*.map",
    "_static/styles/*.map",
    "_static/locales",
)


def folder(name: str) -> Path:
    """Return a folder of the package: ``assets`` or ``templates``."""
    return Path(str(resources.files("carta.site") / name))


def _prepare(app: Sphinx, config: Config) -> None:
    config.html_static_path.append(str(folder("assets")))
    config.templates_path.append(str(folder("templates")))
    # Without it the theme complains to the console on the first visit.
    config.html_context.setdefault("default_mode", "auto")
    config.html_theme_options.setdefault("footer_content_items", "carta-footer.html")
    for listeners in app.events.listeners.values():
        listeners[:] = [
            listener
            for listener in listeners
            if not str(getattr(listener.handler, "__module__", "")).startswith(_UNUSED)
        ]


def _add_filter(app: Sphinx) -> None:
    templates = getattr(app.builder, "templates", None)
    if templates is not None:
        templates.environment.filters["carta_without_icon_script"] = lambda html: _ICON_SCRIPT.sub("", html)


def _put_style_sheet_early(app: Sphinx) -> None:
    # MyST-NB copies its style sheet at the end, so that pages of a first build could not name its checksum and
    # pages of the next one would differ.
    if app.builder.format == "html":
        (Path(app.outdir) / "_static").mkdir(parents=True, exist_ok=True)
        add_global_html_resources(app, None)


def _choose(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    has_figure = _FIGURE in context.get("body", "")
    wanted = _UNUSED_FILES[:2] if has_figure else _UNUSED_FILES
    for kind in ("css_files", "script_files"):
        # In place: what is added below goes into the same list.
        context[kind][:] = [
            file
            for file in context[kind]
            if Path(str(getattr(file, "filename", None) or "")).name not in wanted
        ]
    if has_figure:
        app.builder.add_js_file("carta-figures.js", type="module")  # type: ignore[attr-defined]
    if _CARD in context.get("body", ""):
        app.builder.add_js_file("carta-card.js", type="module")  # type: ignore[attr-defined]
    context["favicon_url"] = context["pathto"]("_static/carta-icon.svg", True)
    if doctree is not None:
        context["page_description"] = _description(doctree)


def _description(page: nodes.document) -> str:
    """Return the page's first words without formulas, for search engines."""
    boxed = {
        id(inside)
        for box in page.findall(lambda node: isinstance(node, nodes.Admonition))
        for inside in box.findall(nodes.paragraph)
    }
    for paragraph in page.findall(nodes.paragraph):
        if id(paragraph) in boxed:
            # A notice on a source is not what the page is about.
            continue
        copy = paragraph.deepcopy()
        for formula in list(copy.findall(nodes.math)):
            formula.parent.remove(formula)
        if text := " ".join(copy.astext().split()):
            return text[:160]
    return ""


def _write_chart_script(app: Sphinx, exception: Exception | None) -> None:
    """Put the chart bundle where the charts' script fetches it from when a reader asks for a live chart."""
    if exception is not None or app.builder.format != "html" or app.builder.name == "epub":
        return
    target = Path(app.outdir) / "_static" / "carta-vega.js"
    notice = f"// From vl-convert-python {version('vl-convert-python')}.\n"
    if target.is_file():
        with target.open(encoding="utf-8") as stream:
            if stream.readline() == notice:
                return
    # Imported late: it brings in the whole of Altair, which a build that changes nothing need not wait for.
    from carta.figures.vega import vega_bundle

    write_text_atomically(target, notice + vega_bundle())


def _drop_what_no_page_loads(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.format != "html" or app.builder.name == "epub":
        return
    for pattern in _NOT_LOADED:
        for path in Path(app.outdir).glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def setup(app: Sphinx) -> None:
    """Register style sheets and the choice of what a page loads."""
    # Pages name the checksums of these files; all are written again when one changes.
    files = sorted(path for path in folder("assets").iterdir() if path.is_file())
    app.add_config_value("carta_assets", digest(*(file.read_bytes() for file in files)), "html", types=[str])
    app.add_css_file("carta.css", priority=900)
    app.add_css_file("carta-figures.css", priority=901)
    app.connect("config-inited", _prepare, priority=900)
    app.connect("builder-inited", _add_filter, priority=900)
    app.connect("builder-inited", _put_style_sheet_early)
    app.connect("html-page-context", _choose, priority=950)
    app.connect("build-finished", _write_chart_script)
    # Behind the theme, which copies its files there.
    app.connect("build-finished", _drop_what_no_page_loads, priority=900)
