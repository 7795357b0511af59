"""What a page loads: our style sheet, the charts' script where there is a chart, and nothing from elsewhere."""

from __future__ import annotations

import re
import shutil
import textwrap
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING, Any

from docutils import nodes
from myst_nb.sphinx_ext import add_global_html_resources

from carta.files import digest, write_text_atomically
from carta.site.builders import is_web
from carta.site.joined_files import LATER
from carta.site.mark import mark
from carta.site.nodes import fact_citation, fact_mark
from carta.site.stamps import stamp

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

#: Modules of extensions that Jupyter Book switches on and we do not use: thebe's start script declares the
#: same name on every page twice and names a foreign address.
_UNUSED = ("sphinx_thebe",)

#: Never loaded. Our copies of style sheets hold what pages use of the originals; our search and the browser's history
#: stand for what Sphinx's scripts do.
_NEVER = {
    "mystnb.css",
    "sphinx-design.min.css",
    "sphinx-book-theme.css",
    "sphinx-thebe.css",
    "sphinx-thebe.js",
    "doctools.js",
    "sphinx_highlight.js",
}

#: Loaded where the page has something of the kind.
_WITH_CODE = re.compile(r'class="[^"]*\bhighlight\b')
_WITH_TOGGLES = re.compile(r'class="[^"]*\b(?:toggle|dropdown)\b')
_WITH_CELLS = re.compile(r'class="[^"]*\b(?:cell|highlight)\b')
_ONLY_WITH = {
    "carta-design.css": re.compile(r'class="[^"]*\bsd-'),
    "carta-figures.css": re.compile('class="carta-figure"'),
    "carta-home.css": re.compile(r'class="[^"]*\bcarta-(?:start|path|certainty)\b'),
    "carta-notebook.css": _WITH_CELLS,
    "clipboard.min.js": _WITH_CODE,
    "copybutton.css": _WITH_CODE,
    "copybutton.js": _WITH_CODE,
    "design-tabs.js": re.compile(r'class="[^"]*\bsd-tab'),
    "pygments.css": _WITH_CODE,
    "togglebutton.css": _WITH_TOGGLES,
    "togglebutton.js": _WITH_TOGGLES,
}
#: Scripts that come when the page has been drawn: what they do is asked for by a reader who has read. By the start of
#: their names.
_AFTER_FIRST_PAINT = ("carta-exercise", "clipboard.", "copybutton.")
_CHECKSUM = re.compile(r"\.[0-9a-f]{64}(?=\.)")

_VIEWPORT = re.compile(r'<meta name="viewport"[^>]*>\s*')
#: A card of a fact or of a term.
_CARD = 'class="carta-card'

#: What a line about the page leaves out: formulas, and the citation and mark beside a value.
_UNSAID = (nodes.math, fact_citation, fact_mark)

#: Files of the theme that no page loads.
_NOT_LOADED = (
    "_static/scripts/bootstrap.js*",
    "_static/scripts/fontawesome.js*",
    "_static/scripts/*.map",
    "_static/styles",
    "_static/images",
    "_static/vendor",
    "_static/locales",
    "_static/*.png",
    "_static/*webpack-macros.html",
)


def folder(name: str) -> Path:
    """Return a folder of the package: ``assets`` or ``templates``."""
    return Path(str(resources.files("carta.site") / name))


def _prepare(app: Sphinx, config: Config) -> None:
    config.html_static_path.append(str(folder("assets")))
    # Before those of the theme, which has parts of the same names.
    config.templates_path.insert(0, str(folder("templates")))
    # Without it the theme complains to the console on the first visit.
    config.html_context.setdefault("default_mode", "auto")
    config.html_theme_options.setdefault("footer_content_items", "carta-footer.html")
    config.html_theme_options.setdefault("article_footer_items", "carta-cite.html")
    later = (folder("assets") / "carta-fonts-later.css").read_bytes()
    config.html_context["carta_later"] = stamp(later)
    config.html_context["carta_mark"] = mark("var(--carta-mark-cell)", "var(--carta-mark-receptor)")
    for listeners in app.events.listeners.values():
        listeners[:] = [
            listener
            for listener in listeners
            if not str(getattr(listener.handler, "__module__", "")).startswith(_UNUSED)
        ]


def _put_style_sheet_early(app: Sphinx) -> None:
    # MyST-NB copies its style sheet at the end, so that pages of a first build could not name its checksum and
    # pages of the next one would differ.
    if app.builder.format == "html":
        (Path(app.outdir) / "_static").mkdir(parents=True, exist_ok=True)
        add_global_html_resources(app, None)


def _wanted(file: Any, body: str) -> bool:
    """Return whether a page with this body needs a style sheet or script that an extension adds to all pages."""
    filename = getattr(file, "filename", None) or ""
    if not filename:
        said = str(getattr(file, "attributes", {}).get("body", ""))
        if said.startswith("DOCUMENTATION_OPTIONS."):
            # For the theme's choice of versions and its own search, which are not used.
            return False
        if "toggle" in said:
            return _WITH_TOGGLES.search(body) is not None
        return True
    name = _CHECKSUM.sub("", Path(str(filename)).name)
    return name not in _NEVER and (name not in _ONLY_WITH or _ONLY_WITH[name].search(body) is not None)


def _choose(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    body = context.get("body", "")
    for kind in ("css_files", "script_files"):
        # In place: what is added below goes into the same list.
        context[kind][:] = [file for file in context[kind] if _wanted(file, body)]
    for file in context["script_files"]:
        attributes = getattr(file, "attributes", {})
        name = getattr(file, "filename", None)
        if name and attributes.get("type") != "module":
            # In their order, but behind the page.
            attributes.setdefault("defer", "defer")
            if Path(str(name)).name.startswith(_AFTER_FIRST_PAINT):
                attributes[LATER] = ""
    if _ONLY_WITH["carta-figures.css"].search(body):
        app.builder.add_js_file("carta-figures.js", defer="defer")  # type: ignore[attr-defined]
    if _CARD in body:
        app.builder.add_js_file("carta-card.js", defer="defer")  # type: ignore[attr-defined]
    # docutils writes a second one of these.
    context["metatags"] = _VIEWPORT.sub("", context.get("metatags", ""))
    context["favicon_url"] = context["pathto"]("_static/carta-icon.svg", True)
    if doctree is not None:
        context["page_description"] = description(doctree)


def description(page: nodes.document) -> str:
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
        for unsaid in list(copy.findall(lambda node: isinstance(node, _UNSAID))):
            unsaid.parent.remove(unsaid)
        if text := " ".join(copy.astext().split()):
            return textwrap.shorten(text, 160, placeholder=" …")
    return ""


def _write_chart_script(app: Sphinx, exception: Exception | None) -> None:
    """Put the chart bundle where the charts' script fetches it from when a reader asks for a live chart."""
    if exception is not None or not is_web(app.builder):
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
    if exception is not None or not is_web(app.builder):
        return
    for pattern in _NOT_LOADED:
        for path in Path(app.outdir).glob(pattern):
            shutil.rmtree(path) if path.is_dir() else path.unlink()


def setup(app: Sphinx) -> None:
    """Register style sheets and the choice of what a page loads."""
    # Pages name the checksums of these files; all are written again when one changes.
    files = sorted(path for path in folder("assets").rglob("*") if path.is_file())
    app.add_config_value("carta_assets", digest(*(file.read_bytes() for file in files)), "html", types=[str])
    app.add_css_file("carta-notebook.css", priority=90)
    app.add_css_file("carta-design.css", priority=903)
    app.add_css_file("carta-theme.css", priority=100)
    app.add_css_file("carta-fonts.css", priority=140)
    app.add_js_file("carta-later.js", priority=150, loading_method="defer")
    app.add_css_file("carta-identity.css", priority=150)
    app.add_css_file("carta.css", priority=900)
    app.add_css_file("carta-home.css", priority=902)
    app.add_css_file("carta-print.css", priority=999, media="print")
    app.add_css_file("carta-figures.css", priority=901)
    # The theme's template would load it behind all others, and by itself.
    app.add_js_file("scripts/pydata-sphinx-theme.js", priority=800, loading_method="defer")
    app.connect("config-inited", _prepare, priority=900)
    app.connect("builder-inited", _put_style_sheet_early)
    app.connect("html-page-context", _choose, priority=950)
    app.connect("build-finished", _write_chart_script)
    # Behind the theme, which copies its files there.
    app.connect("build-finished", _drop_what_no_page_loads, priority=900)
