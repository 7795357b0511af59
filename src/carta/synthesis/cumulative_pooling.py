"""Cumulative pooling: what was known after each report."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from carta.synthesis.counts import read_counts
from carta.synthesis.pooling import pool_counts
from carta.synthesis.refusal import PoolingRefused
from carta.synthesis.result import PooledProportion


@dataclass(frozen=True)
class CumulativeStep:
    """The pooled proportion of all studies up to and with this one."""

    label: str
    #: Date of publication: YYYY, YYYY-MM or YYYY-MM-DD.
    published: str
    #: None where the studies so far allow no number.
    pooled: PooledProportion | None
    refusal: str | None


def cumulative(
    events: Any, n: Any, labels: Any, published: Sequence[str], **options: Any
) -> tuple[CumulativeStep, ...]:
    """Pool in the order of publication, adding one study at a time.

    A date known to the year or the month comes before the days in it; studies of one date come in the order of
    their names. ``options`` are those of :func:`carta.synthesis.pool`.

    Raises:
        PoolingRefused: there is no study.
        TypeError, ValueError: as :func:`carta.synthesis.pool`, or a study has no date.
    """
    counts = read_counts(events, n, labels)
    dates = [str(date) if date else "" for date in published]
    if len(dates) != counts.k:
        raise ValueError(f"published must have one date a study: {len(dates)} dates, {counts.k} studies")
    for label, date in zip(counts.labels, dates, strict=True):
        if not date:
            raise ValueError(f"{label} has no date of publication: leave the study out, or give it one")
    order = sorted(range(counts.k), key=lambda row: (dates[row], counts.labels[row]))
    steps = []
    for size, row in enumerate(order, start=1):
        try:
            pooled, refusal = pool_counts(counts.take(order[:size]), **options), None
        except PoolingRefused as error:
            pooled, refusal = None, str(error)
        steps.append(CumulativeStep(counts.labels[row], dates[row], pooled, refusal))
    return tuple(steps)
