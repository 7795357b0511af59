"""Events and spans along a calendar."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from carta.figures.colours import CATEGORICAL, PAPER
from carta.figures.columns import distinct, field, take, tooltips, wrapped_labels
from carta.figures.theme import WIDTH, categories

_ROW = 28
_LINE = 16


def timeline(
    frame: pd.DataFrame,
    *,
    label: str,
    start: str,
    end: str | None = None,
    group: str | None = None,
    date_format: str = "%Y",
    x_title: str | None = None,
) -> alt.LayerChart:
    """Draw what happened when: a point for an event, a bar for a span, one row a label.

    Args:
        frame: one row an event or a span. ``label`` names its line, and several rows may share one;
            ``start`` and ``end`` are dates (or text in the ISO form), without a time zone; a missing
            ``end`` is an event; ``group`` is a category, told by colour and, for events, by shape.
        date_format: how the axis writes dates (d3-time-format).

    Raises:
        TypeError: not a frame.
        ValueError: a missing column or start, something that is no date, an end before its start,
            or too many groups.
    """
    data = take(frame, {"label": label, "group": group, "start": start, "end": end})
    for column in (start, end):
        if column is not None:
            data[column] = _dates(data, column)
    if data[start].isna().any():
        row = data.loc[data[start].isna(), label].iloc[0]
        raise ValueError(f"row {row!r} has no {start}")
    if end is not None and (data[end] < data[start]).any():
        row = data.loc[data[end] < data[start], label].iloc[0]
        raise ValueError(f"row {row!r} ends before it starts")

    names = distinct(data, label)
    expression, label_width, lines = wrapped_labels(names)
    y = alt.Y(
        field=field(label),
        type="nominal",
        sort=names,
        axis=alt.Axis(title=None, labelExpr=expression, labelLineHeight=_LINE, grid=True),
    )
    x_axis = alt.Axis(title=x_title, format=date_format, labelOverlap=True, tickCount=8)
    x = alt.X(field=field(start), type="temporal", axis=x_axis, scale=alt.Scale(nice=True))
    tooltip = tooltips(data)
    mark: dict[str, Any] = {"color": alt.value(CATEGORICAL[0])}
    point: dict[str, Any] = {}
    if group is not None:
        colours, shapes = categories(distinct(data, group), f"column {group!r}")
        mark["color"] = alt.Color(field=field(group), type="nominal", scale=colours, title=group)
        point["shape"] = alt.Shape(field=field(group), type="nominal", scale=shapes, title=group)

    base = alt.Chart(data).encode(y=y, tooltip=tooltip, **mark)
    layers = []
    events = base
    if end is not None:
        spans = base.transform_filter(alt.FieldValidPredicate(field=field(end), valid=True))
        layers.append(spans.mark_bar(height=12, cornerRadius=3).encode(x=x, x2=alt.X2(field=field(end))))
        events = base.transform_filter(alt.FieldValidPredicate(field=field(end), valid=False))
    layers.append(
        events.mark_point(filled=True, size=110, opacity=1, stroke=PAPER.light, strokeWidth=1).encode(
            x=x, **point
        )
    )
    return alt.LayerChart(data=data, layer=layers).properties(
        width=max(260, WIDTH - label_width - 30),
        height={"step": max(_ROW, _LINE * lines + 12), "for": "position"},
    )


def _dates(data: pd.DataFrame, column: str) -> pd.Series[pd.Timestamp]:
    if pd.api.types.is_numeric_dtype(data[column]):
        raise ValueError(f"column {column!r} must hold dates, such as 2024-02-22, and not bare numbers")
    try:
        dates = pd.to_datetime(data[column], format="ISO8601")
    except (TypeError, ValueError) as error:
        raise ValueError(f"column {column!r} must hold dates, such as 2024-02-22: {error}") from error
    if dates.dt.tz is not None:
        raise ValueError(f"column {column!r} must hold dates without a time zone")
    return dates
