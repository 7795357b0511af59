"""Proportions of several studies, each with its exact interval."""

from __future__ import annotations

import altair as alt
import pandas as pd

from carta.figures.columns import datum, numeric, take
from carta.figures.interval_plot import draw_intervals
from carta.synthesis.exact import exact_interval

#: Columns that the plot adds to the data.
_PROPORTION, _LOW, _HIGH = "Proportion", "Lower bound", "Upper bound"


def proportion_plot(
    frame: pd.DataFrame,
    *,
    label: str,
    events: str,
    n: str,
    x_title: str,
    group: str | None = None,
    reference: float | None = None,
    level: float = 0.95,
) -> alt.LayerChart:
    """Draw ``events`` of ``n`` a row, with exact (Clopper–Pearson) intervals, in the order of the frame.

    The data table of the figure has the proportion and its bounds as fractions of one, in the
    columns ``Proportion``, ``Lower bound`` and ``Upper bound``.

    Args:
        frame: one row a study. ``label`` names it; ``events`` and ``n`` are whole numbers of patients;
            ``group`` is a category, told by colour and shape.
        x_title: what the proportion is, and of whom.
        reference: a proportion to compare with, as a fraction of one, drawn as a dashed line.
        level: coverage of the intervals, strictly between 0 and 1.

    Raises:
        TypeError: not a frame.
        ValueError: a missing column or value, a count that is not whole or more events than patients,
            one row twice, or too many groups.
    """
    data = take(frame, {"label": label, "group": group, "events": events, "n": n})
    for column in (events, n):
        counts = numeric(data, column)
        if (counts % 1 != 0).any():
            raise ValueError(f"column {column!r} must hold whole numbers of patients")
        data[column] = counts.astype(int)
    bounds = []
    for name, some, all_ in zip(data[label], data[events], data[n], strict=True):
        try:
            bounds.append(exact_interval(int(some), int(all_), level))
        except ValueError as error:
            raise ValueError(f"row {name!r}: {error}") from error
    data[_PROPORTION] = data[events] / data[n]
    data[_LOW] = [low for low, _ in bounds]
    data[_HIGH] = [high for _, high in bounds]
    percent = [f"format(100 * {datum(column)}, '.0f')" for column in (_PROPORTION, _LOW, _HIGH)]
    return draw_intervals(
        data,
        label=label,
        estimate=_PROPORTION,
        low=_LOW,
        high=_HIGH,
        group=group,
        reference=reference,
        axis=alt.Axis(title=x_title, format=".0%", values=[0, 0.25, 0.5, 0.75, 1]),
        scale=alt.Scale(domain=[0, 1], nice=False, padding=10),
        value=(
            f"{datum(events)} + '/' + {datum(n)} + ', ' + {percent[0]} + '% ('"
            f" + {percent[1]} + ' to ' + {percent[2]} + ')'"
        ),
        letters=22,
    )
