"""A chapter's links to its notebooks and to the places where they open, and the files behind them."""

from __future__ import annotations

import json
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote

from sphinx.util import logging

from carta.files import digest, write_text_atomically
from carta.site.domain import carta_domain
from carta.site.project import ProjectError, project_of
from carta.workbook import ExpressionError, WorkbookError
from carta.workbook.build import ARCHIVES, write_downloads
from carta.workbook.notebooks import notebook_name
from carta.workbook.settings import SETTING, SettingsError, read_settings

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.builders import Builder

logger = logging.getLogger(__name__)

#: The folder of the notebooks, in the output.
FOLDER = "notebooks"
_REMEMBERED = "carta-notebooks.json"


def take_away(builder: Builder, docname: str) -> str:
    """Return what stands before the first exercise of a chapter: its progress, and what can be taken away."""
    up = "../" * docname.count("/")
    name = notebook_name(docname)
    # A build of an earlier day has words of today and no notebooks.
    links = (
        []
        if project_of(builder.app).evidence.day is not None
        else [
            (f"{up}{FOLDER}/{quote(name)}.zip", "Notebook of this chapter (zip, with its checker)", True),
            (f"{up}{FOLDER}/{quote(name)}.ipynb", "Notebook alone", True),
        ]
    )
    settings = read_settings(project_of(builder.app).root)
    links += [
        (address, f"Open in {service}", False)
        for service, address in settings.launch_links(f"{name}.ipynb").items()
    ]
    gathering = carta_domain(builder.env).gathering
    links += [
        (builder.get_relative_uri(docname, page), "All exercises, and your progress", False)
        for page, kind in sorted(gathering.items())
        if kind == "exercise_index"
    ]
    items = "".join(
        f'<li><a href="{escape(address)}"{" download" if download else ""}>{escape(words)}</a></li>'
        for address, words, download in links
    )
    return (
        '<div class="carta-take-away">\n'
        '<p class="carta-exercise-progress" hidden></p>\n'
        f"<ul>{items}</ul>\n"
        '<p class="carta-take-away-paper">Hints and worked solutions stand on the page “Solutions”.</p>\n'
        "</div>\n"
    )


def archive_of_all(builder: Builder, docname: str) -> str:
    """Return the address of the archive with the notebooks of all chapters, from a page."""
    return f"{'../' * docname.count('/')}{FOLDER}/{ARCHIVES['student']}"


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "html":
        return
    project = project_of(app)
    if project.evidence.day is not None:
        return
    domain = carta_domain(app.env)
    folder = Path(app.outdir) / FOLDER
    # Answers are sealed with a slow hash: it is done again only where an exercise, or our own code, has changed.
    inputs = digest(
        json.dumps(sorted(domain.exercise_digests.items())),
        json.dumps(
            sorted((docname, app.env.titles[docname].astext()) for docname in domain.exercise_digests)
        ),
        repr(app.config[SETTING]),
        app.config.carta_code,
    )
    remembered = Path(app.doctreedir) / _REMEMBERED
    try:
        known = json.loads(remembered.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    if known.get("inputs") == inputs and all((folder / name).is_file() for name in known["files"]):
        return
    try:
        write_downloads(project.root, project.evidence, folder)
    except (WorkbookError, ExpressionError, SettingsError) as error:
        raise ProjectError(f"The notebooks cannot be written: {error}") from error
    files = sorted(path.name for path in folder.iterdir()) if folder.is_dir() else []
    write_text_atomically(remembered, json.dumps({"inputs": inputs, "files": files}))
    logger.info("carta: notebooks of %d chapters written", len(domain.exercise_digests))


def setup(app: Sphinx) -> None:
    """Register the settings, and write the files at the end."""
    app.add_config_value(SETTING, {}, "html", types=[dict])
    app.connect("build-finished", _write)
