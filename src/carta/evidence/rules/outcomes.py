"""Facts that may be compared or pooled: counts of patients, of a named cohort, one for each question."""

from __future__ import annotations

from collections.abc import Iterator

from carta.evidence.rules.overlaps import CLINICAL_DESIGNS
from carta.evidence.rules.rule import Context, rule
from carta.findings import Finding

#: Designs whose patients are the report's own, so that somebody can be counted twice.
OWN_PATIENTS = CLINICAL_DESIGNS | {"cohort", "news", "registry"}
#: Designs that repeat the patients of others; such a report is never one of the pooled studies.
SUMMARIES = frozenset({"review", "meta-analysis", "guideline"})


@rule("outcome-count")
def outcome_is_a_count(context: Context) -> Iterator[Finding]:
    """A fact with an outcome says how many patients, of how many."""
    for key, identifier, _, fact in context.facts():
        if fact.outcome is None:
            continue
        missing = [name for name in ("events", "n") if getattr(fact, name) is None]
        if fact.unit != "patient":
            missing.append("unit: patient")
        if missing:
            yield context.finding(
                "outcome-count",
                ("study", key),
                ("facts", identifier, "outcome"),
                f"{key}:{identifier} has the outcome {fact.outcome}, but not {' and '.join(missing)}.",
                "Give the count of patients, or take the outcome away: only counts can be pooled.",
            )


@rule("outcome-cohort")
def outcome_has_a_cohort(context: Context) -> Iterator[Finding]:
    """A report of its own patients that carries an outcome names their cohort; a summary of others has none."""
    for key, study in context.records.studies.items():
        if study.design in SUMMARIES and study.cohort is not None:
            yield context.finding(
                "outcome-cohort",
                ("study", key),
                ("cohort",),
                f"{key} is a {study.design} and has no patients of its own, but names the cohort {study.cohort}.",
                "Take the cohort away; name the studies that it sums up in overlaps.",
            )
        if study.design not in OWN_PATIENTS or study.cohort is not None:
            continue
        tagged = next((name for name, fact in study.facts.items() if fact.outcome is not None), None)
        if tagged is not None:
            yield context.finding(
                "outcome-cohort",
                ("study", key),
                ("facts", tagged, "outcome"),
                f"{key}:{tagged} may be pooled, but {key} does not say whose patients these are.",
                "Give the study a cohort of the vocabulary (a new one if nobody else reports these patients).",
            )


@rule("outcome-once")
def outcome_is_given_once(context: Context) -> Iterator[Finding]:
    """A report has one count for an outcome, a group of patients and a time."""
    for key, study in context.records.studies.items():
        seen: dict[tuple[str, str | None, str | None], str] = {}
        for identifier, fact in study.facts.items():
            if fact.outcome is None:
                continue
            question = (fact.outcome, fact.arm, fact.timepoint)
            if question in seen:
                yield context.finding(
                    "outcome-once",
                    ("study", key),
                    ("facts", identifier, "outcome"),
                    f"{key}:{identifier} and {key}:{seen[question]} both count {fact.outcome}, for the same "
                    "patients and time.",
                    "Keep the outcome on the later or better read one, or tell them apart by arm or timepoint.",
                )
            seen.setdefault(question, identifier)


@rule("outcome-disease")
def outcome_has_a_disease(context: Context) -> Iterator[Finding]:
    """A report that carries an outcome names the disease, so that cancer is never pooled with autoimmunity."""
    for key, study in context.records.studies.items():
        if study.diseases:
            continue
        tagged = next((name for name, fact in study.facts.items() if fact.outcome is not None), None)
        if tagged is not None:
            yield context.finding(
                "outcome-disease",
                ("study", key),
                ("facts", tagged, "outcome"),
                f"{key}:{tagged} may be compared with others, but {key} names no disease.",
                "Give the study its diseases; cancer is one of the vocabulary.",
            )
