"""Which record of the evidence a name in a chart stands for, so that the page can lead there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

import altair as alt

#: Where the specification of a chart holds it: Vega-Lite leaves ``usermeta`` alone.
PLACE: Final = ("carta", "entries")


def with_entries(chart: alt.LayerChart, names: Mapping[str, str]) -> alt.LayerChart:
    """Return the chart with the record behind each name that it prints.

    Args:
        chart: a whole chart, not a part of another.
        names: the name as it stands in the chart, to the key of a study or the number of a trial. Whoever builds
            the page makes links of those that have an entry, and leaves the others as they are.
    """
    known = {name: key for name, key in names.items() if name != ""}
    if known:
        meta: dict[str, Any] = {PLACE[0]: {PLACE[1]: known}}
        chart.usermeta = meta
    return chart
