"""Directives that list evidence: audited claims, and tables of studies, trials and parameters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carta.site.directives import claims, parameters, studies, trials

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> None:
    """Register all of them."""
    for part in (claims, parameters, studies, trials):
        part.setup(app)
