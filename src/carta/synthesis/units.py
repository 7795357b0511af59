"""Independent units: which report speaks for each group of patients.

The same patients are reported again and again: in a case report, in a series, at a congress, in a news item. A pooled
proportion may take each patient once. So of all reports that share patients, or may share them, one is taken and
every other one is named with the reason why it was left out.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from typing import Final, Literal

from carta.evidence.base import BoundFact, Evidence
from carta.evidence.records import Study
from carta.synthesis.publication import Publication, publications
from carta.synthesis.refusal import PoolingRefused

#: Which of several reports of the same patients is taken.
Rule = Literal["largest", "latest"]
RULES: Final[dict[str, str]] = {
    "largest": "the report with the most patients; of equal ones the one read in the source itself, then the latest, "
    "then the first by name",
    "latest": "the report published last; of equal ones the largest, then the one read in the source itself, then the "
    "first by name",
}

#: What reports are grouped by.
Grouping = Literal["disease", "target", "cell-source"]
GROUPINGS: Final = ("disease", "target", "cell-source")

#: Designs that report patients of their own, treated one after another and not picked for their course.
DESIGNS: Final = ("case-series", "phase-1", "phase-1-2", "phase-2", "rct", "cohort")

#: Arms of a trial that were not given the cells.
_CONTROL: Final = re.compile(r"placebo|control|standard of care|comparator", re.IGNORECASE)

#: Blood cancers stand in the base for comparison, and antibodies too; neither is pooled unless it is asked for.
_CANCER: Final = "cancer"
_ENGAGER: Final = "t-cell-engager"

#: Outcomes that only patients with one disease can have, whatever else the report treats.
_DISEASE_OF_OUTCOME: Final = {
    "doris-remission": "sle",
    "sri4": "sle",
    "lldas": "sle",
    "complete-renal-response": "lupus-nephritis",
    "renal-response": "lupus-nephritis",
    "myositis-major-response": "myositis",
    "myositis-response": "myositis",
    "ssc-activity-improved": "systemic-sclerosis",
    "ssc-worsening": "systemic-sclerosis",
    "ra-response": "rheumatoid-arthritis",
    "mgc-response": "myasthenia-gravis",
    "mg-improvement": "myasthenia-gravis",
    "minimal-symptom-expression": "myasthenia-gravis",
}

#: What a report with patients of more than one group is called.
SEVERAL: Final = {
    "disease": "several diseases",
    "target": "several targets",
    "cell-source": "several sources",
}
UNKNOWN: Final = "not stated"


@dataclass(frozen=True)
class Report:
    """One study's count for one outcome."""

    study: str
    #: Short citation, such as "Müller et al., 2024"; the key where the bibliography has no such entry.
    label: str
    #: Identifiers of the facts: one, or the arms that were added up.
    facts: tuple[str, ...]
    events: int
    n: int
    cohort: str | None
    #: Date of publication as recorded, else the year of the bibliography; None where neither is known.
    published: str | None
    #: The weakest status of the facts.
    status: str
    timepoint: str | None
    #: The value of the grouping asked for; "" without one.
    group: str
    #: How the fact was chosen, where there was a choice; else "".
    choice: str

    @property
    def names(self) -> tuple[str, ...]:
        """``key:id`` of each fact, as prose names it."""
        return tuple(f"{self.study}:{identifier}" for identifier in self.facts)


@dataclass(frozen=True)
class LeftOutReport:
    """A report that was not taken, and why, in one sentence."""

    study: str
    events: int
    n: int
    reason: str


@dataclass(frozen=True)
class Selection:
    """The independent reports of one outcome, and what was left out."""

    outcome: str
    rule: Rule
    by: Grouping | None
    #: Ordered by study key.
    included: tuple[Report, ...]
    left_out: tuple[LeftOutReport, ...]

    @property
    def patients(self) -> int:
        """Patients in the reports taken."""
        return sum(report.n for report in self.included)

    @property
    def cohorts(self) -> int:
        """Independent cohorts: one for each report taken."""
        return len(self.included)

    @property
    def sources(self) -> list[str]:
        """Keys of the studies taken, for a figure's sources."""
        return [report.study for report in self.included]


def select(
    base: Evidence,
    outcome: str,
    *,
    by: Grouping | None = None,
    diseases: Sequence[str] | None = None,
    targets: Sequence[str] | None = None,
    cell_sources: Sequence[str] | None = None,
    statuses: Sequence[str] = ("read", "second-hand"),
    designs: Sequence[str] = DESIGNS,
    rule: Rule = "largest",
) -> Selection:
    """Choose one report for each group of patients.

    Of one study one count is taken: that of the whole group before that of an arm; arms are added up where together
    they make up the whole report, else the largest arm is taken; arms that were not given the cells never count. Of
    several time points the one with the most patients is taken, then the latest.

    Of the studies whose patients are shared or may be shared (one ``cohort``, or named in each other's ``overlaps``) one
    is taken by the rule: "largest" or "latest" (:data:`RULES` states how ties are broken). An overlap that is only
    possible counts as one.

    Args:
        base: the evidence.
        outcome: an outcome of the vocabulary.
        by: what the reports are grouped by.
        diseases: only reports with patients of these diseases and of no others; by default all but cancer.
        targets: only products with just these targets.
        cell_sources: only products of these cell sources; by default all but antibodies and T-cell engagers.
        statuses: how a value must have been read.
        designs: designs that may be pooled.
        rule: which of several reports of the same patients is taken.

    Raises:
        ValueError: a word that the vocabulary does not have, or an unknown rule or grouping.
    """
    _check_words(base, outcome, by, diseases, targets, cell_sources, designs, rule)
    printed = publications(base)
    left_out: list[LeftOutReport] = []
    candidates: list[Report] = []
    outlines: dict[str, Study] = {}
    by_study: dict[str, list[BoundFact]] = {}
    for bound in base.facts(outcome=outcome):
        if bound.fact.events is not None and bound.fact.n:
            by_study.setdefault(bound.study, []).append(bound)
    for key, facts in sorted(by_study.items()):
        outlines[key] = study = base.study_outline(key)
        group = _group(study, by, outcome)
        reason = _unfit(study, outcome, diseases, targets, cell_sources, designs)
        usable = [fact for fact in facts if fact.fact.status in statuses]
        if reason is None and not usable:
            reason = f"no count with the status {' or '.join(statuses)}"
        chosen = _one_count(key, study, usable or facts, group, printed.get(key))
        if reason is None and chosen is None:
            reason = "only patients who were not given the cells"
        if reason is not None or chosen is None:
            shown = chosen or _report(key, study, facts[:1], group, "", printed.get(key))
            left_out.append(LeftOutReport(key, shown.events, shown.n, _sentence(reason or "not usable")))
        else:
            candidates.append(chosen)
    taken: list[Report] = []
    for report in sorted(candidates, key=lambda one: _preference(one, rule)):
        rival = next((other for other in taken if _share(outlines, report, other)), None)
        if rival is None:
            taken.append(report)
        else:
            left_out.append(_duplicate(report, rival, outlines, rule))
    return Selection(
        outcome,
        rule,
        by,
        _told_apart(sorted(taken, key=lambda one: one.study)),
        tuple(sorted(left_out, key=lambda one: one.study)),
    )


def refuse_overlap(base: Evidence, studies: Iterable[str]) -> None:
    """Refuse to pool studies that share patients, or may share them.

    Raises:
        PoolingRefused: two of them do; the message names them.
        carta.evidence.UnknownRecordError: there is no study of that key.
    """
    keys = list(studies)
    outlines = {key: base.study_outline(key) for key in keys}
    for at, first in enumerate(keys):
        for second in keys[at + 1 :]:
            why = (
                "It is one study named twice."
                if first == second
                else shared_patients(outlines, first, second)
            )
            if why is not None:
                raise PoolingRefused(f"{first} and {second} must not be pooled: {why} Take one of the two.")


def shared_patients(outlines: dict[str, Study], first: str, second: str) -> str | None:
    """Return a sentence on the patients that two studies share or may share, or None."""
    one, other = outlines[first], outlines[second]
    known = one.overlaps.get(second) or other.overlaps.get(first)
    if known is not None:
        return known if known.endswith(".") else f"{known}."
    if one.cohort is not None and one.cohort == other.cohort:
        return f"Both report the cohort {one.cohort}."
    return None


def _told_apart(reports: Sequence[Report]) -> tuple[Report, ...]:
    """Add the cohort, or the key, to the labels that two reports share."""
    labels = [report.label for report in reports]
    return tuple(
        replace(report, label=f"{report.label} ({report.cohort or report.study})")
        if labels.count(report.label) > 1
        else report
        for report in reports
    )


def _check_words(
    base: Evidence,
    outcome: str,
    by: str | None,
    diseases: Sequence[str] | None,
    targets: Sequence[str] | None,
    cell_sources: Sequence[str] | None,
    designs: Sequence[str],
    rule: str,
) -> None:
    words = base.vocabulary()
    known: list[tuple[str, Iterable[str], Iterable[str]]] = [
        ("outcome", [outcome], words.outcomes),
        ("disease", diseases or (), words.diseases),
        ("target", targets or (), words.targets),
        ("cell source", cell_sources or (), words.cell_sources),
        ("design", designs, words.designs),
        ("rule", [rule], RULES),
        ("grouping", [by] if by is not None else (), GROUPINGS),
    ]
    for kind, given, allowed in known:
        unknown = [word for word in given if word not in allowed]
        if unknown:
            raise ValueError(f"There is no {kind} {unknown[0]!r}. Choose of {', '.join(sorted(allowed))}.")


def _unfit(
    study: Study,
    outcome: str,
    diseases: Sequence[str] | None,
    targets: Sequence[str] | None,
    cell_sources: Sequence[str] | None,
    designs: Sequence[str],
) -> str | None:
    """Return why a study is not to be pooled, as a phrase, or None."""
    if study.design == "case-report" and "case-report" not in designs:
        return "a case report: one or two patients, published because of their course"
    if study.design not in designs:
        return f"the design {study.design} reports no patients of its own, or picks them"
    product = study.product
    if product is None:
        return "no product is recorded"
    if cell_sources is None and product.cell_source == _ENGAGER:
        return "no cells are given"
    if cell_sources is not None and product.cell_source not in cell_sources:
        return f"the cell source is {product.cell_source or UNKNOWN}"
    if targets is not None and not (product.targets and set(product.targets) <= set(targets)):
        return f"the target is {'+'.join(product.targets) or UNKNOWN}"
    own = _DISEASE_OF_OUTCOME.get(outcome)
    patients = {own} if own is not None and _CANCER not in study.diseases else set(study.diseases)
    if diseases is None and _CANCER in patients:
        return "a blood cancer, for comparison only"
    if diseases is not None and not (patients and patients <= set(diseases)):
        return f"the patients have {', '.join(sorted(patients)) or 'a disease that is not recorded'}"
    return None


def _group(study: Study, by: Grouping | None, outcome: str) -> str:
    if by is None:
        return ""
    product = study.product
    if by == "cell-source":
        return (product.cell_source if product else None) or UNKNOWN
    if by == "target":
        return "+".join(sorted(product.targets)) if product and product.targets else UNKNOWN
    own = _DISEASE_OF_OUTCOME.get(outcome)
    if own is not None and _CANCER not in study.diseases:
        return own
    # Lupus nephritis is lupus: a report that names both treats one disease.
    names = [name for name in study.diseases if name != "lupus-nephritis" or "sle" not in study.diseases]
    return names[0] if len(names) == 1 else SEVERAL[by] if names else UNKNOWN


def _one_count(
    key: str, study: Study, facts: list[BoundFact], group: str, printed: Publication | None
) -> Report | None:
    """Choose one count of a study, as :func:`select` says."""
    whole = [bound for bound in facts if bound.fact.arm is None]
    if whole:
        best = max(whole, key=_fact_rank)
        return _report(key, study, [best], group, _said(best, len(whole)), printed)
    arms = [bound for bound in facts if not _CONTROL.search(bound.fact.arm or "")]
    if not arms:
        return None
    latest: dict[str, BoundFact] = {}
    for bound in sorted(arms, key=_fact_rank):
        latest[bound.fact.arm or ""] = bound
    parts = [latest[arm] for arm in sorted(latest)]
    if len(parts) > 1 and sum(bound.fact.n or 0 for bound in parts) == study.n:
        said = f"the arms {', '.join(sorted(latest))} added up, which are the whole report"
        return _report(key, study, parts, group, said, printed)
    best = max(parts, key=_fact_rank)
    return _report(key, study, [best], group, f"the arm {best.fact.arm} only", printed)


def _fact_rank(bound: BoundFact) -> tuple[int, bool, float, list[int]]:
    # The last item prefers the first identifier: max() takes the highest.
    return (
        bound.fact.n or 0,
        bound.fact.status == "read",
        days(bound.fact.timepoint),
        [-ord(letter) for letter in bound.id],
    )


def _said(best: BoundFact, choices: int) -> str:
    if choices == 1:
        return ""
    when = f", {best.fact.timepoint}" if best.fact.timepoint else ""
    return f"one of {choices} counts of this outcome: {best.id}{when}"


_DAYS: Final = {"day": 1.0, "week": 7.0, "month": 30.44, "year": 365.25}


def days(timepoint: str | None) -> float:
    """Return the latest time that a text such as "weeks 36 and 48" names, in days; 0 where it names none."""
    if timepoint is None:
        return 0.0
    text = timepoint.lower()
    unit = next((length for name, length in _DAYS.items() if name in text), 0.0)
    numbers = [float(number) for number in re.findall(r"\d+(?:\.\d+)?", text)]
    return unit * max(numbers, default=0.0)


def _report(
    key: str,
    study: Study,
    facts: Sequence[BoundFact],
    group: str,
    choice: str,
    printed: Publication | None,
) -> Report:
    order = ("read", "second-hand", "unverified")
    return Report(
        study=key,
        facts=tuple(bound.id for bound in facts),
        events=sum(bound.fact.events or 0 for bound in facts),
        n=sum(bound.fact.n or 0 for bound in facts),
        cohort=study.cohort,
        published=study.published or (printed.year if printed else None),
        label=printed.label if printed else key,
        status=max((bound.fact.status for bound in facts), key=order.index),
        timepoint=facts[0].fact.timepoint,
        group=group,
        choice=choice,
    )


def _preference(report: Report, rule: Rule) -> tuple[object, ...]:
    """Return the key by which reports are sorted, the one to be taken first."""
    size, read = -report.n, report.status != "read"
    when = [-int(part) for part in (report.published or "0").split("-")]
    if rule == "latest":
        return when, size, read, report.study
    return size, read, when, report.study


def _share(outlines: dict[str, Study], one: Report, other: Report) -> bool:
    return shared_patients(outlines, one.study, other.study) is not None


def _duplicate(report: Report, rival: Report, outlines: dict[str, Study], rule: Rule) -> LeftOutReport:
    why = shared_patients(outlines, report.study, rival.study) or ""
    return LeftOutReport(
        report.study,
        report.events,
        report.n,
        f"Patients shared with {rival.study} ({rival.events} of {rival.n}), which is taken as the {rule}. {why}",
    )


def _sentence(phrase: str) -> str:
    return f"{phrase[0].upper()}{phrase[1:]}."
