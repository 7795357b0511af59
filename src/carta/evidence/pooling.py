"""Which reports may stand as a study in a pooled estimate."""

from __future__ import annotations

from carta.evidence.records import Study

#: Designs that follow their own, treated patients. Single case reports are published for their course, news and
#: registry pages and summaries are no studies; none of them is pooled.
POOLED_DESIGNS = frozenset({"case-series", "cohort", "phase-1", "phase-1-2", "phase-2", "rct"})
#: What was given was no cell that finds its target by a receptor, or one that calms and does not kill.
NOT_DEPLETING = frozenset({"t-cell-engager", "regulatory-t", "murine"})


def is_autoimmune(study: Study) -> bool:
    """Return whether the report is of an autoimmune disease: it names one, and is not of cancer alone."""
    return any(disease != "cancer" for disease in study.diseases)


def may_be_pooled(study: Study) -> bool:
    """Return whether the report may be one of the studies of a pooled estimate on CAR cells in autoimmunity."""
    return (
        study.design in POOLED_DESIGNS
        and study.cohort is not None
        and is_autoimmune(study)
        and study.product is not None
        and study.product.cell_source not in NOT_DEPLETING
    )
