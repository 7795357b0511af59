"""Pages of an earlier day: what was not yet known says so instead of failing, and every page names the day.

The words of the pages are those of today; only evidence, and all that is computed from it, is of the day. So a sentence
may name what came later. Misspelt names are found by the build of today.
"""

from __future__ import annotations

import posixpath
import re
from datetime import date
from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from carta.site.project import Project, project_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

_GLUE_ROLE = re.compile(r"\{glue(?::any|:text)?\}`([^`]+)`")


def not_yet_known(day: date) -> str:
    """Return the words that stand in place of what came later."""
    return f"not yet known on {day.isoformat()}"


def placeholder(day: date) -> nodes.inline:
    """Return the words as a node of a sentence."""
    return nodes.inline("", f"[{not_yet_known(day)}]", classes=["carta-not-yet"])


def _announce(app: Sphinx, config: Config) -> None:
    day = project_of(app).evidence.day
    if day is not None:
        config.html_theme_options["announcement"] = (
            f'<p class="carta-as-of">The evidence as it stood on <strong>{day.isoformat()}</strong>. '
            "This is not the present review; its words are of a later day.</p>"
        )


def filled(project: Project, docname: str, text: str) -> str:
    """Return the text of a page with words in place of values that could not be computed from the evidence of the day.

    What a notebook of the project stored must be known by then (``project.glued``).
    """
    day = project.evidence.day
    if day is None:
        return text

    def fill(match: re.Match[str]) -> str:
        path, _, key = match.group(1).rpartition("::")
        key = key.partition(":")[0]
        page = docname
        if path:
            page = posixpath.normpath(posixpath.join(posixpath.dirname(docname), path))
            page = re.sub(r"\.(md|ipynb)$", "", page)
        known = key in project.glued.get(page, {})
        return match.group() if known else f"[{not_yet_known(day)}]"

    return _GLUE_ROLE.sub(fill, text)


def _fill_glue(app: Sphinx, docname: str, source: list[str]) -> None:
    source[0] = filled(project_of(app), docname, source[0])


class LaterCitations(SphinxPostTransform):
    """Citations of works that came later become words."""

    # Before sphinxcontrib-bibtex resolves them, and before values are made plain for paper.
    default_priority = 4

    def run(self, **kwargs: object) -> None:
        """Replace or shorten them."""
        project = project_of(self.app)
        day = project.evidence.day
        if day is None:
            return
        for node in list(self.document.findall(addnodes.pending_xref)):
            if node.get("refdomain") != "cite":
                continue
            keys = [key.strip() for key in str(node["reftarget"]).split(",")]
            kept = [key for key in keys if key in project.bibliography]
            if not kept:
                node.replace_self(placeholder(day))
            elif kept != keys:
                node["reftarget"] = ",".join(kept)


def setup(app: Sphinx) -> None:
    """Connect; nothing happens in a build of today."""
    # Behind the loading of the project.
    app.connect("config-inited", _announce, priority=200)
    app.connect("source-read", _fill_glue)
    app.add_post_transform(LaterCitations)
