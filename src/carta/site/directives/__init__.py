"""Directives: lists of evidence, judgements, hand-made drawings, equations and explorers of models."""

from __future__ import annotations

from typing import TYPE_CHECKING

from carta.site.directives import (
    claims,
    drawing,
    economics,
    equations,
    evidence_counts,
    explorers,
    model_inputs,
    open_data,
    parameters,
    reading_path,
    risk_of_bias,
    sample_size,
    studies,
    summary_of_findings,
    targets,
    trial_explorer,
    trials,
    what_changed,
)

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def setup(app: Sphinx) -> None:
    """Register all of them."""
    for part in (
        claims,
        drawing,
        economics,
        equations,
        evidence_counts,
        explorers,
        model_inputs,
        open_data,
        parameters,
        reading_path,
        risk_of_bias,
        sample_size,
        studies,
        summary_of_findings,
        targets,
        trial_explorer,
        trials,
        what_changed,
    ):
        part.setup(app)
