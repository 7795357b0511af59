"""Overlapping patients: named on both sides, so that nobody is counted twice."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from itertools import combinations

from carta.evidence.rules.rule import Context, rule
from carta.findings import Finding

#: Designs that report patients of their own.
CLINICAL_DESIGNS = frozenset({"case-report", "case-series", "phase-1", "phase-1-2", "phase-2", "rct"})


@rule("overlaps")
def overlaps_on_both_sides(context: Context) -> Iterator[Finding]:
    """An overlap is named in both reports, and so are reports of one cohort and doubly reported patients."""
    studies = context.records.studies
    for key, study in studies.items():
        for other in study.overlaps:
            if other not in studies or other == key:
                yield context.finding(
                    "overlaps",
                    ("study", key),
                    ("overlaps", other),
                    f"{key} names an overlap with {other!r}: no such other study.",
                    "Correct the key.",
                )
            elif key not in studies[other].overlaps:
                yield context.finding(
                    "overlaps",
                    ("study", other),
                    ("overlaps",),
                    f"{key} names an overlap with {other}, but {other} does not name {key}.",
                    f"Add {key} to overlaps of {other}.",
                )
        for identifier, patient in study.patients.items():
            for name in patient.same_patient_as:
                other, _, other_patient = name.partition(":")
                twin = studies[other].patients.get(other_patient) if other in studies else None
                if twin is None or f"{key}:{identifier}" not in twin.same_patient_as:
                    yield context.finding(
                        "overlaps",
                        ("study", key),
                        ("patients", identifier, "same_patient_as"),
                        f"{key}:{identifier} is the same person as {name}, which "
                        f"{'does not exist' if twin is None else 'does not say so'}.",
                        "Name the patient on both sides.",
                    )
    cohorts: dict[str, list[str]] = defaultdict(list)
    for key, study in studies.items():
        if study.cohort is not None:
            cohorts[study.cohort].append(key)
    for cohort, keys in cohorts.items():
        for first, second in combinations(keys, 2):
            if second not in studies[first].overlaps:
                yield context.finding(
                    "overlaps",
                    ("study", first),
                    ("overlaps",),
                    f"{first} and {second} report the cohort {cohort}, but do not name each other.",
                    f"Add {second} to overlaps, with what is known of the shared patients.",
                )


@rule("shared-registration")
def shared_registration(context: Context) -> Iterator[Finding]:
    """Clinical reports of one registered trial in one disease say whether they share patients."""
    by_number: dict[str, list[str]] = defaultdict(list)
    for key, study in context.records.studies.items():
        if study.design in CLINICAL_DESIGNS:
            for number in study.registrations:
                by_number[number].append(key)
    for number, keys in by_number.items():
        for first, second in combinations(keys, 2):
            one, two = context.records.studies[first], context.records.studies[second]
            if second not in one.overlaps and set(one.diseases) & set(two.diseases):
                yield context.finding(
                    "shared-registration",
                    ("study", first),
                    ("registrations",),
                    f"{first} and {second} report the trial {number}, but say nothing of shared patients.",
                    f"Add {second} to overlaps, with what is known (also that there is none).",
                )
