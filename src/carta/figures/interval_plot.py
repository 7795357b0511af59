"""Estimates with their intervals, one row each: the layout of a forest plot."""

from __future__ import annotations

import math
import re
from typing import Any

import altair as alt
import pandas as pd

from carta.figures.colours import CATEGORICAL, INK_SOFT, PAPER
from carta.figures.columns import datum, distinct, field, numeric, take, text_width, tooltips, wrapped_labels
from carta.figures.theme import TEXT_SIZE, WIDTH, categories

#: Height of a row, of a further line of its name, and of each further group in it, px.
_ROW = 28
_LINE = 16
_GROUP_ROW = 20

#: A unit in the title of an axis.
_PERCENT = re.compile(r"%|\bper ?cent\b")


def interval_plot(
    frame: pd.DataFrame,
    *,
    label: str,
    estimate: str,
    low: str,
    high: str,
    x_title: str,
    group: str | None = None,
    reference: float | None = None,
    number_format: str = ".2f",
    log: bool = False,
) -> alt.LayerChart:
    """Draw one estimate with its interval a row, in the order of the frame, the values written beside it.

    Args:
        frame: one row an estimate. ``label`` names it; ``estimate``, ``low`` and ``high`` are numbers
            of one unit, stated in ``x_title``; ``low`` and ``high`` may both be missing where no
            interval is known; ``group`` is a category, told by colour and shape. Rows of one label
            in several groups share a line of the axis.
        reference: a value to compare with, drawn as a dashed line.
        number_format: how the values are written (d3-format, such as ``.2f`` or ``.0%``).
        log: a logarithmic axis; all numbers must then be positive.

    Raises:
        TypeError: not a frame.
        ValueError: a missing column or value, an estimate outside its interval, one row twice, too
            many groups, or a number that is not positive on a logarithmic axis.
    """
    data = take(frame, {"label": label, "group": group, "estimate": estimate, "low": low, "high": high})
    for column in (estimate, low, high):
        data[column] = numeric(data, column, missing=column != estimate)
    _check(data, label, estimate, low, high, log)
    shown = [f"format({datum(column)}, {number_format!r})" for column in (estimate, low, high)]
    interval = f"isValid({datum(low)}) ? ' (' + {shown[1]} + ' to ' + {shown[2]} + ')' : ''"
    # The axis needs no trailing zeros, which the values keep so that their digits line up.
    ticks: dict[str, Any] = {"format": number_format if number_format.endswith("%") else "~r"}
    scale = alt.Scale(zero=False, nice=True, padding=8)
    bounds = [*data[[estimate, low, high]].stack(), *([] if reference is None else [reference])]
    whole = 1 if number_format.endswith("%") else 100 if _PERCENT.search(x_title) else math.inf
    if min(bounds) >= 0 and 0.9 * whole < max(bounds) <= whole:
        # A round axis would go on to 110 %, which no share can reach.
        ticks["values"] = [whole * quarter / 4 for quarter in range(5)]
        if whole == 100:
            # "~r" takes its precision from the step, and would round 25 to 30.
            ticks["format"] = "d"
        scale = alt.Scale(domain=[0, whole], nice=False, padding=8)
    elif 0 <= min(bounds) < 0.1 * (max(bounds) - min(bounds)):
        # Nor would it stop at zero, below which nothing that is counted or measured here can be.
        scale = alt.Scale(domain=[0, max(bounds)], nice=False, padding=8)
    if log:
        values = _log_ticks(min(bounds), max(bounds))
        ticks["values"] = values
        scale = alt.Scale(type="log", domain=[values[0], values[-1]], nice=False, padding=8)
    return draw_intervals(
        data,
        label=label,
        estimate=estimate,
        low=low,
        high=high,
        group=group,
        reference=reference,
        axis=alt.Axis(title=x_title, **ticks),
        scale=scale,
        value=f"{shown[0]} + ({interval})",
        letters=20,
    )


def draw_intervals(
    data: pd.DataFrame,
    *,
    label: str,
    estimate: str,
    low: str,
    high: str,
    group: str | None,
    reference: float | None,
    axis: alt.Axis,
    scale: alt.Scale,
    value: str,
    letters: int,
) -> alt.LayerChart:
    """Draw checked data; ``value`` is the expression of the text beside a row, at most ``letters`` long.

    Raises:
        ValueError: a row twice, or too many groups.
    """
    axis = axis.copy()
    axis["grid"] = True
    names = distinct(data, label)
    groups = distinct(data, group) if group is not None else []
    keys = [label] if group is None else [label, group]
    repeated = data.duplicated(keys)
    if repeated.any():
        row = data.loc[repeated, keys].iloc[0]
        raise ValueError(
            f"the row {' / '.join(map(str, row.to_list()))} is there twice: give each row its own label"
        )
    side_by_side = len(names) < len(data)
    expression, label_width, lines = wrapped_labels(names)
    row_height = max(_ROW, _LINE * lines + 12, _GROUP_ROW * len(groups) + 10 if side_by_side else 0)
    width = max(220, WIDTH - label_width - text_width(letters) - 30)

    y: dict[str, Any] = {
        "y": alt.Y(
            field=field(label),
            type="nominal",
            sort=names,
            axis=alt.Axis(title=None, labelExpr=expression, labelLineHeight=_LINE),
            scale=alt.Scale(paddingInner=0.1, paddingOuter=0.1),
        )
    }
    if side_by_side and group is not None:
        y["yOffset"] = alt.YOffset(field=field(group), type="nominal", sort=groups)
    base = alt.Chart(data).encode(**y)
    x = alt.X(field=field(estimate), type="quantitative", axis=axis, scale=scale)
    tooltip = tooltips(data)
    mark: dict[str, Any] = {}
    point: dict[str, Any] = {}
    if group is not None:
        colours, shapes = categories(groups, f"column {group!r}")
        mark["color"] = alt.Color(field=field(group), type="nominal", scale=colours, title=group)
        point["shape"] = alt.Shape(field=field(group), type="nominal", scale=shapes, title=group)
    else:
        mark["color"] = alt.value(CATEGORICAL[0])

    layers: list[alt.Chart] = []
    if reference is not None:
        layers.append(
            alt.Chart(data)
            .transform_aggregate(rows="count()")
            .mark_rule(strokeDash=[5, 4], tooltip=False)
            .encode(x=alt.XDatum(reference, scale=scale, axis=axis))
        )
    layers += [
        base.mark_rule(strokeWidth=2.5, strokeCap="round")
        .encode(
            x=alt.X(field=field(low), type="quantitative", scale=scale, axis=axis),
            x2=alt.X2(field=field(high)),
        )
        .encode(tooltip=tooltip, **mark),
        base.mark_point(filled=True, size=120, opacity=1, stroke=PAPER.light, strokeWidth=1).encode(
            x=x, tooltip=tooltip, **mark, **point
        ),
        base.transform_calculate("carta_value", value)
        .mark_text(align="left", fontSize=TEXT_SIZE, color=INK_SOFT.light, tooltip=False)
        .encode(x=alt.value(width + 12), text=alt.Text(field="carta_value", type="nominal")),
    ]
    return alt.LayerChart(data=data, layer=layers).properties(
        width=width, height={"step": row_height, "for": "position"}
    )


def _log_ticks(lowest: float, highest: float) -> list[float]:
    """Return the values 1, 2, 5, 10 and so on that just enclose a range."""
    decades = range(math.floor(math.log10(lowest)), math.ceil(math.log10(highest)) + 1)
    steps = [float(f"{digit}e{decade}") for decade in decades for digit in (1, 2, 5)]
    first = max(at for at, step in enumerate(steps) if step <= lowest)
    last = min(at for at, step in enumerate(steps) if step >= highest)
    return steps[first : last + 1]


def _check(data: pd.DataFrame, label: str, estimate: str, low: str, high: str, log: bool) -> None:
    for row in data.to_dict("records"):
        bounds = (row[low], row[high])
        known = [bound for bound in bounds if not pd.isna(bound)]
        if len(known) == 1:
            raise ValueError(f"row {row[label]!r} has only one bound: give both, or neither")
        if known and not known[0] <= row[estimate] <= known[1]:
            raise ValueError(
                f"row {row[label]!r}: the estimate {row[estimate]:g} lies outside its interval "
                f"{known[0]:g} to {known[1]:g}"
            )
        if log and min([row[estimate], *known]) <= 0:
            raise ValueError(
                f"row {row[label]!r} has a number that is not positive: it has no place on a logarithmic axis"
            )
