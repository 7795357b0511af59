"""Curves of one quantity over another, told apart by colour and dash."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from carta.figures.columns import distinct, field, numeric, take, tooltips
from carta.figures.theme import WIDTH, categories, dashes


def line_plot(
    frame: pd.DataFrame,
    *,
    x: str,
    y: str,
    x_title: str,
    y_title: str,
    group: str | None = None,
    reference: float | None = None,
    zero: bool = True,
) -> alt.LayerChart:
    """Draw one curve a group.

    Args:
        frame: one row a point; ``x`` and ``y`` are numbers, ``group`` is a category, told by colour and dash.
        reference: a value of ``y`` to compare with, drawn as a dashed line.
        zero: whether the axis of ``y`` begins at zero or below.

    Raises:
        TypeError: not a frame.
        ValueError: a missing column, something that is no number, or too many groups.
    """
    data = take(frame, {"group": group, "x": x, "y": y})
    for column in (x, y):
        data[column] = numeric(data, column)
    scale = alt.Scale(zero=zero, nice=True)
    encoding: dict[str, Any] = {
        "x": alt.X(field=field(x), type="quantitative", title=x_title, axis=alt.Axis(grid=False)),
        "y": alt.Y(field=field(y), type="quantitative", title=y_title, scale=scale),
        "tooltip": tooltips(data),
    }
    if group is not None:
        groups = distinct(data, group)
        colours, _ = categories(groups, f"column {group!r}")
        legend = alt.Legend(symbolType="stroke", symbolStrokeWidth=2.5)
        encoding["color"] = alt.Color(
            field=field(group), type="nominal", scale=colours, title=group, legend=legend
        )
        encoding["strokeDash"] = dashes(groups, group)
    layers: list[alt.Chart] = []
    if reference is not None:
        layers.append(
            alt.Chart(data)
            .transform_aggregate(rows="count()")
            .mark_rule(strokeDash=[5, 4], tooltip=False)
            .encode(y=alt.YDatum(reference, scale=scale, axis=alt.Axis(title=y_title)))
        )
    layers.append(alt.Chart(data).mark_line(strokeWidth=2.25).encode(**encoding))
    return alt.LayerChart(data=data, layer=layers).properties(width=WIDTH - 90, height=320)
