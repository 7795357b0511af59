"""What was known after each report: the pooled proportion as studies were published."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import altair as alt

from carta.figures.entries import with_entries
from carta.figures.forest_rows import POOLED, STUDY, ForestRow, draw_forest
from carta.synthesis.cumulative_pooling import CumulativeStep


def cumulative_forest(
    steps: Sequence[CumulativeStep], *, x_title: str, names: Mapping[str, str] | None = None, top: float = 1.0
) -> alt.LayerChart:
    """Draw one row a report, each with the pooled proportion of all reports up to it; the last is the diamond.

    Args:
        steps: what :func:`carta.synthesis.cumulative` returns.
        x_title: what the proportion is, and of whom.
        names: what a study is called, by its label.
        top: where the axis ends, as a fraction of one.

    Raises:
        ValueError: there is no step, or an interval reaches beyond ``top``.
    """
    rows = []
    leads = {}
    for at, step in enumerate(steps):
        name = f"+ {(names or {}).get(step.label, step.label)}"
        leads[name] = step.label
        last = at == len(steps) - 1
        pooled = step.pooled
        if pooled is None:
            rows.append(ForestRow(name, POOLED if last else STUDY, note="not determined"))
        else:
            rows.append(
                ForestRow(
                    name, POOLED if last else STUDY, pooled.events, pooled.n, pooled.estimate, *pooled.ci
                )
            )
    level = next((step.pooled.level for step in steps if step.pooled is not None), 0.95)
    return with_entries(draw_forest(rows, x_title=x_title, level=level, by_size=False, top=top), leads)
