"""Which pages must be made anew: those for which any answer they were made from has changed."""

from __future__ import annotations

import contextlib
from pathlib import Path
from typing import TYPE_CHECKING

from myst_nb.ext.glue.crossref import read_glue_cache
from myst_nb.ext.glue.utils import PendingGlueReference
from sphinx.application import ENV_PICKLE_FILENAME
from sphinx.util import logging

from carta.site.build import PREPARE
from carta.site.domain import asking, carta_domain
from carta.site.project import project_of

if TYPE_CHECKING:
    from collections.abc import Set

    from docutils.nodes import document
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)


def _stale_pages(
    app: Sphinx, env: BuildEnvironment, added: Set[str], changed: Set[str], removed: Set[str]
) -> list[str]:
    project = project_of(app)
    answers: dict[str, str] = {}

    def today(question: str) -> str:
        if question not in answers:
            answers[question] = project.ask(question)
        return answers[question]

    stale = [
        docname
        for docname, questions in carta_domain(env).asked.items()
        if docname in env.found_docs
        and docname not in removed
        and any(today(question) != answer for question, answer in questions.items())
    ]
    for docname in stale:
        if docname not in changed and docname not in added:
            logger.info("carta: %s is read again, for the evidence or outputs it shows have changed", docname)
    return stale


def _forget_pages_to_read(app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
    """Forget all pages that will be read, before the first of them is.

    Sphinx forgets each just before it reads it, so that a label moved to a page that is read earlier would be
    reported as a duplicate.
    """
    for docname in docnames:
        if docname in env.all_docs:
            app.events.emit("env-purge-doc", env, docname)
            env.clear_doc(docname)


def _note_outputs(app: Sphinx, page: document) -> None:
    """Remember the outputs that the page shows: its own, and those pasted from other pages."""
    docname = app.env.docname
    with asking(app.env) as project:
        if docname in project.notebook_outputs:
            project.note_notebook(docname)
        for pasted in page.findall(PendingGlueReference):
            project.note_glue(pasted.refdoc, pasted.key)


def _forget_pasted(app: Sphinx, env: BuildEnvironment) -> None:
    # MyST-NB remembers pasted outputs for the life of the process, also after they were written anew.
    read_glue_cache.cache_clear()


def _forget_after_warnings(app: Sphinx, exception: Exception | None) -> None:
    """Read everything again after a build that was not clean.

    Sphinx keeps what it read although it warned, so that the next build would skip the page and say nothing.
    """
    if exception is not None or app._warncount:
        with contextlib.suppress(FileNotFoundError):
            (Path(app.doctreedir) / ENV_PICKLE_FILENAME).unlink()


def _prepare(app: Sphinx) -> None:
    """Ask again what the pages asked of the evidence."""
    project = project_of(app)
    for questions in carta_domain(app.env).asked.values():
        for question in questions:
            project.ask(question)


def setup(app: Sphinx) -> None:
    """Connect to reading, and to its end."""
    app.connect(PREPARE, _prepare)
    app.connect("env-get-outdated", _stale_pages, priority=600)
    app.connect("env-before-read-docs", _forget_pages_to_read)
    app.connect("doctree-read", _note_outputs)
    app.connect("env-updated", _forget_pasted)
    app.connect("build-finished", _forget_after_warnings)
