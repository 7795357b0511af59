"""The HTML of one figure: the drawing at once, then its data, a download, and the live chart on demand."""

from __future__ import annotations

import base64
import json
import math
from collections.abc import Sequence
from html import escape
from typing import Any

import pandas as pd

from carta.figures.svg import Drawing, described, themed, themed_spec
from carta.figures.table import as_csv, as_html
from carta.figures.theme import SMALLEST_TEXT

#: The style sheet has one class for each of these widths, px.
FLOORS = range(240, 1681, 40)


def floor(drawing: Drawing) -> int:
    """Return the width in px below which the drawing scrolls instead of shrinking.

    It is the width at which the smallest text has still :data:`~carta.figures.theme.SMALLEST_TEXT`
    px, rounded up to one of :data:`FLOORS`.
    """
    smallest = drawing.smallest_text or SMALLEST_TEXT
    needed = math.ceil(drawing.width * min(1.0, SMALLEST_TEXT / smallest))
    return next((width for width in FLOORS if width >= needed), FLOORS[-1])


def figure_html(
    *,
    drawing: Drawing,
    spec: dict[str, Any],
    alt: str,
    name: str,
    table: pd.DataFrame,
    sources: Sequence[str],
    filename: str,
) -> str:
    """Return the HTML fragment; see :func:`carta.figures.show.show` for what it promises."""
    csv = base64.b64encode(as_csv(table).encode("utf-8")).decode("ascii")
    what = escape(name)
    parts = [
        f'<div class="carta-figure" role="group" aria-label="{what}">',
        f'<div class="carta-figure-chart carta-figure-floor-{floor(drawing)}" role="region" tabindex="0"'
        f' aria-label="Chart: {what}">',
        themed(described(drawing.svg, alt)),
        "</div>",
        '<div class="carta-figure-controls">',
        '<details class="carta-figure-data"><summary>Data table</summary>',
        f'<div class="carta-figure-table" role="region" tabindex="0" aria-label="Data table: {what}">',
        as_html(table, f"Data: {name}"),
        "</div></details>",
        '<div class="carta-figure-actions">',
        f'<button type="button" class="carta-figure-explore" aria-pressed="false"'
        f' aria-label="Explore: {what}" hidden>Explore</button>',
        f'<a class="carta-figure-csv" download="{escape(filename)}.csv" aria-label="Download CSV: {what}"'
        f' href="data:text/csv;charset=utf-8;base64,{csv}">Download CSV</a>',
        "</div>",
        "</div>",
        '<p class="carta-figure-status" role="status"></p>',
    ]
    if sources:
        spans = ", ".join(
            f'<span class="carta-source" data-key="{escape(key)}">{escape(key)}</span>' for key in sources
        )
        parts.append(f'<p class="carta-figure-sources">Sources: {spans}</p>')
    parts += [
        f'<script type="application/json" class="carta-figure-spec">{_script(themed_spec(spec))}</script>',
        "</div>",
    ]
    return "\n".join(parts) + "\n"


def _script(spec: dict[str, Any]) -> str:
    """Return JSON that can't end its script element, nor open a comment in it."""
    return json.dumps(spec, ensure_ascii=False, separators=(",", ":")).replace("<", "\\u003c")
