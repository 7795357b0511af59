"""What pages with exercises load: scripts of ours, and on the first press of Run the Python that npm brings.

Python for the browser is the package ``pyodide`` of ``node_modules``, copied into the site. Where it was not installed
the site is built all the same, and code exercises say so.
"""

from __future__ import annotations

import json
import shutil
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sphinx.util import logging

from carta.files import write_text_atomically
from carta.site.builders import is_web
from carta.site.exercises.html import INDEX_MARK, MARK
from carta.site.exercises.pyodide import FILES, find_pyodide

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)

_SHEET = "carta-exercises.css"
_SOURCES = "carta-exercises.json"


def sources() -> dict[str, str]:
    """Return the modules that Python in the page needs, by their path below ``site-packages``."""
    package = resources.files("carta")
    found = {"carta/__init__.py": package.joinpath("__init__.py").read_text(encoding="utf-8")}
    for file in package.joinpath("exercises").iterdir():
        if file.name.endswith(".py"):
            found[f"carta/exercises/{file.name}"] = file.read_text(encoding="utf-8")
    return dict(sorted(found.items()))


def _load(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    body = context.get("body", "")
    has_exercises, has_index = MARK in body, INDEX_MARK in body
    if not (has_exercises or has_index or 'class="carta-solution ' in body):
        return
    app.add_css_file(_SHEET, priority=902)
    # Classic scripts, in order: from a folder browsers load no modules.
    names = ["carta-exercise-progress.js"] if has_exercises or has_index else []
    if has_exercises:
        if '"form":"code"' in body:
            names += ["carta-exercise-editor.js", "carta-exercise-python.js"]
        names.append("carta-exercises.js")
    if has_index:
        names.append("carta-exercise-index.js")
    for name in names:
        app.add_js_file(name, loading_method="defer")


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or not is_web(app.builder):
        return
    static = Path(app.outdir) / "_static"
    write_text_atomically(static / _SOURCES, json.dumps(sources(), ensure_ascii=False, indent=0))
    folder = find_pyodide(Path(app.srcdir))
    target = static / "pyodide"
    if folder is None:
        shutil.rmtree(target, ignore_errors=True)
        logger.info("carta: node_modules has no Pyodide; code exercises will not run in the page")
        return
    target.mkdir(parents=True, exist_ok=True)
    for name in FILES:
        source, copy = folder / name, target / name
        if (
            not copy.is_file()
            or copy.stat().st_size != source.stat().st_size
            or copy.stat().st_mtime < source.stat().st_mtime
        ):
            shutil.copyfile(source, copy)


def setup(app: Sphinx) -> None:
    """Choose what pages load, and put it in place."""
    # Pages say whether code can run in them; they are written again when that changes.
    there = find_pyodide(Path(app.srcdir)) is not None
    app.add_config_value("carta_python_in_page", there, "html", types=[bool])
    app.connect("html-page-context", _load)
    app.connect("build-finished", _write)
