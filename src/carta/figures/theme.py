"""The one look of all figures: the Altair theme ``carta``, with shapes and dashes beside the colours."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any, Final

import altair as alt

from carta.figures.colours import CATEGORICAL, DIVERGING, INK, INK_GRID, INK_LINE, INK_SOFT, PAPER, SEQUENTIAL
from carta.figures.columns import datum

#: The site's own face, which :mod:`carta.figures.svg` lays out with on every machine; what follows is no wider.
FONT: Final = '"Carta Sans", "Carta Sans More", "Liberation Sans", Arial, Helvetica, sans-serif'

#: Size of the text in px, at the chart's own width.
TEXT_SIZE: Final = 13

#: No text may be smaller than this, in px, neither in a chart nor once it is scaled to the page.
SMALLEST_TEXT: Final = 11

#: Full width of a figure, px.
WIDTH: Final = 640

#: Shapes and dashes in the order of :data:`~carta.figures.colours.CATEGORICAL`.
SHAPES: Final = ("circle", "square", "triangle-up", "diamond", "triangle-down", "cross")
DASHES: Final = ((1, 0), (7, 3), (2, 2), (9, 3, 2, 3), (4, 4), (12, 4))

#: Outline in the colour of the page, which parts neighbouring areas.
GAP: Final[dict[str, Any]] = {"stroke": PAPER.light, "strokeWidth": 1.5}


def carta_theme() -> alt.theme.ThemeConfig:
    """Return the theme: readable type, page inks, tested palettes, no background and no frame."""
    text: dict[str, Any] = {"font": FONT, "fontSize": TEXT_SIZE, "fill": INK.light}
    axis: dict[str, Any] = {
        "domainColor": INK_LINE.light,
        "gridColor": INK_GRID.light,
        "labelColor": INK.light,
        "labelFont": FONT,
        "labelFontSize": TEXT_SIZE,
        "labelLimit": 280,
        "labelPadding": 6,
        "tickColor": INK_LINE.light,
        "titleColor": INK_SOFT.light,
        "titleFont": FONT,
        "titleFontSize": TEXT_SIZE,
        "titleFontWeight": "normal",
        "titlePadding": 10,
    }
    legend: dict[str, Any] = {
        "labelColor": INK.light,
        "labelFont": FONT,
        "labelFontSize": TEXT_SIZE,
        "labelLimit": 280,
        "orient": "top",
        "symbolSize": 110,
        "titleColor": INK_SOFT.light,
        "titleFont": FONT,
        "titleFontSize": TEXT_SIZE,
        "titleFontWeight": "normal",
        "titleOrient": "left",
        "titlePadding": 10,
        "columnPadding": 14,
    }
    # Altair's own types of a configuration are narrower than what Vega-Lite takes.
    config: Any = {
        "background": "transparent",
        "font": FONT,
        "view": {
            "stroke": None,
            "continuousWidth": WIDTH - 80,
            "continuousHeight": 320,
            "discreteHeight": {"step": 28},
        },
        "mark": {"color": CATEGORICAL[0], "tooltip": True},
        "bar": {"discreteBandSize": {"band": 0.7}},
        "rect": {"stroke": INK_LINE.light, "strokeWidth": 0.5},
        "line": {"strokeWidth": 2.25},
        "point": {"filled": True, "size": 80, "strokeWidth": 1.5},
        "rule": {"color": INK_LINE.light, "strokeWidth": 1.25},
        "text": {"font": FONT, "fontSize": TEXT_SIZE, "color": INK.light},
        "axis": axis,
        "axisX": {"labelFlush": False},
        "axisBand": {"domain": False, "grid": False, "ticks": False},
        "axisPoint": {"domain": False, "grid": False, "ticks": False},
        "axisQuantitative": {"domain": False, "ticks": False},
        "legend": legend,
        "header": {
            "labelColor": INK.light,
            "labelFont": FONT,
            "labelFontSize": TEXT_SIZE,
            "titleColor": INK_SOFT.light,
            "titleFont": FONT,
            "titleFontSize": TEXT_SIZE,
        },
        "title": {
            "anchor": "start",
            "color": INK.light,
            "font": FONT,
            "fontSize": 15,
            "subtitleColor": INK_SOFT.light,
            "subtitleFont": FONT,
            "subtitleFontSize": TEXT_SIZE,
        },
        "style": {"guide-label": text, "guide-title": text},
        "range": {
            "category": list(CATEGORICAL),
            "diverging": list(DIVERGING),
            "heatmap": list(SEQUENTIAL),
            "ordinal": list(SEQUENTIAL),
            "ramp": list(SEQUENTIAL),
            "symbol": list(SHAPES),
        },
    }
    return {"config": config}


def enable_theme() -> None:
    """Register the theme under the name ``carta`` and make it the current one."""
    alt.theme.register("carta", enable=True)(carta_theme)


def categories(names: Sequence[str], what: str) -> tuple[alt.Scale, alt.Scale]:
    """Return the scales of colour and of shape for some categories, in the order given.

    Encode both for the same column: who can't tell the colours apart then reads the shapes.

    Raises:
        ValueError: more categories than can be told apart; ``what`` names them in the message.
    """
    _check_number(names, what)
    return (
        alt.Scale(domain=list(names), range=list(CATEGORICAL[: len(names)])),
        alt.Scale(domain=list(names), range=list(SHAPES[: len(names)])),
    )


def dashes(names: Sequence[str], column: str) -> alt.StrokeDashValue:
    """Return the line dashes for the categories of a column, to go with the colours of :func:`categories`.

    They are conditions and not a scale, for a scale would put its dashes around the symbols of the legend.

    Raises:
        ValueError: more categories than can be told apart.
    """
    _check_number(names, f"column {column!r}")
    dashed = [
        {"test": f"toString({datum(column)}) === {json.dumps(name)}", "value": list(dash)}
        for name, dash in zip(names[1:], DASHES[1:], strict=False)
    ]
    return alt.StrokeDashValue(list(DASHES[0]), condition=dashed)


def _check_number(names: Sequence[str], what: str) -> None:
    if len(names) > len(CATEGORICAL):
        raise ValueError(
            f"{what} has {len(names)} categories, but only {len(CATEGORICAL)} can be told apart: "
            "merge the small ones, or draw small multiples"
        )
