"""How the planned size of registered trials moved between versions of their registry records."""

from __future__ import annotations

import re

import altair as alt
import pandas as pd

from carta.evidence.base import Evidence
from carta.evidence.records import OWN, Trial
from carta.figures.colours import CATEGORICAL, PAPER
from carta.figures.columns import field, wrapped_labels
from carta.figures.theme import WIDTH

_TRIAL, _SIZE, _VERSION, _WHICH, _PLACE = "trial", "participants", "version", "value", "place"
_EARLIER, _LATEST = "earlier", "latest read"
_NUMBER = re.compile(r"(?:up to |about )?(\d+)")


def drift_frame(base: Evidence) -> pd.DataFrame:
    """Return the recorded sizes of trials whose size changed, one row a version, oldest first.

    Columns: ``trial``, ``participants``, ``version`` (its date, or "an earlier version"), ``value`` ("earlier" or
    "latest read"), ``place`` (counted from one).
    """
    rows = []
    for nct, trial in base.trials().items():
        sizes = _sizes(trial)
        if len({size for size, _ in sizes}) < 2:
            continue
        name = f"{trial.acronym} ({nct})" if trial.acronym and len(trial.acronym) < 20 else nct
        for place, (size, version) in enumerate(sizes, start=1):
            which = _LATEST if place == len(sizes) else _EARLIER
            rows.append({_TRIAL: name, _SIZE: size, _VERSION: version, _WHICH: which, _PLACE: place})
    return pd.DataFrame(rows, columns=[_TRIAL, _SIZE, _VERSION, _WHICH, _PLACE])


def _sizes(trial: Trial) -> list[tuple[int, str]]:
    found = []
    for change in trial.history:
        number = _NUMBER.fullmatch(str(change.value))
        if change.field == "enrollment" and number and change.source != OWN:
            found.append((int(number.group(1)), change.as_of or "an earlier version"))
    if trial.enrollment is not None:
        found.append((trial.enrollment, trial.last_update or "latest version"))
    return found


def registry_drift(base: Evidence) -> alt.LayerChart:
    """Draw one row a trial: hollow points for what earlier versions planned, a filled one for the latest.

    Raises:
        ValueError: no trial of the base has a recorded change of its size.
    """
    data = drift_frame(base)
    if data.empty:
        raise ValueError("no trial has a recorded change of its number of participants")
    names = list(dict.fromkeys(data[_TRIAL]))
    expression, label_width, _ = wrapped_labels(names)
    rows = alt.Chart(data).encode(
        y=alt.Y(
            field=field(_TRIAL),
            type="nominal",
            sort=names,
            axis=alt.Axis(title=None, labelExpr=expression, grid=True),
        ),
        tooltip=[_TRIAL, _SIZE, _VERSION],
    )
    x = alt.X(
        field=_SIZE,
        type="quantitative",
        scale=alt.Scale(type="log", nice=False, padding=12),
        title="participants, logarithmic",
    )
    line = rows.mark_line(color=CATEGORICAL[0], strokeWidth=1.5).encode(
        x=x, detail=_TRIAL, order=f"{_PLACE}:Q"
    )
    points = rows.mark_point(size=100, opacity=1, strokeWidth=2, stroke=CATEGORICAL[0]).encode(
        x=x,
        fill=alt.Fill(
            field=_WHICH,
            type="nominal",
            scale=alt.Scale(domain=[_EARLIER, _LATEST], range=[PAPER.light, CATEGORICAL[0]]),
            title="Version of the record",
        ),
    )
    return alt.LayerChart(data=data, layer=[line, points]).properties(
        width=max(260, WIDTH - label_width - 30), height={"step": 30, "for": "position"}
    )
