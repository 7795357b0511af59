"""What ``carta pool`` prints, for the evidence base and for a file."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

from carta.evidence.base import Evidence
from carta.synthesis import report
from carta.synthesis.counts_file import read_counts_file
from carta.synthesis.outcome import PooledOutcome, pool_outcome
from carta.synthesis.pooling import pool
from carta.synthesis.refusal import PoolingRefused
from carta.synthesis.result import Model, PooledProportion
from carta.synthesis.subgroup_analysis import subgroups
from carta.synthesis.units import RULES, Grouping, Rule

Say = Callable[[str], None]


def pool_base(
    base: Evidence, *, outcome: str | None, by: str | None, model: str, rule: str, form: str, say: Say
) -> str:
    """Pool one outcome of the base, or every outcome that has a count, and return the text to print.

    Raises:
        ValueError: an unknown outcome.
        PoolingRefused: the outcome asked for allows no number, neither as a whole nor in any group.
    """
    options: dict[str, Any] = {
        "by": cast("Grouping | None", by),
        "model": cast("Model", model),
        "rule": cast("Rule", rule),
    }
    say(f"Of several reports of the same patients: {RULES[rule]}.")
    if outcome is not None:
        found = [pool_outcome(base, outcome, **options)]
        if found[0].overall is None and not any(group.pooled for group in found[0].groups):
            raise PoolingRefused(found[0].refusal or "")
    else:
        found = _all_outcomes(base, options, say)
    if form == "json":
        values = [report.outcome_values(one) for one in found]
        return _json(values[0] if outcome is not None else values)
    if form == "csv":
        return report.as_csv([row for one in found for row in report.outcome_rows(one)])
    if outcome is not None:
        return report.outcome_text(found[0]) + "\n"
    return "".join(f"{one.outcome}: {_line(one)}\n" for one in found)


def pool_file(path: Path, *, by: str | None, model: str, form: str, say: Say) -> str:
    """Pool the counts of a CSV file and return the text to print.

    Raises:
        carta.synthesis.counts_file.CountsFileError: the file is wrong.
        PoolingRefused: its counts allow no number.
    """
    table = read_counts_file(path, group=by)
    say(f"{path}: {len(table.studies)} studies; pooling.")
    counts = table.events, table.n
    chosen = cast("Model", model)
    pooled: PooledProportion | None = None
    refusal: str | None = None
    try:
        pooled = pool(*counts, table.studies, model=chosen)
    except PoolingRefused as error:
        refusal = str(error)
    analysis = None
    if table.groups is not None:
        analysis = subgroups(*counts, table.groups, table.studies, model=chosen)
    if pooled is None and (analysis is None or not any(group.pooled for group in analysis.groups)):
        raise PoolingRefused(refusal or "")
    if form == "json":
        values: dict[str, Any] = pooled.as_dict() if pooled is not None else {"refusal": refusal}
        if analysis is not None:
            values["groups"] = [
                {
                    "group": group.name,
                    "pooled": None if group.pooled is None else group.pooled.as_dict(),
                    "refusal": group.refusal,
                }
                for group in analysis.groups
            ]
            values["tests"] = report.tests_values(analysis)
        return _json(values)
    if form == "csv":
        size = len(table.studies), sum(table.events), sum(table.n)
        rows = [report.row("", "all", pooled, refusal, size)]
        if analysis is not None and table.groups is not None:
            for group in analysis.groups:
                members = [row for row, name in enumerate(table.groups) if name == group.name]
                size = (
                    len(members),
                    sum(table.events[row] for row in members),
                    sum(table.n[row] for row in members),
                )
                rows.append(report.row("", group.name, group.pooled, group.refusal, size))
        return report.as_csv(rows)
    parts = [report.pooled_text(pooled) if pooled is not None else refusal or ""]
    if analysis is not None:
        parts += ["", report.groups_text(analysis)]
    return "\n".join(parts) + "\n"


def _all_outcomes(base: Evidence, options: dict[str, Any], say: Say) -> list[PooledOutcome]:
    found = []
    for outcome in base.vocabulary().outcomes:
        say(f"pooling {outcome}")
        try:
            found.append(pool_outcome(base, outcome, **options))
        except PoolingRefused as refusal:
            say(f"  {refusal}")
    return found


def _line(outcome: PooledOutcome) -> str:
    if outcome.overall is None:
        return outcome.refusal or ""
    pooled = outcome.overall
    return (
        f"{report.percent(pooled.estimate)} % ({report.between(pooled.ci)}), {pooled.events} of {pooled.n} patients in "
        f"{pooled.k} {'cohort' if pooled.k == 1 else 'cohorts'}"
    )


def _json(values: Any) -> str:
    return json.dumps(values, ensure_ascii=False, indent=2) + "\n"
