"""Directives: lists of evidence, judgements, and hand-made drawings."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carta.site.directives import (
    claims,
    drawing,
    economics,
    model_inputs,
    parameters,
    risk_of_bias,
    studies,
    summary_of_findings,
    trials,
)

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> None:
    """Register all of them."""
    for part in (
        claims,
        drawing,
        economics,
        model_inputs,
        parameters,
        risk_of_bias,
        studies,
        summary_of_findings,
        trials,
    ):
        part.setup(app)
