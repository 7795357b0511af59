"""Exercises in the book: directives, nodes, what each builder makes of them, and the pages that gather them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> None:
    """Register everything."""
    from carta.site.exercises import assets, directives, downloads, gathering, html, paper, source

    for part in (source, directives, html, gathering, paper, assets, downloads):
        part.setup(app)
