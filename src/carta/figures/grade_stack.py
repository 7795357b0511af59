"""Grades of a side effect, stacked to one bar a group."""

from __future__ import annotations

from collections.abc import Sequence

import altair as alt
import pandas as pd

from carta.figures.colours import INK_LINE, INK_SOFT, NEUTRAL, SEQUENTIAL, text_on
from carta.figures.columns import datum, distinct, field, numeric, take, text_width, tooltips, wrapped_labels
from carta.figures.theme import TEXT_SIZE, WIDTH

_ROW = 34
_SHARE = "Share"
#: A narrower part has no room for its number, as a fraction of the bar.
_ROOM = 0.055
#: The lightest grade: almost the page, so that "none" does not look like a finding.
_NONE = "#dfe9f1"


def grade_stack(
    frame: pd.DataFrame,
    *,
    label: str,
    grade: str,
    patients: str,
    grades: Sequence[str],
    x_title: str,
    unknown: str | None = None,
    group: str | None = None,
) -> alt.LayerChart | alt.FacetChart:
    """Draw one bar a row of ``label``, made of the shares of patients by worst grade, mildest on the left.

    Args:
        frame: one row for each label and grade. ``label`` names the study or group; ``grade`` is one of
            ``grades``; ``patients`` is the number of patients whose worst grade it was. The patients of one label
            are all patients: who had none, and whose grade is not stated, are grades too.
        grades: all grades from none to worst, at most six besides ``unknown``.
        x_title: what is graded, and of whom.
        unknown: the grade that stands for "not stated", drawn grey at the right; one of ``grades``.
        group: a category that sets the bars apart under headings, such as autoimmune disease and cancer.

    Raises:
        TypeError: not a frame.
        ValueError: a missing column or value, a number that is not whole, an unknown grade, one given twice, a
            label without patients, or too many grades.
    """
    data = take(frame, {"label": label, "group": group, "grade": grade, "patients": patients})
    counts = numeric(data, patients)
    if (counts % 1 != 0).any() or (counts < 0).any():
        raise ValueError(f"column {patients!r} must hold whole numbers of patients")
    data[patients] = counts.astype(int)
    order = [str(one) for one in grades]
    stray = [one for one in distinct(data, grade) if one not in order]
    if stray:
        raise ValueError(f"grade {stray[0]!r} is none of {', '.join(order)}")
    if unknown is not None and unknown not in order:
        raise ValueError(f"unknown={unknown!r} is none of {', '.join(order)}")
    known = [one for one in order if one != unknown]
    if not 1 < len(known) <= len(SEQUENTIAL) + 1:
        raise ValueError(f"{len(known)} grades: give two to {len(SEQUENTIAL) + 1}")
    if data.duplicated([label, grade]).any():
        row = data.loc[data.duplicated([label, grade]), [label, grade]].iloc[0]
        raise ValueError(f"{row[label]!r} has the grade {row[grade]!r} twice: give one row each")
    totals = data.groupby(label, sort=False)[patients].transform("sum")
    if (totals == 0).any():
        raise ValueError(f"{data.loc[totals == 0, label].iloc[0]!r} has no patients")
    data[_SHARE] = data[patients] / totals

    colours = dict(zip(known, (_NONE, *SEQUENTIAL[-len(known) + 1 :]), strict=True))
    if unknown is not None:
        colours[unknown] = NEUTRAL
    order = [*known, *([unknown] if unknown is not None else [])]
    names = distinct(data, label)
    expression, label_width, _ = wrapped_labels(names)
    width = max(240, WIDTH - label_width - text_width(10))
    rank = f"indexof({order!r}, {datum(grade)})"
    base = alt.Chart(data if group is None else alt.Undefined).transform_calculate(carta_rank=rank)
    y = alt.Y(
        field=field(label),
        type="nominal",
        sort=names,
        axis=alt.Axis(title=None, labelExpr=expression),
        scale=alt.Scale(paddingInner=0.2, paddingOuter=0.15),
    )
    x_axis = alt.Axis(title=x_title, format=".0%", values=[0, 0.25, 0.5, 0.75, 1])
    stacked = base.transform_stack(
        stack=field(_SHARE),
        as_=["carta_from", "carta_to"],
        groupby=[field(label)],
        sort=[alt.SortField("carta_rank", "ascending")],
    )
    scale = alt.Scale(domain=[0, 1], nice=False)
    bars = stacked.mark_bar(stroke=INK_LINE.light, strokeWidth=0.75).encode(
        x=alt.X("carta_from:Q", scale=scale, axis=x_axis),
        x2="carta_to:Q",
        y=y,
        color=alt.Color(
            field=field(grade),
            type="nominal",
            scale=alt.Scale(domain=order, range=[colours[one] for one in order]),
            legend=alt.Legend(title="Grade", symbolType="square", symbolStrokeWidth=0.5),
        ),
        tooltip=tooltips(data),
    )
    ink = "".join(f"{datum(grade)} === {one!r} ? {text_on(colours[one])!r} : " for one in order) + "'#000000'"
    numbers = (
        stacked.transform_filter(f"{datum(_SHARE)} >= {_ROOM}")
        .transform_calculate(carta_middle="(datum.carta_from + datum.carta_to) / 2", carta_ink=ink)
        .mark_text(fontSize=TEXT_SIZE, tooltip=False)
        .encode(
            x=alt.X("carta_middle:Q", scale=scale, axis=x_axis),
            y=y,
            text=alt.Text(field=field(patients), type="quantitative"),
            color=alt.Color("carta_ink:N", scale=None),
        )
    )
    totals_text = (
        base.transform_aggregate(carta_n=f"sum({field(patients)})", groupby=[field(label)])
        .transform_calculate(carta_total="'n = ' + datum.carta_n")
        .mark_text(align="left", fontSize=TEXT_SIZE, color=INK_SOFT.light, tooltip=False)
        .encode(x=alt.value(width + 10), y=y, text="carta_total:N")
    )
    layers = [bars, numbers, totals_text]
    if group is None:
        return alt.LayerChart(data=data, layer=layers).properties(width=width, height={"step": _ROW})
    groups = distinct(data, group)
    chart: alt.FacetChart = (
        alt.LayerChart(layer=layers)
        .properties(width=width, height={"step": _ROW})
        .facet(
            data=data,
            row=alt.Row(
                field=field(group),
                type="nominal",
                sort=groups,
                header=alt.Header(title=None, labelOrient="top", labelAnchor="start", labelFontWeight="bold"),
            ),
            spacing=14,
        )
        .resolve_scale(y="independent")
    )
    return chart
