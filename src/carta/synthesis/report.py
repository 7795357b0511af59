"""A pooled proportion as text, as rows for CSV, and as plain values for JSON."""

from __future__ import annotations

import csv
import io
from collections.abc import Sequence
from typing import Any, Final

from carta.synthesis.outcome import PooledOutcome
from carta.synthesis.result import Interval, PooledProportion
from carta.synthesis.subgroup_analysis import SubgroupAnalysis

#: Most studies that the text lists.
_LISTED: Final = 60

COLUMNS: Final = (
    "outcome",
    "group",
    "studies",
    "events",
    "n",
    "estimate",
    "low",
    "high",
    "prediction_low",
    "prediction_high",
    "tau2",
    "i2",
    "model",
    "fitted",
    "note",
)


def percent(share: float) -> str:
    """Return a fraction as per cent with one decimal, and as ``<0.1`` or ``>99.9`` near the ends."""
    value = 100 * share
    if 0 < value < 0.05:
        return "<0.1"
    if 99.95 < value < 100:
        return ">99.9"
    return f"{value:.1f}"


def between(interval: Interval) -> str:
    """Return an interval in per cent."""
    return f"{percent(interval[0])} to {percent(interval[1])}"


def pooled_text(pooled: PooledProportion, *, studies: bool = True) -> str:
    """Return the result, its studies and its notes, as lines of text."""
    level = f"{100 * pooled.level:g} %"
    lines = [
        f"{percent(pooled.estimate)} % ({level} interval {between(pooled.ci)}): {pooled.events} of {pooled.n} patients "
        f"in {pooled.k} {'study' if pooled.k == 1 else 'studies'}",
    ]
    if pooled.prediction is not None:
        lines.append(f"{level} prediction interval for a new study: {between(pooled.prediction)} %")
    lines.append(f"Model: {pooled.method}; interval: {pooled.interval}")
    if pooled.tau2 is not None:
        i2 = "" if pooled.i2 is None else f", I² = {pooled.i2:.0f} %"
        lines.append(f"Between studies: tau² = {pooled.tau2:.4g} ({pooled.tau2_method}){i2}")
    if pooled.overdispersion is not None:
        lines.append(f"Between studies: correlation within studies = {pooled.overdispersion:.4g}")
    if pooled.q is not None and pooled.q_p is not None:
        lines.append(f"Homogeneity: chi² = {pooled.q:.2f}, df = {pooled.q_df}, p = {pooled.q_p:.3g}")
    lines += [f"Note: {note}" for note in pooled.notes]
    if studies:
        width = min(max(len(study.label) for study in pooled.studies), 44)
        lines.append("")
        lines += [
            f"  {study.label:<{width}}  {study.events:>4}/{study.n:<5} {percent(study.proportion):>6} % "
            f"({between(study.ci)})"
            for study in pooled.studies[:_LISTED]
        ]
        if pooled.k > _LISTED:
            lines.append(f"  ... and {pooled.k - _LISTED} more studies (--format json has them all)")
    return "\n".join(lines)


def outcome_text(outcome: PooledOutcome) -> str:
    """Return the outcome, its groups, and what was left out and why, as lines of text."""
    lines = [f"{outcome.label} ({outcome.outcome})", ""]
    lines.append((outcome.refusal or "") if outcome.overall is None else pooled_text(outcome.overall))
    if outcome.groups:
        lines.append("")
        for group in outcome.groups:
            lines.append(f"{group.label}: {_short(group.pooled, group.refusal)}")
        lines += _tests(outcome.analysis)
    chosen = [report for report in outcome.selection.included if report.choice]
    if chosen:
        lines += ["", "Chosen within a report:"]
        lines += [f"  {report.study}: {report.choice}" for report in chosen]
    if outcome.selection.left_out:
        lines += ["", f"Left out ({len(outcome.selection.left_out)}):"]
        lines += [f"  {one.study} ({one.events}/{one.n}): {one.reason}" for one in outcome.selection.left_out]
    return "\n".join(lines)


def groups_text(analysis: SubgroupAnalysis) -> str:
    """Return the groups of a file and the tests, as lines of text."""
    lines = [f"{group.name}: {_short(group.pooled, group.refusal)}" for group in analysis.groups]
    return "\n".join([*lines, *_tests(analysis)])


def row(
    outcome: str, group: str, pooled: PooledProportion | None, refusal: str | None, size: tuple[int, int, int]
) -> dict[str, Any]:
    """Return one row for CSV and JSON; ``size`` is studies, events and patients."""
    values: dict[str, Any] = dict.fromkeys(COLUMNS)
    values |= {"outcome": outcome, "group": group, "studies": size[0], "events": size[1], "n": size[2]}
    if pooled is None:
        return values | {"note": refusal}
    low, high = pooled.prediction if pooled.prediction is not None else (None, None)
    return values | {
        "estimate": pooled.estimate,
        "low": pooled.ci[0],
        "high": pooled.ci[1],
        "prediction_low": low,
        "prediction_high": high,
        "tau2": pooled.tau2,
        "i2": pooled.i2,
        "model": pooled.model,
        "fitted": pooled.fitted,
        "note": " ".join(pooled.notes),
    }


def outcome_rows(outcome: PooledOutcome) -> list[dict[str, Any]]:
    """Return a row for the whole and one for each group."""
    included = outcome.selection.included
    size = len(included), sum(report.events for report in included), sum(report.n for report in included)
    rows = [row(outcome.outcome, "all", outcome.overall, outcome.refusal, size)]
    for group in outcome.groups:
        size = len(group.reports), sum(one.events for one in group.reports), group.patients
        rows.append(row(outcome.outcome, group.name, group.pooled, group.refusal, size))
    return rows


def outcome_values(outcome: PooledOutcome) -> dict[str, Any]:
    """Return everything as plain values, for JSON."""
    from dataclasses import asdict

    analysis = outcome.analysis
    return {
        "outcome": outcome.outcome,
        "label": outcome.label,
        "patients": outcome.patients,
        "cohorts": outcome.cohorts,
        "rule": outcome.selection.rule,
        "overall": None if outcome.overall is None else outcome.overall.as_dict(),
        "refusal": outcome.refusal,
        "groups": [
            {
                "group": group.name,
                "label": group.label,
                "pooled": None if group.pooled is None else group.pooled.as_dict(),
                "refusal": group.refusal,
            }
            for group in outcome.groups
        ],
        "tests": None if analysis is None else tests_values(analysis),
        "included": [asdict(report) for report in outcome.selection.included],
        "left_out": [asdict(one) for one in outcome.selection.left_out],
    }


def tests_values(analysis: SubgroupAnalysis) -> dict[str, Any]:
    """Return the tests of groups as plain values."""
    names = ("lr", "lr_df", "lr_p", "q_between", "q_df", "q_p")
    return {name: getattr(analysis, name) for name in names} | {"notes": list(analysis.notes)}


def as_csv(rows: Sequence[dict[str, Any]]) -> str:
    """Return rows as CSV."""
    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS)
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def _short(pooled: PooledProportion | None, refusal: str | None) -> str:
    if pooled is None:
        return refusal or ""
    exact = ", exact" if pooled.fitted == "exact" else ""
    return (
        f"{percent(pooled.estimate)} % ({between(pooled.ci)}{exact}), {pooled.events} of {pooled.n} in {pooled.k} "
        f"{'study' if pooled.k == 1 else 'studies'}"
    )


def _tests(analysis: SubgroupAnalysis | None) -> list[str]:
    if analysis is None:
        return []
    lines = []
    if analysis.lr is not None and analysis.lr_p is not None:
        lines.append(
            f"Do the groups differ? Likelihood ratio {analysis.lr:.2f}, df = {analysis.lr_df}, p = {analysis.lr_p:.3g}"
        )
    if analysis.q_between is not None and analysis.q_p is not None:
        lines.append(
            f"Q between groups = {analysis.q_between:.2f}, df = {analysis.q_df}, p = {analysis.q_p:.3g}"
        )
    return lines + [f"Note: {note}" for note in analysis.notes]
