"""How pooled results moved as evidence came in: a slider over the years."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt
import pandas as pd

from carta.figures.colours import CATEGORICAL
from carta.figures.columns import field, wrapped_labels
from carta.figures.theme import WIDTH
from carta.synthesis.cumulative_pooling import CumulativeStep

_OUTCOME, _YEAR, _SHARE, _LOW, _HIGH, _REPORTS, _PATIENTS = (
    "outcome",
    "year",
    "pooled, %",
    "from, %",
    "to, %",
    "reports",
    "patients",
)


def over_time_frame(outcomes: Mapping[str, Sequence[CumulativeStep]]) -> pd.DataFrame:
    """Return the pooled result of each outcome at the end of each year.

    Args:
        outcomes: what a reader calls the outcome, and the steps of :func:`carta.synthesis.cumulative` on it.

    A year without a new report repeats the result before it; a year in which no number can be given has no row.
    """
    years = [int(step.published[:4]) for steps in outcomes.values() for step in steps]
    if not years:
        raise ValueError("there is no step of any outcome")
    rows = []
    for outcome, steps in outcomes.items():
        for year in range(min(years), max(years) + 1):
            known = [step for step in steps if int(step.published[:4]) <= year]
            if not known or (pooled := known[-1].pooled) is None:
                continue
            rows.append(
                {
                    _OUTCOME: outcome,
                    _YEAR: year,
                    _SHARE: round(100 * pooled.estimate, 1),
                    _LOW: round(100 * pooled.ci[0], 1),
                    _HIGH: round(100 * pooled.ci[1], 1),
                    _REPORTS: len(known),
                    _PATIENTS: int(pooled.n),
                }
            )
    if not rows:
        raise ValueError("no year has a pooled result")
    return pd.DataFrame(rows)


def evidence_over_time(outcomes: Mapping[str, Sequence[CumulativeStep]]) -> alt.LayerChart:
    """Draw one row an outcome: the result of the chosen year with its interval, those of other years faint.

    The live chart has a slider for the year; on paper and without a script the last year is shown.

    Raises:
        ValueError: there is nothing to draw.
    """
    data = over_time_frame(outcomes)
    first, last = int(data[_YEAR].min()), int(data[_YEAR].max())
    names = list(dict.fromkeys(data[_OUTCOME]))
    expression, label_width, lines = wrapped_labels(names)
    year = alt.param(
        name="year",
        value=last,
        bind=alt.binding_range(min=first, max=last, step=1, name="All reports published by the end of "),
    )
    x_title = "patients with the outcome, %"
    rows = alt.Chart(data).encode(
        y=alt.Y(
            field=field(_OUTCOME),
            type="nominal",
            sort=names,
            axis=alt.Axis(title=None, labelExpr=expression, labelLineHeight=16, grid=True),
        ),
        tooltip=[alt.Tooltip(field=field(name), title=name) for name in data.columns],
    )
    scale = alt.Scale(domain=[0, 100])
    x = alt.X(field=field(_SHARE), type="quantitative", scale=scale, title=x_title)
    faint = rows.mark_point(size=45, opacity=0.45, color=CATEGORICAL[0]).encode(x=x)
    chosen = rows.transform_filter("datum.year == year")
    interval = chosen.mark_rule(color=CATEGORICAL[0], strokeWidth=2.5).encode(
        x=alt.X(field=field(_LOW), type="quantitative", scale=scale, title=x_title),
        x2=alt.X2(field=field(_HIGH)),
    )
    point = chosen.mark_point(filled=True, size=120, opacity=1, color=CATEGORICAL[0]).encode(x=x)
    return (
        alt.LayerChart(data=data, layer=[faint, interval, point])
        .add_params(year)
        .properties(
            width=max(260, WIDTH - label_width - 30),
            height={"step": max(34, 16 * lines + 12), "for": "position"},
        )
    )
