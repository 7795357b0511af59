"""How long a page takes to read, counted when it is read by the builder and kept with it."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, cast

from docutils import nodes
from sphinx.environment.collectors import EnvironmentCollector

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

#: Silent reading of non-fiction in English, words a minute: Brysbaert, J Mem Lang 2019;109:104047, gives 238. We take
#: less, for many words here are hard.
WORDS_A_MINUTE = 200
#: What a figure takes, in minutes.
FIGURE_MINUTES = 0.5

_UNREAD = (
    nodes.literal_block,
    nodes.math,
    nodes.math_block,
    nodes.comment,
    nodes.raw,
    nodes.citation,
)
#: By name, for the exercises stand upon this module.
_EXERCISE = "exercise_node"


def minutes_of(page: nodes.document) -> float:
    """Return the minutes for the words and figures of a page; code, formulas, references and exercises are not."""
    words = 0
    for text in page.findall(nodes.Text):
        parent = text.parent
        while parent is not None and not isinstance(parent, _UNREAD) and parent.tagname != _EXERCISE:
            parent = parent.parent
        if parent is None:
            words += len(text.astext().split())
    figures = sum(1 for _ in page.findall(nodes.figure))
    return words / WORDS_A_MINUTE + FIGURE_MINUTES * figures


def reading_minutes(env: BuildEnvironment, docname: str) -> int:
    """Return the minutes of a page in whole minutes, at least one; 0 for a page that was never read."""
    minutes = _kept(env).get(docname)
    return 0 if minutes is None else max(1, math.ceil(minutes))


def _kept(env: BuildEnvironment) -> dict[str, float]:
    if not hasattr(env, "carta_minutes"):
        cast(Any, env).carta_minutes = {}
    return cast("dict[str, float]", cast(Any, env).carta_minutes)


class MinutesCollector(EnvironmentCollector):
    """Keeps the minutes of each page."""

    def clear_doc(self, app: Sphinx, env: BuildEnvironment, docname: str) -> None:
        """Forget a page."""
        _kept(env).pop(docname, None)

    def merge_other(
        self, app: Sphinx, env: BuildEnvironment, docnames: set[str], other: BuildEnvironment
    ) -> None:
        """Take over what another process read."""
        theirs = _kept(other)
        _kept(env).update({docname: theirs[docname] for docname in docnames if docname in theirs})

    def process_doc(self, app: Sphinx, doctree: nodes.document) -> None:
        """Count a page."""
        _kept(app.env)[app.env.docname] = minutes_of(doctree)


def setup(app: Sphinx) -> None:
    """Register the collector."""
    app.add_env_collector(MinutesCollector)
