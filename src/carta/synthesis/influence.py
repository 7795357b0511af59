"""How much a pooled proportion hangs on one study."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from carta.synthesis.counts import read_counts
from carta.synthesis.pooling import pool_counts
from carta.synthesis.refusal import PoolingRefused
from carta.synthesis.result import PooledProportion


@dataclass(frozen=True)
class LeftOut:
    """The pooled proportion without one study."""

    label: str
    #: None where the studies that remain allow no number.
    pooled: PooledProportion | None
    #: Why there is none.
    refusal: str | None


def leave_one_out(events: Any, n: Any, labels: Any = None, **options: Any) -> tuple[LeftOut, ...]:
    """Pool again without each study in turn; ``options`` are those of :func:`carta.synthesis.pool`.

    Raises:
        PoolingRefused: there is one study only.
        TypeError, ValueError: as :func:`carta.synthesis.pool`.
    """
    counts = read_counts(events, n, labels)
    if counts.k < 2:
        raise PoolingRefused("Leaving out the only study leaves none.")
    found = []
    for row, label in enumerate(counts.labels):
        rest = counts.take([other for other in range(counts.k) if other != row])
        try:
            found.append(LeftOut(label, pool_counts(rest, **options), None))
        except PoolingRefused as refusal:
            found.append(LeftOut(label, None, str(refusal)))
    return tuple(found)
