"""The panels of an explorer as SVG: axes and first curves. The page's script moves the curves only."""

from __future__ import annotations

import math
from collections.abc import Sequence
from html import escape

import numpy as np
import numpy.typing as npt

from carta.figures.colours import CATEGORICAL
from carta.site.explorers.spec import Panel

#: Size of a panel and of the area of its curves, in units of its view box.
WIDTH, HEIGHT = 360, 190
LEFT, RIGHT, TOP, BOTTOM = 46, 10, 10, 26

Vector = npt.NDArray[np.float64]


def x_of(day: float, span: float) -> float:
    """Return the place of a day."""
    return LEFT + (WIDTH - LEFT - RIGHT) * day / span


def y_of(value: float, panel: Panel) -> float:
    """Return the place of a value, held inside the area."""
    held = min(max(value, panel.low), panel.high)
    share = (
        math.log(held / panel.low) / math.log(panel.high / panel.low)
        if panel.log
        else (held - panel.low) / (panel.high - panel.low)
    )
    return HEIGHT - BOTTOM - (HEIGHT - TOP - BOTTOM) * share


def path(times: Vector, values: Vector, span: float, panel: Panel) -> str:
    """Return the path of a curve."""
    points = (
        f"{x_of(float(time), span):.1f} {y_of(float(value), panel):.1f}"
        for time, value in zip(times, values, strict=True)
        if time <= span
    )
    return "M" + "L".join(points)


def day_ticks(span: int) -> list[int]:
    """Return the days that are marked on an axis of this length."""
    step = 30 if span <= 200 else 90 if span <= 400 else 180
    return list(range(0, span + 1, step))


def tick_text(value: float, panel: Panel) -> str:
    """Return the text at a tick."""
    return f"{100 * value:g}\N{NO-BREAK SPACE}%" if panel.percent else f"{value:g}"


def draw(
    panel: Panel,
    spans: Sequence[int],
    times: Vector,
    curves: Sequence[Vector],
    title_id: str,
) -> str:
    """Return one panel as an SVG element; the axis of days of every span but the first is hidden."""
    right, base = WIDTH - RIGHT, HEIGHT - BOTTOM
    parts = [
        f'<svg class="carta-explorer-svg" viewBox="0 0 {WIDTH} {HEIGHT}" role="img" aria-labelledby="{title_id}" '
        f'data-panel="{panel.name}">'
    ]
    for value in panel.ticks:
        y = y_of(value, panel)
        parts.append(
            f'<line class="carta-explorer-grid" x1="{LEFT}" x2="{right}" y1="{y:.1f}" y2="{y:.1f}"/>'
            f'<text class="carta-explorer-tick" x="{LEFT - 6}" y="{y + 4:.1f}" text-anchor="end">'
            f"{escape(tick_text(value, panel))}</text>"
        )
    for index, span in enumerate(spans):
        hidden = ' display="none"' if index else ""
        parts.append(f'<g class="carta-explorer-days" data-span="{span}"{hidden}>')
        for day in day_ticks(span):
            x = x_of(day, span)
            words = str(day) if day else "day 0"
            anchor = "end" if x > right - 20 else "middle"
            parts.append(
                f'<line class="carta-explorer-axis" x1="{x:.1f}" x2="{x:.1f}" y1="{base}" y2="{base + 4}"/>'
                f'<text class="carta-explorer-tick" x="{x:.1f}" y="{base + 17}" text-anchor="{anchor}">{words}</text>'
            )
        parts.append("</g>")
    parts.append(f'<line class="carta-explorer-axis" x1="{LEFT}" x2="{right}" y1="{base}" y2="{base}"/>')
    for series in panel.series:
        dash = f' stroke-dasharray="{series.dash}"' if series.dash else ""
        parts.append(f'<path class="carta-explorer-ghost" data-ghost="{series.name}"{dash} d=""/>')
    for series, values in zip(panel.series, curves, strict=True):
        dash = f' stroke-dasharray="{series.dash}"' if series.dash else ""
        parts.append(
            f'<path class="carta-explorer-curve" data-series="{series.name}" '
            f'stroke="{CATEGORICAL[series.colour]}"{dash} d="{path(times, values, spans[0], panel)}"/>'
        )
    parts.append("</svg>")
    return "".join(parts)


def legend(panel: Panel) -> str:
    """Return the legend of a panel: a sample of each line with its name."""
    items = []
    for series in panel.series:
        dash = f' stroke-dasharray="{series.dash}"' if series.dash else ""
        items.append(
            '<li><svg viewBox="0 0 28 8" width="28" height="8" aria-hidden="true">'
            f'<line x1="0" x2="28" y1="4" y2="4" stroke="{CATEGORICAL[series.colour]}" stroke-width="3"{dash}/></svg>'
            f"{escape(series.label)}</li>"
        )
    return f'<ul class="carta-explorer-legend">{"".join(items)}</ul>'
