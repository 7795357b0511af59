"""Forest plot of a pooled proportion: studies, groups, the pooled diamond and the prediction interval."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt

from carta.figures.entries import with_entries
from carta.figures.forest_rows import GROUP, POOLED, PREDICTION, STUDY, ForestRow, draw_forest
from carta.synthesis.counts import read_counts
from carta.synthesis.outcome import PooledOutcome
from carta.synthesis.result import Interval, PooledProportion, StudyProportion, describe_studies

#: What stands in a row without a number; the reason is in the text of the page.
NOT_POOLED = "not pooled"


def forest_plot(
    pooled: PooledProportion | PooledOutcome,
    *,
    x_title: str,
    names: Mapping[str, str] | None = None,
    pooled_name: str = "All",
    top: float = 1.0,
) -> alt.LayerChart:
    """Draw every study with its exact interval, the pooled proportion as a diamond, and the prediction interval.

    An outcome in groups is drawn group by group: the name of the group stands above its studies with the pooled
    proportion of the group. A group or a whole that could not be pooled says so and has no diamond. A group of one
    study has none either, for it is that study. A study's name leads to its entry on the page.

    Args:
        pooled: a pooled proportion, or an outcome of the evidence base.
        x_title: what the proportion is, and of whom.
        names: what a study is called, by its label or key; by default its short citation, or its label.
        pooled_name: the name of the pooled row.
        top: where the axis ends, as a fraction of one, for rare events.

    Raises:
        ValueError: an interval reaches beyond ``top``.
    """
    known = dict(names or {})
    if isinstance(pooled, PooledProportion):
        rows = [_study_row(study, known) for study in pooled.studies]
        chart = draw_forest(
            [*rows, *_result(pooled, pooled_name)], x_title=x_title, level=pooled.level, top=top
        )
        return with_entries(chart, {known.get(one.label, one.label): one.label for one in pooled.studies})
    reports = pooled.selection.included
    known = {report.study: report.label for report in reports} | known
    fits = [pooled.overall, *(group.pooled for group in pooled.groups)]
    level = next((fit.level for fit in fits if fit is not None), 0.95)
    studies = {
        study.label: study
        for study in describe_studies(
            read_counts(
                [one.events for one in reports], [one.n for one in reports], [one.study for one in reports]
            ),
            level,
        )
    }
    rows = []
    for group in pooled.groups:
        members = [studies[report.study] for report in group.reports]
        rows.append(_heading(group.label, group.pooled, members))
        rows += [_study_row(study, known) for study in members]
    if not pooled.groups:
        rows = [_study_row(studies[report.study], known) for report in reports]
    if pooled.overall is None:
        rows.append(ForestRow(pooled_name, POOLED, *_counts(list(studies.values())), note=NOT_POOLED))
    else:
        rows += _result(pooled.overall, pooled_name)
    chart = draw_forest(rows, x_title=x_title, level=level, top=top)
    return with_entries(chart, {known[report.study]: report.study for report in reports})


def _study_row(study: StudyProportion, names: Mapping[str, str]) -> ForestRow:
    name = names.get(study.label, study.label)
    return ForestRow(name, STUDY, study.events, study.n, study.proportion, *study.ci)


def _heading(label: str, pooled: PooledProportion | None, members: Sequence[StudyProportion]) -> ForestRow:
    if len(members) == 1:
        return ForestRow(label, GROUP, note="")
    if pooled is None:
        return ForestRow(label, GROUP, *_counts(members), note=NOT_POOLED)
    return ForestRow(label, GROUP, pooled.events, pooled.n, pooled.estimate, *pooled.ci)


def _result(pooled: PooledProportion, name: str) -> list[ForestRow]:
    rows = [ForestRow(name, POOLED, pooled.events, pooled.n, pooled.estimate, *pooled.ci)]
    prediction: Interval | None = pooled.prediction
    if prediction is not None:
        rows.append(ForestRow("Prediction interval", PREDICTION, low=prediction[0], high=prediction[1]))
    return rows


def _counts(members: Sequence[StudyProportion]) -> tuple[int, int]:
    return sum(study.events for study in members), sum(study.n for study in members)
