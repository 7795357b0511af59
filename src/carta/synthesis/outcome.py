"""One outcome of the evidence base, pooled over independent reports."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from carta.evidence.base import Evidence
from carta.synthesis.cumulative_pooling import CumulativeStep, cumulative
from carta.synthesis.inverse_variance import Tau2Method
from carta.synthesis.pooling import IntervalMethod, pool
from carta.synthesis.refusal import PoolingRefused
from carta.synthesis.result import Model, PooledProportion
from carta.synthesis.subgroup_analysis import SubgroupAnalysis, subgroups
from carta.synthesis.units import Grouping, Report, Selection, select


@dataclass(frozen=True)
class PooledGroup:
    """The reports of one disease, target or cell source."""

    #: The word of the vocabulary (targets joined by +), or "several diseases", "not stated" and so on.
    name: str
    #: What a reader sees.
    label: str
    reports: tuple[Report, ...]
    #: None where no number can be given; ``refusal`` then says why.
    pooled: PooledProportion | None
    refusal: str | None

    @property
    def patients(self) -> int:
        """Patients in the group."""
        return sum(report.n for report in self.reports)

    @property
    def cohorts(self) -> int:
        """Independent cohorts in the group."""
        return len(self.reports)


@dataclass(frozen=True)
class PooledOutcome:
    """An outcome over all independent reports, and in groups."""

    outcome: str
    #: The outcome's label in the vocabulary.
    label: str
    overall: PooledProportion | None
    #: Why there is no overall number; None where there is one.
    refusal: str | None
    #: In the order of size, largest first; empty without ``by``.
    groups: tuple[PooledGroup, ...]
    #: The tests of whether groups differ; None without groups.
    analysis: SubgroupAnalysis | None
    selection: Selection

    @property
    def patients(self) -> int:
        """Patients in all reports taken."""
        return self.selection.patients

    @property
    def cohorts(self) -> int:
        """Independent cohorts."""
        return self.selection.cohorts

    @property
    def sources(self) -> list[str]:
        """Keys of the studies taken, for a figure's sources."""
        return self.selection.sources

    def group(self, name: str) -> PooledGroup:
        """Return one group.

        Raises:
            KeyError: there is no such group.
        """
        for one in self.groups:
            if one.name == name:
                return one
        raise KeyError(f"no group {name!r}; there are {', '.join(one.name for one in self.groups) or 'none'}")


def pool_outcome(
    base: Evidence,
    outcome: str,
    by: Grouping | None = None,
    *,
    model: Model = "glmm",
    tau2: Tau2Method = "reml",
    interval: IntervalMethod = "default",
    level: float = 0.95,
    **selection: Any,
) -> PooledOutcome:
    """Pool one outcome of the base over independent reports.

    Args:
        base: the evidence.
        outcome: an outcome of the vocabulary.
        by: what to group by.
        model: as in :func:`carta.synthesis.pool`, and so are ``tau2``, ``interval`` and ``level``.
        selection: what :func:`carta.synthesis.select` takes.

    Raises:
        ValueError: an unknown word or option.
        PoolingRefused: there is no report to pool; the message says what was left out.
    """
    options: dict[str, Any] = {"model": model, "tau2": tau2, "interval": interval, "level": level}
    chosen = select(base, outcome, by=by, **selection)
    reports = chosen.included
    if not reports:
        reasons = "; ".join(f"{one.study}: {one.reason}" for one in chosen.left_out)
        raise PoolingRefused(
            f"No report of {outcome} can be pooled. "
            + (f"Left out: {reasons}" if reasons else "The base holds no count of it.")
        )
    counts = [report.events for report in reports], [report.n for report in reports]
    keys = [report.study for report in reports]
    overall, refusal = _try_pool(*counts, keys, options)
    groups: tuple[PooledGroup, ...] = ()
    analysis = None
    if by is not None:
        analysis = subgroups(*counts, [report.group for report in reports], keys, **options)
        groups = tuple(
            PooledGroup(
                one.name,
                _label(base, by, one.name),
                tuple(report for report in reports if report.group == one.name),
                one.pooled,
                one.refusal,
            )
            for one in analysis.groups
        )
        groups = tuple(sorted(groups, key=lambda one: (-one.patients, one.name)))
    label = base.vocabulary().outcomes[outcome].label
    return PooledOutcome(outcome, label, overall, refusal, groups, analysis, chosen)


def cumulative_outcome(
    selection: Selection, **options: Any
) -> tuple[tuple[CumulativeStep, ...], tuple[str, ...]]:
    """Pool the reports of a selection in the order of publication.

    Returns:
        The steps, and the keys of reports that have no date of publication and so no place in the order.
    """
    dated = [report for report in selection.included if report.published]
    undated = tuple(report.study for report in selection.included if not report.published)
    if not dated:
        raise PoolingRefused("No report has a date of publication.")
    steps = cumulative(
        [report.events for report in dated],
        [report.n for report in dated],
        [report.study for report in dated],
        [report.published or "" for report in dated],
        **options,
    )
    return steps, undated


def _try_pool(
    events: list[int], n: list[int], labels: list[str], options: dict[str, Any]
) -> tuple[PooledProportion | None, str | None]:
    try:
        return pool(events, n, labels, **options), None
    except PoolingRefused as refusal:
        return None, str(refusal)


def _label(base: Evidence, by: Grouping, name: str) -> str:
    words = base.vocabulary()
    terms = {"disease": words.diseases, "target": words.targets, "cell-source": words.cell_sources}[by]
    labels = [terms[part].label if part in terms else part for part in name.split("+")]
    text = " and ".join(labels)
    return text[:1].upper() + text[1:]
