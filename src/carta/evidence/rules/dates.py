"""Dates in their order."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date
from itertools import pairwise

from carta.evidence.rules.rule import Context, rule
from carta.findings import Finding


def _after(first: str, second: str) -> bool:
    """Whether the first partial date is certainly after the second: compared to the coarser of the two."""
    length = min(len(first), len(second))
    return first[:length] > second[:length]


@rule("dates")
def dates_in_order(context: Context) -> Iterator[Finding]:
    """A trial starts before it completes; nothing was checked or added in the future or before publication."""
    today = date.today()
    for nct, trial in context.records.trials.items():
        stated = [
            (name, value)
            for name in ("start", "primary_completion", "completion")
            if (value := getattr(trial, name)) is not None
        ]
        for (early, first), (late, second) in pairwise(stated):
            if _after(first, second):
                yield context.finding(
                    "dates",
                    ("trial", nct),
                    (late,),
                    f"{nct}: {early} {first} is after {late} {second}.",
                    "Correct the dates from the registry record.",
                )
        if trial.last_update is not None and _after(trial.last_update, today.isoformat()):
            yield context.finding(
                "dates",
                ("trial", nct),
                ("last_update",),
                f"{nct}: last_update lies in the future.",
                "Correct it.",
            )
    for key, study in context.records.studies.items():
        if study.added > today:
            yield context.finding(
                "dates",
                ("study", key),
                ("added",),
                f"{key}: added lies in the future.",
                "Give the day it was added.",
            )
        for identifier, fact in study.facts.items():
            place = ("facts", identifier, "checked")
            if fact.checked > today:
                yield context.finding(
                    "dates",
                    ("study", key),
                    place,
                    f"{key}:{identifier}: checked lies in the future.",
                    "Give the day on which the value was last read.",
                )
            elif (
                study.published
                and fact.status == "read"
                and _after(study.published, fact.checked.isoformat())
            ):
                yield context.finding(
                    "dates",
                    ("study", key),
                    place,
                    f"{key}:{identifier}: was checked before the source was published.",
                    "Correct published or checked.",
                )
        for identifier, patient in study.patients.items():
            if (
                patient.relapse_month is not None
                and patient.followup_months is not None
                and patient.relapse_month > patient.followup_months
            ):
                yield context.finding(
                    "dates",
                    ("study", key),
                    ("patients", identifier, "relapse_month"),
                    f"{key}:{identifier}: relapse comes after the end of follow-up.",
                    "Correct the months.",
                )
