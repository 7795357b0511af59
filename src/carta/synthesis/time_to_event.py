"""Time to event from rows of individual patients, by Kaplan and Meier, each person once."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np

from carta.synthesis.refusal import PoolingRefused
from carta.synthesis.result import Interval

if TYPE_CHECKING:
    import pandas as pd


@dataclass(frozen=True)
class SurvivalStep:
    """The curve just after one time."""

    time: float
    #: Patients still followed and without the event just before this time.
    at_risk: int
    events: int
    censored: int
    #: Share without the event, with its pointwise interval.
    survival: float
    low: float
    high: float


@dataclass(frozen=True)
class KaplanMeier:
    """A Kaplan–Meier estimate."""

    label: str
    #: The unit of time.
    unit: str
    #: From time zero on, one step a time at which anything happened.
    steps: tuple[SurvivalStep, ...]
    n: int
    events: int
    #: Time by which half had the event; None where the curve stays above one half.
    median: float | None
    #: Bounds of the median; a bound that is not reached is infinite.
    median_ci: Interval | None
    level: float
    notes: tuple[str, ...]

    def at(self, time: float) -> SurvivalStep:
        """Return the last step up to ``time``.

        Raises:
            ValueError: nobody was followed so long, or the time is below zero.
        """
        if not 0 <= time <= self.steps[-1].time:
            raise ValueError(f"the curve runs from 0 to {self.steps[-1].time:g} {self.unit}, not to {time:g}")
        return [step for step in self.steps if step.time <= time][-1]

    def frame(self) -> pd.DataFrame:
        """Return one row a step."""
        import pandas as pd

        return pd.DataFrame([vars(step) for step in self.steps])


def kaplan_meier(
    times: Sequence[float],
    observed: Sequence[bool],
    *,
    label: str = "All",
    unit: str = "month",
    level: float = 0.95,
) -> KaplanMeier:
    """Estimate the share without the event over time (Kaplan and Meier, J Am Stat Assoc 1958;53:457-481).

    The pointwise intervals are those of Greenwood on the scale log(-log), as lifelines gives them.

    Args:
        times: time to the event, or to the end of follow-up, one a person, above or at zero.
        observed: whether the event happened.
        label: the name of the curve.
        unit: the unit of the times.
        level: coverage.

    Raises:
        ValueError: lengths differ, a time is missing or below zero, or the level is out of range.
        PoolingRefused: there is nobody.
    """
    # Imported here: lifelines brings much, and only curves need it.
    from lifelines import KaplanMeierFitter
    from lifelines.utils import median_survival_times

    if len(times) != len(observed):
        raise ValueError(f"times and observed must be equally long, not {len(times)} and {len(observed)}")
    if not len(times):
        raise PoolingRefused("There is no patient with a time.")
    durations = np.asarray(times, dtype=float)
    happened = np.asarray(observed, dtype=bool)
    if not np.isfinite(durations).all() or (durations < 0).any():
        raise ValueError("times must be numbers at or above zero")
    if not 0 < level < 1:
        raise ValueError(f"level must lie strictly between 0 and 1, not {level}")
    fitter = KaplanMeierFitter(alpha=1 - level).fit(durations, happened)
    table, curve, bounds = fitter.event_table, fitter.survival_function_, fitter.confidence_interval_
    steps = []
    for row, time in enumerate(table.index):
        steps.append(
            SurvivalStep(
                time=float(time),
                at_risk=int(table["at_risk"].iloc[row]),
                events=int(table["observed"].iloc[row]),
                censored=int(table["censored"].iloc[row]),
                survival=float(curve.iloc[row, 0]),
                low=float(bounds.iloc[row, 0]),
                high=float(bounds.iloc[row, 1]),
            )
        )
    median = float(fitter.median_survival_time_)
    notes = []
    events = int(happened.sum())
    if not events:
        notes.append(
            "Nobody had the event while followed: the curve stays at one, and its interval says nothing."
        )
    interval: Interval | None = None
    if events:
        low, high = (float(value) for value in median_survival_times(bounds).iloc[0])
        interval = low, high
    return KaplanMeier(
        label=label,
        unit=unit,
        steps=tuple(steps),
        n=len(durations),
        events=events,
        median=median if math.isfinite(median) else None,
        median_ci=interval,
        level=level,
        notes=tuple(notes),
    )
