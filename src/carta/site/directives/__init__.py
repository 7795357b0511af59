"""Directives: audited claims, tables of studies, trials and parameters, and hand-made drawings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carta.site.directives import claims, drawing, parameters, studies, trials

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> None:
    """Register all of them."""
    for part in (claims, drawing, parameters, studies, trials):
        part.setup(app)
