"""Numbers that must agree: events and n, an interval and its centre, grades and their sum."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator

from carta.evidence.records import Fact, Interval
from carta.evidence.rules.rule import Context, rule
from carta.findings import Finding

#: Printed limits are rounded, so a centre may stand outside by this share of its own size.
_ROUNDING = 1e-9


@rule("events-within-n")
def events_within_n(context: Context) -> Iterator[Finding]:
    """No more patients with an event than there were patients; a proportion needs somebody in it."""
    for key, identifier, study, fact in context.facts():
        if fact.events is None or fact.n is None:
            continue
        place = ("facts", identifier, "events")
        if fact.events > fact.n:
            yield context.finding(
                "events-within-n",
                ("study", key),
                place,
                f"{key}:{identifier} has {fact.events} events among {fact.n}.",
                "Correct the counts; if events and not patients were counted, give them as a value.",
            )
        elif fact.n == 0:
            yield context.finding(
                "events-within-n",
                ("study", key),
                place,
                f"{key}:{identifier} is a proportion of nobody.",
                "Give n, or state the result as text.",
            )
        elif (
            study.n
            and fact.n > study.n
            and fact.unit == "patient"
            and fact.arm is None
            and study.design in {"case-report", "case-series"}
        ):
            yield context.finding(
                "events-within-n",
                ("study", key),
                place,
                f"{key}:{identifier} speaks of {fact.n} patients, the report of {study.n}.",
                "Correct n of the fact or of the study.",
                "warning",
            )


def _intervals(fact: Fact) -> Iterator[tuple[str, Interval]]:
    for name in ("ci95", "iqr", "range"):
        interval = getattr(fact, name)
        if interval is not None:
            yield name, interval


@rule("interval-contains-estimate")
def interval_contains_estimate(context: Context) -> Iterator[Finding]:
    """Limits stand in order and enclose the number they belong to; the quartiles lie within the range."""
    for key, identifier, _, fact in context.facts():
        for name, (low, high) in _intervals(fact):
            place = ("facts", identifier, name)
            if low > high:
                yield context.finding(
                    "interval-contains-estimate",
                    ("study", key),
                    place,
                    f"{key}:{identifier}: the lower limit {low} of {name} is above the upper limit {high}.",
                    "Exchange the limits.",
                )
                continue
            centre = fact.centre
            if centre is None or fact.source_inconsistency is not None:
                continue
            if fact.events is not None and fact.unit != "percent" and high <= 1:
                centre = centre / 100
            slack = _ROUNDING + (0.51 if fact.events is not None and high > 1 else 0)
            if not low - slack <= centre <= high + slack:
                yield context.finding(
                    "interval-contains-estimate",
                    ("study", key),
                    place,
                    f"{key}:{identifier}: {name} from {low} to {high} does not contain {centre:g}.",
                    "Correct the numbers; if the source prints them so, say it in source_inconsistency.",
                )
        if (
            fact.iqr
            and fact.range
            and fact.source_inconsistency is None
            and not (fact.range[0] <= fact.iqr[0] and fact.iqr[1] <= fact.range[1])
        ):
            yield context.finding(
                "interval-contains-estimate",
                ("study", key),
                ("facts", identifier, "iqr"),
                f"{key}:{identifier}: the quartiles lie outside the range.",
                "Correct the numbers, or say in source_inconsistency that the source prints them so.",
            )
    for model, file in context.records.parameters.items():
        for identifier, parameter in file.parameters.items():
            if parameter.range is None:
                continue
            low, high = parameter.range
            values = parameter.value if isinstance(parameter.value, list) else [parameter.value]
            outside = [value for value in values if value is not None and not low <= value <= high]
            if low > high or outside:
                yield context.finding(
                    "interval-contains-estimate",
                    ("parameters", model),
                    ("parameters", identifier, "range"),
                    f"{model}:{identifier}: the range {low} to {high} does not contain the value.",
                    "Correct the numbers, or leave the range out and say why in a note.",
                )


@rule("grades-sum")
def grades_sum(context: Context) -> Iterator[Finding]:
    """Patients counted by highest grade add up to those with any grade."""
    for key, study in context.records.studies.items():
        groups: dict[tuple[str, str | None, str | None, int | None], dict[str, tuple[str, int]]] = (
            defaultdict(dict)
        )
        for identifier, fact in study.facts.items():
            if fact.outcome is None or fact.events is None:
                continue
            family, _, grade = fact.outcome.partition("-")
            if family in ("crs", "icans"):
                groups[family, fact.arm, fact.timepoint, fact.n].setdefault(grade, (identifier, fact.events))
        for (family, _, _, n), grades in groups.items():
            single = {name: grades[name][1] for name in grades if name.removeprefix("grade-").isdigit()}
            total = sum(single.values())
            any_grade = grades.get("any")
            complete = {"grade-1", "grade-2"} <= set(single) and (
                "grade-3-plus" in grades or {"grade-3", "grade-4"} <= set(single)
            )
            if "grade-3-plus" in grades and "grade-3" not in single:
                total += grades["grade-3-plus"][1]
            limit = any_grade[1] if any_grade else n
            if limit is None or not single:
                continue
            if total > limit or (any_grade and complete and total != limit):
                identifier = (any_grade or next(iter(grades.values())))[0]
                yield context.finding(
                    "grades-sum",
                    ("study", key),
                    ("facts", identifier),
                    f"{key}: {family.upper()} by grade adds up to {total}, but "
                    f"{'any grade is' if any_grade else 'there were'} {limit}.",
                    "Correct the counts, or mark as text what counts episodes and not patients.",
                )
