"""Summary of findings: the effect, computed from the evidence as it stands, beside the recorded certainty.

Nothing of the effect is recorded: it is pooled (or, for a randomised trial, compared) each time it is asked for.
The certainty follows from judgements under ``evidence/certainty`` (:class:`carta.evidence.appraisals.Certainty`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carta.evidence import Evidence
from carta.evidence.appraisals import LOWERING, Certainty, Lowered
from carta.synthesis.outcome import pool_outcome
from carta.synthesis.refusal import PoolingRefused
from carta.synthesis.two_arms import difference


@dataclass(frozen=True)
class Frequency:
    """A pooled proportion of treated patients. Proportions are fractions of one."""

    events: int
    patients: int
    #: Independent groups of patients, and the reports that stand for them.
    cohorts: int
    studies: tuple[str, ...]
    #: Pooled share with the limits of its 95 % interval; none where no model determines it.
    pooled: tuple[float, float, float] | None
    #: Where the share of a new group of patients would lie; none where it cannot be estimated.
    prediction: tuple[float, float] | None
    #: What was done, in words; none where nothing was pooled.
    method: str | None
    #: What a reader must know, one sentence each; first why the usual model was not used.
    notes: tuple[str, ...]


@dataclass(frozen=True)
class Comparison:
    """A randomised comparison in one set of patients. The difference is active less control, of one."""

    label: str
    study: str
    #: Events and patients under the treatment and under the comparison.
    active: tuple[int, int]
    control: tuple[int, int]
    estimate: float
    low: float
    high: float


@dataclass(frozen=True)
class SummaryRow:
    """One outcome with its effect and its certainty."""

    name: str
    certainty: Certainty
    #: A frequency; of a randomised trial none.
    frequency: Frequency | None
    #: Of a randomised trial: one comparison a set of patients.
    comparisons: tuple[Comparison, ...]
    #: Why no effect could be given, where there is none.
    refused: str | None = None

    @property
    def lowered(self) -> list[tuple[str, Lowered]]:
        """What lowers the certainty, with the label of each reason, in the order of GRADE."""
        return [
            (Certainty.model_fields[name].description or name, held)
            for name in LOWERING
            if (held := getattr(self.certainty, name)).concern != "none"
        ]


def summary_row(evidence: Evidence, name: str) -> SummaryRow:
    """Return the row of one recorded certainty.

    Raises:
        UnknownRecordError: when there is none of that name, or what it names is gone.
    """
    certainty = evidence.certainty(name)
    if certainty.trial is not None:
        return SummaryRow(name, certainty, None, _comparisons(evidence, certainty.trial))
    try:
        return SummaryRow(name, certainty, _frequency(evidence, certainty), ())
    except PoolingRefused as refusal:
        return SummaryRow(name, certainty, None, (), str(refusal))


def summary_of_findings(evidence: Evidence, names: Sequence[str] | None = None) -> list[SummaryRow]:
    """Return the rows of the named certainties, in that order; of all, by name, when none are named.

    Raises:
        UnknownRecordError: for a name that does not exist.
    """
    chosen = sorted(evidence.certainties()) if names is None else names
    return [summary_row(evidence, name) for name in chosen]


def _comparisons(evidence: Evidence, trial: str) -> tuple[Comparison, ...]:
    result = []
    for analysis in evidence.appraisal(trial).analyses.values():
        counts = []
        for name in (analysis.active, analysis.control):
            fact = evidence.fact(name).fact
            # The rule appraisal-study holds that both are counts.
            assert fact.events is not None and fact.n is not None
            counts.append((fact.events, fact.n))
        active, control = counts
        found = difference(active, control)
        result.append(
            Comparison(analysis.label, trial, active, control, found.estimate, found.low, found.high)
        )
    return tuple(result)


def _frequency(evidence: Evidence, certainty: Certainty) -> Frequency:
    diseases = certainty.diseases or None
    found = pool_outcome(evidence, certainty.outcome, diseases=diseases)
    refusals = []
    with_events = sum(report.events > 0 for report in found.selection.included)
    if found.overall is None:
        refusals = [found.refusal or ""]
    elif with_events == 1 and found.cohorts > 1:
        refusals = ["All events are of one group of patients, which tells the mixed model nothing of the others."]
    if refusals:
        # The mean of a beta distribution may still be defined.
        found = pool_outcome(evidence, certainty.outcome, diseases=diseases, model="beta-binomial")
    reports = found.selection.included
    events, patients = sum(report.events for report in reports), found.patients
    pooled = found.overall
    if pooled is None:
        refusals.append(found.refusal or "")
        return Frequency(
            events, patients, found.cohorts, tuple(found.sources), None, None, None, tuple(refusals)
        )
    return Frequency(
        events=events,
        patients=patients,
        cohorts=found.cohorts,
        studies=tuple(found.sources),
        pooled=(pooled.estimate, *pooled.ci),
        prediction=pooled.prediction,
        method=pooled.method,
        notes=(*refusals, *pooled.notes),
    )
