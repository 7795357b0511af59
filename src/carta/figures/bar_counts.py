"""Counts by category, as bars with the numbers on them."""

from __future__ import annotations

import json
from typing import Literal

import altair as alt
import pandas as pd

from carta.figures.colours import BLACK, CATEGORICAL, WHITE, text_on
from carta.figures.columns import datum, distinct, field, numeric, take, text_width, tooltips, wrapped_labels
from carta.figures.theme import GAP, WIDTH, categories

_ROW = 30
_LINE = 16

#: Narrowest part of a bar, px, that has room for its number, and for its shape as well.
_ROOM_FOR_NUMBER = 22
_ROOM_FOR_BOTH = 42


def bar_counts(
    frame: pd.DataFrame,
    *,
    category: str,
    count: str,
    x_title: str,
    group: str | None = None,
    order: Literal["frame", "count"] = "frame",
) -> alt.LayerChart:
    """Draw horizontal bars, one a category, with the total at the end of each.

    Args:
        frame: one row a category, or one a category and group. ``count`` is a whole number of what
            ``x_title`` says; ``group`` parts the bars, each part told by colour, by a shape on it and in
            the legend, and by its number, as far as it is wide enough.
        order: categories as they come in the frame, or by falling total.

    Raises:
        TypeError: not a frame.
        ValueError: a missing column or value, a count that is negative or not whole, one row twice, too
            many groups, or nothing but zeros.
    """
    data = take(frame, {"category": category, "group": group, "count": count})
    counts = numeric(data, count)
    if (counts < 0).any() or (counts % 1 != 0).any():
        raise ValueError(f"column {count!r} must hold whole numbers, none below zero")
    data[count] = counts.astype(int)
    keys = [category] if group is None else [category, group]
    repeated = data.duplicated(keys)
    if repeated.any():
        row = data.loc[repeated, keys].iloc[0]
        raise ValueError(
            f"the row {' / '.join(map(str, row.to_list()))} is there twice: add its counts up first"
        )
    totals = data.groupby(data[category].astype(str), sort=False)[count].sum()
    largest = int(totals.max())
    if largest == 0:
        raise ValueError(f"column {count!r} is zero throughout: there is nothing to draw")
    names = distinct(data, category)
    if order == "count":
        names.sort(key=lambda name: -int(totals[name]))
    expression, label_width, lines = wrapped_labels(names)
    width = max(220, WIDTH - label_width - text_width(len(f"{largest:,}")) - 30)

    y = alt.Y(
        field=field(category),
        type="nominal",
        sort=names,
        axis=alt.Axis(title=None, labelExpr=expression, labelLineHeight=_LINE),
    )
    x = alt.X(
        field=field(count),
        type="quantitative",
        stack="zero",
        scale=alt.Scale(domain=[0, largest], nice=False),
        axis=alt.Axis(title=x_title, format=",d", tickMinStep=1, tickCount=8),
    )
    tooltip = tooltips(data)
    base = alt.Chart(data).encode(y=y)
    layers: list[alt.Chart] = []
    if group is None:
        layers.append(base.mark_bar(color=CATEGORICAL[0]).encode(x=x, tooltip=tooltip))
    else:
        layers += _parts(data, base, x, tooltip, count, group, width / largest)
    layers.append(
        base.transform_aggregate(carta_total=f"sum({field(count)})", groupby=[field(category)])
        .mark_text(align="left", dx=7, tooltip=False)
        .encode(x=alt.X("carta_total:Q", stack=None), text=alt.Text("carta_total:Q", format=",d"))
    )
    chart = alt.LayerChart(data=data, layer=layers).properties(
        width=width, height={"step": max(_ROW, _LINE * lines + 12), "for": "position"}
    )
    return chart


def _parts(
    data: pd.DataFrame,
    base: alt.Chart,
    x: alt.X,
    tooltip: list[alt.Tooltip],
    count: str,
    group: str,
    px: float,
) -> list[alt.Chart]:
    """Draw the parts of the bars with their shapes and numbers; ``px`` is the width of one."""
    groups = distinct(data, group)
    colours, shapes = categories(groups, f"column {group!r}")
    order = alt.Order(field="carta_order", type="quantitative")
    ranked = base.transform_calculate(
        "carta_order", f"indexof({json.dumps(groups)}, toString({datum(group)}))"
    )
    middle = x.copy()
    middle["bandPosition"] = 0.5
    in_white = [name for name, colour in zip(groups, CATEGORICAL, strict=False) if text_on(colour) == WHITE]
    on_part = alt.condition(
        f"indexof({json.dumps(in_white)}, toString({datum(group)})) >= 0", alt.value(WHITE), alt.value(BLACK)
    )
    both = f"{datum(count)} * {px:.4f} >= {_ROOM_FOR_BOTH}"
    number = f"{datum(count)} * {px:.4f} >= {_ROOM_FOR_NUMBER}"
    detail = alt.Detail(field=field(group), type="nominal")
    bars = ranked.mark_bar(**GAP).encode(
        x=x,
        order=order,
        tooltip=tooltip,
        fill=alt.Fill(
            field=field(group),
            type="nominal",
            scale=colours,
            title=group,
            legend=alt.Legend(symbolStrokeWidth=0),
        ),
    )
    shape = alt.Shape(field=field(group), type="nominal", scale=shapes, title=group)
    marks = ranked.mark_point(filled=True, size=55, opacity=1, xOffset=-9).encode(
        x=middle,
        order=order,
        detail=detail,
        tooltip=tooltip,
        shape=shape,
        color=on_part,
        size=alt.condition(both, alt.value(55), alt.value(0)),
    )
    texts = [
        # An offset can't depend on the row, so the numbers beside a shape are a layer of their own.
        ranked.mark_text(dx=dx).encode(
            x=middle,
            order=order,
            detail=detail,
            tooltip=tooltip,
            color=on_part,
            text=alt.condition(
                room, alt.Text(field=field(count), type="quantitative", format=",d"), alt.value("")
            ),
        )
        for dx, room in ((8, both), (0, f"{number} && !({both})"))
    ]
    return [bars, marks, *texts]
