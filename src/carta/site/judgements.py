"""How judgements of bias and certainty are shown: a sign and a word, never a colour alone."""

from __future__ import annotations

from typing import NamedTuple

from docutils import nodes

from carta.evidence.appraisals import Appraisal, CaseSeriesItems, TrialDomains


class Shown(NamedTuple):
    """A judgement as pages show it."""

    sign: str
    words: str


#: Answers of the JBI checklist.
ANSWERS = {
    "yes": Shown("✓", "yes"),
    "no": Shown("✗", "no"),
    "unclear": Shown("?", "unclear"),
    "not-applicable": Shown("–", "does not apply"),
}
#: Judgements of RoB 2.
RISKS = {
    "low": Shown("+", "low risk"),
    "some-concerns": Shown("!", "some concerns"),
    "high": Shown("✗", "high risk"),
}
#: Levels of GRADE.
LEVELS = {
    "very-low": Shown("⊕◯◯◯", "very low"),
    "low": Shown("⊕⊕◯◯", "low"),
    "moderate": Shown("⊕⊕⊕◯", "moderate"),
    "high": Shown("⊕⊕⊕⊕", "high"),
}
#: How far a concern lowers the certainty.
CONCERNS = {"none": "not lowered", "serious": "serious, −1", "very-serious": "very serious, −2"}
#: The same in short: the levels it takes.
STEPS = {"none": "", "serious": "−1", "very-serious": "−2"}


class JudgementRow(NamedTuple):
    """One item or domain with its judgement, and why."""

    question: str
    judgement: Shown
    reason: str


class JudgementGroup(NamedTuple):
    """The judgements of one instrument on one study, or on one set of its patients."""

    title: str
    rows: list[JudgementRow]


def judgement_groups(appraisal: Appraisal) -> list[JudgementGroup]:
    """Return all judgements of an appraisal with their reasons, in the order of the instrument."""
    if appraisal.items is not None:
        rows = []
        for name, field in CaseSeriesItems.model_fields.items():
            item = getattr(appraisal.items, name)
            rows.append(JudgementRow(field.description or name, ANSWERS[item.answer], item.reason))
        return [JudgementGroup("JBI checklist for case series", rows)]
    groups = []
    for analysis in appraisal.analyses.values():
        rows = []
        for name, field in TrialDomains.model_fields.items():
            domain = getattr(analysis.domains, name)
            rows.append(JudgementRow(field.description or name, RISKS[domain.risk], domain.reason))
        overall = analysis.overall
        rows.append(JudgementRow("All domains together", RISKS[overall.risk], overall.reason))
        effect = (
            "effect of being assigned" if analysis.question == "assignment" else "effect of keeping to it"
        )
        groups.append(JudgementGroup(f"RoB 2, {analysis.label} ({effect})", rows))
    return groups


def judgement(shown: Shown, kind: str, *, words: bool = True) -> list[nodes.Node]:
    """Return a sign with its word; the word is for screen readers alone where ``words`` is false.

    ``kind`` is the judgement in the record; style sheets find it in the class ``carta-judged-KIND``.
    """
    sign = nodes.inline("", shown.sign, classes=["carta-judged", f"carta-judged-{kind}"])
    return [
        sign,
        nodes.Text(" "),
        nodes.inline("", shown.words, classes=[] if words else ["carta-for-readers"]),
    ]


def legend(shown: dict[str, Shown]) -> nodes.paragraph:
    """Return the line that says what the signs mean."""
    return nodes.paragraph(
        "", "; ".join(f"{item.sign} {item.words}" for item in shown.values()) + ".", classes=["carta-legend"]
    )
