"""Kaplan–Meier curves with their intervals, censored patients, and the numbers at risk."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

import altair as alt
import pandas as pd

from carta.figures.colours import INK_SOFT
from carta.figures.columns import field, text_width, tooltips
from carta.figures.theme import TEXT_SIZE, WIDTH, categories, dashes
from carta.synthesis.time_to_event import KaplanMeier

_GROUP, _SURVIVAL, _LOW, _HIGH = "Group", "Without the event", "Lower bound", "Upper bound"
_RISK, _EVENTS, _CENSORED = "At risk", "Events", "Censored"
_HEIGHT = 280
#: Height of a line of the table under the axis, px, and where it begins.
_LINE = 18
_BELOW = 62


def survival_curve(
    *curves: KaplanMeier, x_title: str, y_title: str, times: Sequence[float] | None = None
) -> alt.LayerChart:
    """Draw one or more curves; ticks are patients whose follow-up ended, bands are pointwise intervals.

    Args:
        curves: what :func:`carta.synthesis.kaplan_meier` returns, with different labels and one unit.
        x_title: what time is counted from, with its unit.
        y_title: the share without which event.
        times: where the numbers at risk are printed; by default five even times.

    Raises:
        ValueError: no curve, two of one label, different units, or too many.
    """
    if not curves:
        raise ValueError("there is no curve to draw")
    labels = [curve.label for curve in curves]
    if len(set(labels)) < len(labels):
        raise ValueError("give each curve its own label")
    if len({curve.unit for curve in curves}) > 1:
        raise ValueError("the curves have different units of time")
    time = f"Time ({curves[0].unit})"
    data = pd.DataFrame(
        [
            {
                _GROUP: curve.label,
                time: step.time,
                _RISK: step.at_risk,
                _EVENTS: step.events,
                _CENSORED: step.censored,
                _SURVIVAL: step.survival,
                _LOW: step.low,
                _HIGH: step.high,
            }
            for curve in curves
            for step in curve.steps
        ]
    )
    longest = float(data[time].max())
    shown = list(times) if times is not None else [longest * part / 4 for part in range(5)]
    colours, _ = categories(labels, "the curves")
    # The curves are named at their ends, which needs no colour to be told apart.
    colour = alt.Color(field=field(_GROUP), type="nominal", scale=colours, legend=None)
    x_scale = alt.Scale(domain=[0, longest], nice=False, padding=4)
    y_scale = alt.Scale(domain=[0, 1], nice=False)
    x = alt.X(
        field=field(time),
        type="quantitative",
        scale=x_scale,
        axis=alt.Axis(title=x_title, grid=False, tickCount=6, format="~g"),
    )
    y_axis = alt.Axis(title=y_title, format=".0%", values=[0, 0.25, 0.5, 0.75, 1], grid=True)
    base = alt.Chart(data)
    layers: list[alt.Chart] = [
        base.mark_area(interpolate="step-after", opacity=0.18, tooltip=False).encode(
            x=x,
            y=alt.Y(field=field(_LOW), type="quantitative", scale=y_scale, axis=y_axis),
            y2=alt.Y2(field=field(_HIGH)),
            color=colour,
        ),
        base.mark_line(interpolate="step-after").encode(
            x=x,
            y=alt.Y(field=field(_SURVIVAL), type="quantitative", scale=y_scale, axis=y_axis),
            color=colour,
            strokeDash=dashes(labels, _GROUP),
            tooltip=tooltips(data),
        ),
        base.transform_filter(f"datum[{_CENSORED!r}] > 0")
        .mark_tick(thickness=2, size=12, orient="vertical")
        .encode(
            x=x,
            y=alt.Y(field=field(_SURVIVAL), type="quantitative", scale=y_scale, axis=y_axis),
            color=colour,
            tooltip=tooltips(data),
        ),
    ]
    if len(curves) > 1:
        layers.append(
            base.transform_joinaggregate(carta_last=f"max({field(time)})", groupby=[field(_GROUP)])
            .transform_filter(f"datum[{time!r}] === datum.carta_last")
            .mark_text(align="left", dx=8, dy=-9, fontSize=TEXT_SIZE, tooltip=False)
            .encode(
                x=x,
                y=alt.Y(field=field(_SURVIVAL), type="quantitative", scale=y_scale, axis=y_axis),
                text=alt.Text(field=field(_GROUP), type="nominal"),
            )
        )
    for line, curve in enumerate(curves):
        height = _HEIGHT + _BELOW + _LINE * (line + 1)
        name = curve.label if len(curves) > 1 else "At risk"
        layers.append(_text(data, name, alt.value(-text_width(len(name)) - 22), height, "left"))
        for at in shown:
            if 0 <= at <= curve.steps[-1].time:
                risk = _at_risk(curve, at)
                place = alt.XDatum(at, scale=x_scale)
                layers.append(_text(data, str(risk), place, height, "center"))
    if len(curves) > 1:
        layers.append(_text(data, "At risk", alt.value(0), _HEIGHT + _BELOW, "left"))
    return alt.LayerChart(data=data, layer=layers).properties(width=WIDTH - 200, height=_HEIGHT)


def _at_risk(curve: KaplanMeier, time: float) -> int:
    """Return how many are still followed and without the event just before ``time``."""
    later = [step.at_risk for step in curve.steps if step.time >= time]
    return later[0] if later else 0


def _text(
    data: pd.DataFrame, text: str, x: alt.Value | alt.XDatum, height: int, align: Literal["left", "center"]
) -> alt.Chart:
    chart: alt.Chart = (
        alt.Chart(data)
        .transform_aggregate(rows="count()")
        .mark_text(text=text, align=align, fontSize=TEXT_SIZE, color=INK_SOFT.light, tooltip=False)
        .encode(x=x, y=alt.value(height))
    )
    return chart
