"""Events of n, one pair a study: what every pooling starts from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from operator import index
from typing import Any

import numpy as np
import numpy.typing as npt

from carta.synthesis.refusal import PoolingRefused

Floats = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Counts:
    """Checked counts of k studies."""

    #: Patients with the event, whole numbers, shape (k,).
    events: Floats
    #: Patients observed, whole numbers of at least one, shape (k,).
    n: Floats
    #: One name a study.
    labels: tuple[str, ...]

    @property
    def k(self) -> int:
        """How many studies."""
        return len(self.labels)

    @property
    def total_events(self) -> int:
        """Events in all studies together."""
        return int(self.events.sum())

    @property
    def total_n(self) -> int:
        """Patients in all studies together."""
        return int(self.n.sum())

    def take(self, rows: Sequence[int]) -> Counts:
        """Return the studies at these positions, in that order."""
        chosen = list(rows)
        return Counts(self.events[chosen], self.n[chosen], tuple(self.labels[row] for row in chosen))


def read_counts(events: Sequence[Any], n: Sequence[Any], labels: Sequence[str] | None = None) -> Counts:
    """Check counts and put them into arrays.

    Args:
        events: patients with the event, one whole number a study.
        n: patients observed, one whole number of at least 1 a study.
        labels: one name a study; "study 1" and so on when not given.

    Raises:
        TypeError: a count is not a whole number.
        ValueError: lengths differ, a count is out of range, or a name is there twice.
        PoolingRefused: there is no study at all.
    """
    some, all_ = _whole("events", events), _whole("n", n)
    names = tuple(str(label) for label in labels) if labels is not None else ()
    if labels is None:
        names = tuple(f"study {number}" for number in range(1, len(some) + 1))
    if not len(some) == len(all_) == len(names):
        raise ValueError(
            f"events, n and labels must be equally long, not {len(some)}, {len(all_)} and {len(names)}"
        )
    if not names:
        raise PoolingRefused("There is no study to pool.")
    seen: set[str] = set()
    for name, event, size in zip(names, some, all_, strict=True):
        if size < 1:
            raise ValueError(f"{name}: n must be at least 1, not {size}")
        if not 0 <= event <= size:
            raise ValueError(f"{name}: events must lie between 0 and n={size}, not {event}")
        if name in seen:
            raise ValueError(f"{name} is there twice: give each study one row and its own name")
        seen.add(name)
    return Counts(np.asarray(some, dtype=float), np.asarray(all_, dtype=float), names)


def _whole(what: str, values: Sequence[Any]) -> list[int]:
    whole = []
    for value in values:
        if isinstance(value, bool | np.bool_):
            raise TypeError(f"{what} must be whole numbers, not {value!r}")
        try:
            whole.append(index(value))
        except TypeError:
            # A frame with a gap anywhere holds its whole numbers as floats.
            if isinstance(value, float | np.floating) and float(value).is_integer():
                whole.append(int(value))
            else:
                raise TypeError(f"{what} must be whole numbers, not {value!r}") from None
    return whole
