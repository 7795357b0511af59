"""A chapter's links to its notebooks, and the places where they open. Filled by the notebooks' writer."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.builders import Builder


def take_away(builder: Builder, docname: str) -> str:
    """Return what stands before the first exercise of a chapter: progress, and what can be taken away."""
    return '<div class="carta-take-away">\n<p class="carta-exercise-progress" hidden></p>\n</div>\n'
