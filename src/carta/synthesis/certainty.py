"""Summary of findings: the effect, computed from the evidence as it stands, beside the recorded certainty.

Nothing of the effect is recorded: it is pooled (or, for a randomised trial, compared) each time it is asked for.
The certainty follows from judgements under ``evidence/certainty`` (:class:`carta.evidence.appraisals.Certainty`).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from carta.evidence import Evidence
from carta.evidence.appraisals import LOWERING, Certainty, Lowered
from carta.evidence.export.tables import Column, Table
from carta.evidence.pooling import POOLED_DESIGNS
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


_COLUMNS = (
    Column("certainty", "TEXT", "Name of the record of certainty."),
    Column("outcome", "TEXT", "Outcome of the vocabulary."),
    Column("question", "TEXT", "Who, what, and after how long."),
    Column(
        "kind", "TEXT", "frequency (pooled, no comparison) or comparison (one set of a randomised trial)."
    ),
    Column("analysis", "TEXT", "Of a comparison: the set of patients."),
    Column("events", "INTEGER", "Patients with the event; of a comparison under the treatment."),
    Column("n", "INTEGER", "Patients; of a comparison under the treatment."),
    Column("control_events", "INTEGER", "Of a comparison: patients with the event without the treatment."),
    Column("control_n", "INTEGER", "Of a comparison: patients without the treatment."),
    Column("groups", "INTEGER", "Independent groups of patients that were pooled."),
    Column("studies", "TEXT", "Keys of the reports that stand for them."),
    Column("estimate", "REAL", "Pooled share, or difference of shares, as a fraction of one."),
    Column("low", "REAL", "95 % interval, lower limit."),
    Column("high", "REAL", "95 % interval, upper limit."),
    Column("prediction_low", "REAL", "Prediction interval, lower limit."),
    Column("prediction_high", "REAL", "Prediction interval, upper limit."),
    Column("method", "TEXT", "How the estimate was made."),
    Column("notes", "TEXT", "What a user of the number must know."),
    Column("level", "TEXT", "Certainty after GRADE: very-low, low, moderate or high."),
)


def findings_table(evidence: Evidence) -> Table:
    """Return the summary of findings as a table for export: one row a frequency or comparison."""
    rows: list[dict[str, object]] = []
    for row in summary_of_findings(evidence):
        first = {"certainty": row.name, "outcome": row.certainty.outcome, "question": row.certainty.question}
        first["level"] = row.certainty.level
        if row.frequency is not None:
            rows.append(first | _frequency_cells(row.frequency))
        rows += [first | _comparison_cells(each) for each in row.comparisons]
        if row.frequency is None and not row.comparisons:
            rows.append(first | {"notes": row.refused})
    names = [column.name for column in _COLUMNS]
    return Table(
        "summary_of_findings",
        "Effects computed from the evidence, with the certainty of each.",
        _COLUMNS,
        [{name: row.get(name) for name in names} for row in rows],
    )


def _frequency_cells(held: Frequency) -> dict[str, object]:
    estimate, low, high = held.pooled or (None, None, None)
    prediction = held.prediction or (None, None)
    return {
        "kind": "frequency",
        "events": held.events,
        "n": held.patients,
        "groups": held.cohorts,
        "studies": "; ".join(held.studies),
        "estimate": estimate,
        "low": low,
        "high": high,
        "prediction_low": prediction[0],
        "prediction_high": prediction[1],
        "method": held.method,
        "notes": " ".join(held.notes) or None,
    }


def _comparison_cells(each: Comparison) -> dict[str, object]:
    return {
        "kind": "comparison",
        "analysis": each.label,
        "events": each.active[0],
        "n": each.active[1],
        "control_events": each.control[0],
        "control_n": each.control[1],
        "studies": each.study,
        "estimate": each.estimate,
        "low": each.low,
        "high": each.high,
        "method": "difference of proportions with Newcombe's hybrid score interval",
    }


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
    chosen: dict[str, Any] = {
        "diseases": certainty.diseases or None,
        # Those that the vocabulary has: a small base need not know them all.
        "designs": sorted(POOLED_DESIGNS & evidence.vocabulary().designs.keys()),
    }
    found = pool_outcome(evidence, certainty.outcome, **chosen)
    refusals = []
    with_events = sum(report.events > 0 for report in found.selection.included)
    if found.overall is None:
        refusals = [found.refusal or ""]
    elif with_events == 1 and found.cohorts > 1:
        refusals = [
            "All events are of one group of patients, which tells the mixed model nothing of the others."
        ]
    if refusals:
        # The mean of a beta distribution may still be defined.
        found = pool_outcome(evidence, certainty.outcome, model="beta-binomial", **chosen)
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
