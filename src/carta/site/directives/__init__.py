"""Directives that list evidence: audited claims, tables of studies, trials and parameters, and judgements."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carta.site.directives import claims, parameters, risk_of_bias, studies, summary_of_findings, trials

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> None:
    """Register all of them."""
    for part in (claims, parameters, risk_of_bias, studies, summary_of_findings, trials):
        part.setup(app)
