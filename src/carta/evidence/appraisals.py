"""Typed records of judgements: the risk of bias of a study, and the certainty of an outcome.

The two instruments are the JBI checklist for case series (Munn et al., 2020) and RoB 2 for randomised trials
(Sterne et al., 2019); certainty follows GRADE (Guyatt et al., 2008). Labels are in our own words.
"""

from __future__ import annotations

from collections import Counter
from datetime import date
from typing import Annotated, Literal, Self

from pydantic import Field, model_validator

from carta.evidence.records import Identifier, Record, Text

Instrument = Literal["jbi-case-series", "rob-2"]
Answer = Literal["yes", "no", "unclear", "not-applicable"]
Risk = Literal["low", "some-concerns", "high"]
#: How far a concern lowers the certainty: by no, one, or two levels.
Concern = Literal["none", "serious", "very-serious"]
Level = Literal["very-low", "low", "moderate", "high"]

#: From least to most certain.
LEVELS: tuple[Level, ...] = ("very-low", "low", "moderate", "high")
_LOWERED: dict[Concern, int] = {"none": 0, "serious": 1, "very-serious": 2}


class Answered(Record):
    """The answer to one item of a checklist."""

    answer: Answer = Field(description="yes, no, unclear, or not-applicable.")
    reason: Text = Field(description="Why, from what was read.")


class CaseSeriesItems(Record):
    """The ten items of the JBI checklist for case series; the descriptions are printed as labels."""

    inclusion: Answered = Field(description="Clear criteria for who was included")
    measurement: Answered = Field(description="Condition measured alike and reliably in everybody")
    identification: Answered = Field(description="Valid method of diagnosis in everybody")
    consecutive: Answered = Field(description="Patients included one after the other, none passed over")
    complete: Answered = Field(description="All included patients accounted for")
    demographics: Answered = Field(description="Age, sex and the like reported")
    clinical: Answered = Field(description="Clinical state before treatment reported")
    outcomes: Answered = Field(description="Outcomes and follow-up reported")
    site: Answered = Field(description="Treating centre and its patients described")
    analysis: Answered = Field(description="Analysis fits the question and the numbers")


class Judged(Record):
    """The judgement of one domain of RoB 2."""

    risk: Risk = Field(description="low, some-concerns, or high.")
    reason: Text = Field(description="Why, from what was read.")


class TrialDomains(Record):
    """The five domains of RoB 2; the descriptions are printed as labels."""

    randomisation: Judged = Field(description="Randomisation and concealment")
    deviations: Judged = Field(description="Departures from the assigned treatment")
    missing: Judged = Field(description="Missing results")
    measurement: Judged = Field(description="Measurement of the outcome")
    selection: Judged = Field(description="Choice of the reported result")

    def worst(self) -> Risk:
        """Return the gravest judgement of the five."""
        risks = {getattr(self, name).risk for name in type(self).model_fields}
        return next(risk for risk in ("high", "some-concerns", "low") if risk in risks)


class AnalysisSet(Record):
    """One set of patients in which a randomised comparison was analysed."""

    label: Text = Field(description="As the trial calls it.")
    question: Literal["assignment", "adherence"] = Field(
        description="Effect of being assigned to a treatment, or of keeping to it."
    )
    active: Text = Field(description="Fact with the count under the treatment: key:id.")
    control: Text = Field(description="Fact with the count under the comparison: key:id.")
    domains: TrialDomains
    overall: Judged = Field(description="All domains together; never better than the worst of them.")

    @model_validator(mode="after")
    def _overall_not_better(self) -> Self:
        order = ("low", "some-concerns", "high")
        if order.index(self.overall.risk) < order.index(self.domains.worst()):
            raise ValueError(
                f"is judged {self.overall.risk} overall, but one domain is {self.domains.worst()}: "
                "the whole is never better than its worst domain"
            )
        return self


class Appraisal(Record):
    """The risk of bias of one study, judged on what of it could be read."""

    instrument: Instrument = Field(description="jbi-case-series, or rob-2 for a randomised comparison.")
    read: Text = Field(description="What was read for the judgement.")
    appraised: date = Field(description="When it was judged.")
    items: CaseSeriesItems | None = Field(None, description="For jbi-case-series.")
    outcome: Identifier | None = Field(None, description="For rob-2: the outcome that was judged.")
    analyses: dict[Identifier, AnalysisSet] = Field(
        default_factory=dict, description="For rob-2: each set of patients."
    )
    note: Text | None = None

    @model_validator(mode="after")
    def _fits_instrument(self) -> Self:
        if self.instrument == "jbi-case-series":
            if self.items is None:
                raise ValueError("is a jbi-case-series without items")
            if self.analyses or self.outcome:
                raise ValueError("is a jbi-case-series: analyses and outcome belong to rob-2")
        elif self.items is not None or not self.analyses or self.outcome is None:
            raise ValueError("is a rob-2: give outcome and analyses, and no items")
        return self

    def counts(self) -> dict[Answer, int]:
        """Return how many of the ten items have each answer; empty for RoB 2. There is no total score."""
        if self.items is None:
            return {}
        return dict(Counter(getattr(self.items, name).answer for name in CaseSeriesItems.model_fields))


class Lowered(Record):
    """A reason to lower the certainty, or why there is none."""

    concern: Concern = Field(description="none, serious (one level), or very-serious (two levels).")
    reason: Text


class Raised(Record):
    """A reason to raise the certainty, or why there is none."""

    levels: Annotated[int, Field(ge=0, le=2)] = Field(0, description="0, 1 or 2 levels.")
    reason: Text


class Certainty(Record):
    """How sure one may be of an outcome, after GRADE; the effect itself is computed when the site is built."""

    outcome: Identifier = Field(description="An outcome of the vocabulary.")
    question: Text = Field(description="Who, what, and after how long; the first column of the table.")
    diseases: list[Identifier] = Field(
        default_factory=list, description="Only reports of one of these diseases; empty: all but cancer."
    )
    trial: Text | None = Field(
        None, description="For a randomised comparison: key of its rob-2 appraisal; its sets are compared."
    )
    start: Literal["low", "high"] = Field(description="high for randomised trials, low for all others.")
    start_reason: Text = Field(description="Why it starts there.")
    risk_of_bias: Lowered = Field(description="Risk of bias")
    inconsistency: Lowered = Field(description="Inconsistency")
    indirectness: Lowered = Field(description="Indirectness")
    imprecision: Lowered = Field(description="Imprecision")
    publication_bias: Lowered = Field(description="Publication bias")
    large_effect: Raised = Field(description="Large effect")
    dose_response: Raised = Field(description="Dose and response")
    confounding: Raised = Field(description="Confounding would hide the effect")
    plain: Text = Field(description="What it means for a reader, in a sentence without numbers.")
    judged: date = Field(description="When it was judged.")

    @model_validator(mode="after")
    def _sound(self) -> Self:
        if (self.trial is not None) != (self.start == "high"):
            raise ValueError("starts high only as a randomised comparison, which names its trial")
        lowered = [name for name in LOWERING if getattr(self, name).concern != "none"]
        raised = [name for name in RAISING if getattr(self, name).levels]
        if lowered and raised:
            raise ValueError(
                f"is raised for {', '.join(raised)} though it is lowered for {', '.join(lowered)}: "
                "GRADE raises only what nothing lowers"
            )
        return self

    @property
    def level(self) -> Level:
        """The certainty: the start, lowered and raised, and never below very low or above high."""
        position: int = LEVELS.index(self.start)
        position -= sum(_LOWERED[getattr(self, name).concern] for name in LOWERING)
        position += sum(getattr(self, name).levels for name in RAISING)
        return LEVELS[max(0, min(position, len(LEVELS) - 1))]


#: Fields of :class:`Certainty` that lower, and that raise.
LOWERING = ("risk_of_bias", "inconsistency", "indirectness", "imprecision", "publication_bias")
RAISING = ("large_effect", "dose_response", "confounding")
