"""Before and after, one line a patient."""

from __future__ import annotations

from typing import Any

import altair as alt
import pandas as pd

from carta.figures.colours import CATEGORICAL, PAPER
from carta.figures.columns import distinct, field, numeric, take, tooltips
from carta.figures.theme import WIDTH, categories, dashes


def slope(
    frame: pd.DataFrame,
    *,
    patient: str,
    before: str,
    after: str,
    y_title: str,
    group: str | None = None,
    reference: float | None = None,
    log: bool = False,
) -> alt.LayerChart:
    """Draw one line a patient from the value before to the value after; column names label the ends.

    Args:
        frame: one row a patient. ``patient`` names the patient, once; ``before`` and ``after`` are
            numbers of one unit, stated in ``y_title``; a patient without one of them is drawn as a point;
            ``group`` is a category, told by colour, shape and dash.
        reference: a value to compare with, such as an upper limit of normal, drawn as a dashed line.
        log: a logarithmic axis; all numbers must then be positive.

    Raises:
        TypeError: not a frame.
        ValueError: a missing column, a patient twice or without any value, too many groups, or a number
            that is not positive on a logarithmic axis.
    """
    data = take(frame, {"patient": patient, "group": group, "before": before, "after": after})
    for column in (before, after):
        data[column] = numeric(data, column, missing=True)
    names = distinct(data, patient)
    if len(names) < len(data):
        row = data.loc[data[patient].astype(str).duplicated(), patient].iloc[0]
        raise ValueError(f"patient {row!r} is there twice: one row a patient")
    absent = data[[before, after]].isna().all(axis=1)
    if absent.any():
        raise ValueError(f"patient {data.loc[absent, patient].iloc[0]!r} has no value: leave the row out")
    if log and (data[[before, after]] <= 0).any(axis=None):
        raise ValueError("a number that is not positive has no place on a logarithmic axis")

    scale = alt.Scale(type="log") if log else alt.Scale(zero=True, nice=True)
    x = alt.X(
        "carta_when:N",
        sort=[before, after],
        axis=alt.Axis(title=None, labelAngle=0, domain=True),
        scale=alt.Scale(padding=0.35),
    )
    y = alt.Y("carta_value:Q", axis=alt.Axis(title=y_title), scale=scale)
    tooltip = tooltips(data)
    mark: dict[str, Any] = {"color": alt.value(CATEGORICAL[0])}
    line: dict[str, Any] = {}
    point: dict[str, Any] = {}
    if group is not None:
        groups = distinct(data, group)
        colours, shapes = categories(groups, f"column {group!r}")
        legend = alt.Legend(symbolStrokeWidth=0, symbolOpacity=1)
        mark["color"] = alt.Color(
            field=field(group), type="nominal", scale=colours, title=group, legend=legend
        )
        point["shape"] = alt.Shape(field=field(group), type="nominal", scale=shapes, title=group)
        line["strokeDash"] = dashes(groups, group)
    # The rows of a frame are patients; Vega-Lite needs one row a value, so they are unfolded there.
    base = (
        alt.Chart(data)
        .transform_fold([field(before), field(after)], as_=["carta_when", "carta_value"])
        .transform_filter("isValid(datum.carta_value)")
        .encode(x=x, y=y, tooltip=tooltip, detail=alt.Detail(field=field(patient), type="nominal"), **mark)
    )
    layers: list[alt.Chart] = []
    if reference is not None:
        layers.append(
            alt.Chart(data)
            .transform_aggregate(rows="count()")
            .mark_rule(strokeDash=[5, 4], tooltip=False)
            .encode(y=alt.YDatum(reference, scale=scale, axis=alt.Axis(title=y_title)))
        )
    layers += [
        base.mark_line(strokeWidth=1.75, opacity=0.85).encode(**line),
        base.mark_point(filled=True, size=75, opacity=1, stroke=PAPER.light, strokeWidth=1).encode(**point),
    ]
    return alt.LayerChart(data=data, layer=layers).properties(width=WIDTH - 90, height=340)
