"""Swimmer plot: how long each patient was followed, and what happened when."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import altair as alt
import pandas as pd

from carta.figures.colours import CATEGORICAL, INK, INK_SOFT, PAPER
from carta.figures.columns import datum, distinct, field, numeric, take, text_width, tooltips
from carta.figures.entries import with_entries
from carta.figures.theme import SHAPES, TEXT_SIZE, WIDTH, categories

_ROW = 22


def swimmer_plot(
    frame: pd.DataFrame,
    *,
    patient: str,
    months: str,
    x_title: str,
    group: str | None = None,
    study: str | None = None,
    ongoing: str | None = None,
    marks: Mapping[str, str] | None = None,
) -> alt.LayerChart:
    """Draw one bar a patient from the infusion to the end of follow-up, in the order of the frame.

    Args:
        frame: one row a patient, each person once. ``patient`` names the person; ``months`` is the follow-up, in
            the unit that ``x_title`` states; ``group`` is a category, told by colour and written behind the bar;
            ``study`` is the key of the report, to whose entry the name of the person leads on the page.
        ongoing: a column of yes and no: follow-up goes on, drawn as an arrow.
        marks: what happened, and the column that has its time (missing where it did not), such as
            ``{"Relapse": "relapse month"}``; told by shape and colour.

    Raises:
        TypeError: not a frame.
        ValueError: a missing column or value, a patient twice, a time below zero or beyond the follow-up, or too
            many groups or kinds of marks.
    """
    marks = dict(marks or {})
    columns: dict[str, str | None] = {
        "patient": patient,
        "group": group,
        "months": months,
        "ongoing": ongoing,
    }
    data = take(frame, {**columns, **{f"marks[{what!r}]": column for what, column in marks.items()}})
    leads = {}
    if study is not None:
        keyed = take(frame, {"patient": patient, "study": study})
        leads = dict(zip(keyed[patient].astype(str), keyed[study].astype(str), strict=True))
    names = distinct(data, patient)
    if len(names) < len(data):
        row = data.loc[data[patient].astype(str).duplicated(), patient].iloc[0]
        raise ValueError(f"patient {row!r} is there twice: one row a person")
    data[months] = numeric(data, months)
    if (data[months] < 0).any():
        raise ValueError(f"column {months!r} has a time below zero")
    for column in marks.values():
        data[column] = numeric(data, column, missing=True)
        wrong = (data[column] < 0) | (data[column] > data[months])
        if wrong.any():
            name = data.loc[wrong, patient].iloc[0]
            raise ValueError(f"patient {name!r}: {column} lies before the infusion or beyond the follow-up")
    if ongoing is not None:
        data[ongoing] = data[ongoing].astype(bool)

    y = alt.Y(
        field=field(patient),
        type="nominal",
        sort=names,
        axis=alt.Axis(title=None),
        scale=alt.Scale(paddingInner=0.25, paddingOuter=0.2),
    )
    label_width = text_width(max(map(len, names)))
    x_scale = alt.Scale(domainMin=0, nice=True)
    axis = alt.Axis(title=x_title, grid=True, tickCount=8, format="~g")
    base = alt.Chart(data).encode(y=y, tooltip=tooltips(data))
    bar: dict[str, Any] = {"color": alt.value(CATEGORICAL[0])}
    if group is not None:
        colours, _ = categories(distinct(data, group), f"column {group!r}")
        bar["color"] = alt.Color(field=field(group), type="nominal", scale=colours, legend=None)
    behind = 0 if group is None else text_width(max(map(len, distinct(data, group))))
    layers: list[alt.Chart] = [
        base.mark_bar(opacity=0.55, height={"band": 0.8}).encode(
            x=alt.X(field=field(months), type="quantitative", scale=x_scale, axis=axis), **bar
        )
    ]
    if group is not None:
        layers.append(
            base.mark_text(
                align="left", dx=16, fontSize=TEXT_SIZE, color=INK_SOFT.light, tooltip=False
            ).encode(
                x=alt.X(field=field(months), type="quantitative", scale=x_scale, axis=axis),
                text=alt.Text(field=field(group), type="nominal"),
            )
        )
    if ongoing is not None:
        layers.append(
            base.transform_filter(datum(ongoing))
            .mark_point(shape="triangle-right", filled=True, size=110, opacity=1, xOffset=7)
            .encode(x=alt.X(field=field(months), type="quantitative", scale=x_scale, axis=axis), **bar)
        )
    if marks:
        kinds = list(marks)
        categories(kinds, "marks")
        titles = {column: what for what, column in marks.items()}
        layers.append(
            base.transform_fold([field(column) for column in titles], as_=["carta_column", "carta_when"])
            .transform_filter("isValid(datum.carta_when)")
            .transform_calculate(carta_what=f"{json.dumps(titles, ensure_ascii=False)}[datum.carta_column]")
            .mark_point(filled=True, size=120, opacity=1, stroke=PAPER.light, strokeWidth=1, color=INK.light)
            .encode(
                x=alt.X("carta_when:Q", scale=x_scale, axis=axis),
                shape=alt.Shape(
                    "carta_what:N",
                    scale=alt.Scale(domain=kinds, range=[*SHAPES[1:], SHAPES[0]][: len(kinds)]),
                    title="Event",
                ),
            )
        )
    chart: alt.LayerChart = (
        alt.LayerChart(data=data, layer=layers)
        .properties(width=max(240, WIDTH - label_width - behind - 40), height={"step": _ROW})
        .resolve_scale(shape="independent")
    )
    return with_entries(chart, leads)
