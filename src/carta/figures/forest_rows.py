"""The layout that forest plots share: rows with names on the left and values on the right of one axis."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

import altair as alt
import pandas as pd

from carta.figures.colours import CATEGORICAL, INK, INK_SOFT, PAPER
from carta.figures.columns import text_width, tooltips
from carta.figures.theme import TEXT_SIZE, WIDTH

#: Columns of the data table.
NAME: Final = "Study"
ROLE: Final = "Row"
EVENTS: Final = "Events"
PATIENTS: Final = "Patients"
ESTIMATE: Final = "Proportion"
LOW: Final = "Lower bound"
HIGH: Final = "Upper bound"
NOTE: Final = "Note"

#: What a row is.
STUDY: Final = "study"
GROUP: Final = "group"
POOLED: Final = "pooled"
PREDICTION: Final = "prediction interval"

#: Height of a row, and the space above a group or the result, px.
_ROW: Final = 24
_SPACE: Final = 12
#: Half height of a diamond, in rows.
_HALF: Final = 0.3
#: Letters of the columns on the right: counts, and values with their intervals.
_COUNT_LETTERS: Final = 8
_VALUE_LETTERS: Final = 19
_NARROWEST: Final = 180


@dataclass(frozen=True)
class ForestRow:
    """One row of a forest plot; proportions as fractions of one."""

    name: str
    role: str
    events: int | None = None
    n: int | None = None
    estimate: float | None = None
    low: float | None = None
    high: float | None = None
    note: str = ""


def draw_forest(
    rows: Sequence[ForestRow], *, x_title: str, level: float, by_size: bool = True, top: float = 1.0
) -> alt.LayerChart:
    """Draw rows from the top down on an axis from 0 to 100 per cent.

    Args:
        rows: at least one row; groups and results are set apart and drawn as diamonds.
        x_title: what the proportion is, and of whom.
        level: coverage of the intervals, for the heading.
        top: where the axis ends, as a fraction of one.
        by_size: the area of a study's mark grows with its patients.

    Raises:
        ValueError: no row, or one that reaches beyond ``top``.
    """
    if not rows:
        raise ValueError("there is no row to draw")
    highest = max((row.high for row in rows if row.high is not None), default=0.0)
    if not highest <= top <= 1:
        raise ValueError(f"top={top:g} must lie between {highest:g}, which a row reaches, and 1")
    data = pd.DataFrame(
        {
            NAME: [row.name for row in rows],
            ROLE: [row.role for row in rows],
            EVENTS: pd.array([row.events for row in rows], dtype="Int64"),
            PATIENTS: pd.array([row.n for row in rows], dtype="Int64"),
            ESTIMATE: pd.array([row.estimate for row in rows], dtype="Float64").astype(float),
            LOW: pd.array([row.low for row in rows], dtype="Float64").astype(float),
            HIGH: pd.array([row.high for row in rows], dtype="Float64").astype(float),
            NOTE: [row.note for row in rows],
        }
    )
    names = [row.name if row.role != STUDY else f"   {row.name}" for row in rows]
    label_width = text_width(max(map(len, names))) + 14
    counted = any(row.n is not None for row in rows)
    count_width = text_width(_COUNT_LETTERS) if counted else 0
    width = max(_NARROWEST, WIDTH - label_width - count_width - text_width(_VALUE_LETTERS))
    spaced = sum(row.role in (GROUP, POOLED) for row in rows)
    height = _ROW * (len(rows) + 1) + _SPACE * spaced

    # Rows stand at heights in units of one row; the table of the figure is left free of them.
    placed = alt.Chart(data).transform_calculate(
        carta_space=f"{_one_of(GROUP, POOLED)} ? {_SPACE / _ROW} : 0"
    )
    placed = placed.transform_window(
        carta_number="row_number()",
        carta_above="sum(carta_space)",
        frame=[None, 0],
    ).transform_calculate(carta_y="datum.carta_number + datum.carta_above")
    y_scale = alt.Scale(domain=[0, height / _ROW], reverse=True, nice=False, zero=False)
    y = alt.Y("carta_y:Q", scale=y_scale, axis=None)
    x_scale = alt.Scale(domain=[0, top], nice=False)
    x_axis = alt.Axis(
        title=x_title,
        format=".0%" if top == 1 else ".3~p",
        values=[top * at for at in (0, 0.25, 0.5, 0.75, 1)],
        grid=True,
    )
    tooltip = tooltips(data)

    def bound(column: str) -> alt.X:
        return alt.X(f"{column}:Q", scale=x_scale, axis=x_axis)

    studies = placed.transform_filter(_one_of(STUDY))
    results = placed.transform_filter(f"{_one_of(GROUP, POOLED)} && isValid(datum['{ESTIMATE}'])")
    predictions = placed.transform_filter(f"{_one_of(PREDICTION)} && isValid(datum['{LOW}'])")
    whiskers = studies.transform_filter(f"isValid(datum['{LOW}'])").encode(y=y, tooltip=tooltip)
    size = (
        alt.Size(f"{PATIENTS}:Q", scale=alt.Scale(type="linear", domainMin=0, range=[25, 260]), legend=None)
        if by_size and counted
        else alt.value(80)
    )
    diamond = results.transform_fold(
        [LOW, ESTIMATE, HIGH], as_=["carta_corner", "carta_x"]
    ).transform_calculate(
        carta_top=f"datum.carta_y - (datum.carta_corner === '{ESTIMATE}' ? {_HALF} : 0)",
        carta_bottom=f"datum.carta_y + (datum.carta_corner === '{ESTIMATE}' ? {_HALF} : 0)",
    )
    layers: list[alt.Chart] = [
        placed.transform_filter(f"{_one_of(POOLED)} && isValid(datum['{ESTIMATE}'])")
        .mark_rule(strokeDash=[5, 4], tooltip=False)
        .encode(x=bound(ESTIMATE)),
        whiskers.mark_rule(strokeWidth=2, strokeCap="round", color=CATEGORICAL[0]).encode(
            x=bound(LOW), x2=alt.X2(HIGH)
        ),
        whiskers.mark_point(
            shape="square", filled=True, opacity=1, color=CATEGORICAL[0], stroke=PAPER.light, strokeWidth=1
        ).encode(x=bound(ESTIMATE), size=size),
        predictions.mark_rule(strokeWidth=2.5, strokeDash=[7, 3], color=CATEGORICAL[1]).encode(
            y=y, x=bound(LOW), x2=alt.X2(HIGH), tooltip=tooltip
        ),
        diamond.mark_area(color=CATEGORICAL[1], opacity=1, stroke=CATEGORICAL[1], strokeWidth=1.5).encode(
            x=alt.X("carta_x:Q", scale=x_scale, axis=x_axis),
            y=alt.Y("carta_top:Q", scale=y_scale, axis=None),
            y2="carta_bottom:Q",
            detail=["carta_number:Q"],
            tooltip=tooltip,
        ),
    ]
    kinds: tuple[tuple[str | None, Literal["normal", "bold"], int], ...] = (
        (STUDY, "normal", 14),
        (PREDICTION, "normal", 0),
        (None, "bold", 0),
    )
    for part, weight, indent in kinds:
        rows_of = placed.transform_filter(_one_of(part) if part else _one_of(GROUP, POOLED)).encode(y=y)
        layers.append(
            rows_of.mark_text(align="left", fontSize=TEXT_SIZE, fontWeight=weight, tooltip=False).encode(
                x=alt.value(indent - label_width), text=f"{NAME}:N"
            )
        )
        if counted:
            layers.append(
                rows_of.transform_filter(f"isValid(datum['{PATIENTS}'])")
                .transform_calculate(carta_count=f"datum['{EVENTS}'] + '/' + datum['{PATIENTS}']")
                .mark_text(
                    align="right", fontSize=TEXT_SIZE, fontWeight=weight, color=INK_SOFT.light, tooltip=False
                )
                .encode(x=alt.value(width + count_width), text="carta_count:N")
            )
        layers.append(
            rows_of.transform_calculate(carta_value=_VALUE)
            .mark_text(
                align="left", fontSize=TEXT_SIZE, fontWeight=weight, color=INK_SOFT.light, tooltip=False
            )
            .encode(x=alt.value(width + count_width + 14), text="carta_value:N")
        )
    heads: list[tuple[int, Literal["left", "right"], str]] = [
        (width + count_width + 14, "left", f"% ({100 * level:g}% interval)")
    ]
    if counted:
        heads.append((width + count_width, "right", "Events"))
    for at, align, text in heads:
        layers.append(
            alt.Chart(data)
            .transform_aggregate(rows="count()")
            .mark_text(align=align, fontSize=TEXT_SIZE, color=INK.light, tooltip=False, text=text)
            .encode(x=alt.value(at), y=alt.value(_ROW * 0.15))
        )
    return alt.LayerChart(data=data, layer=layers).properties(width=width, height=height)


_VALUE: Final = (
    f"isValid(datum['{LOW}']) ? "
    f"(isValid(datum['{ESTIMATE}']) ? format(100 * datum['{ESTIMATE}'], '.0f') + ' ' : '')"
    f" + '(' + format(100 * datum['{LOW}'], '.0f') + ' to ' + format(100 * datum['{HIGH}'], '.0f') + ')'"
    f" : datum['{NOTE}']"
)


def _one_of(*roles: str) -> str:
    return f"indexof({json.dumps(roles)}, datum['{ROLE}']) >= 0"
