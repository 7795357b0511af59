"""Capacity of CAR T manufacture: how many wait, and for how long, when slots are few.

A deterministic flow in days. Patients are referred at a constant rate and wait for a slot. A slot is taken from
collection to infusion (vein to vein). Some products fail; those patients wait again, before newcomers. Some who wait
leave the list: they worsen, or are treated otherwise.
"""

from __future__ import annotations

from dataclasses import dataclass

DAYS_OF_YEAR = 365


@dataclass(frozen=True)
class CapacityInput:
    """A centre, or a country."""

    #: Patients referred a year.
    referrals: float
    #: Patients whose cells can be in manufacture at once.
    slots: float
    #: Days from collection to infusion.
    vein_to_vein: int
    #: Share of products that fail.
    failure: float
    #: Share of those waiting who leave the list within a year.
    leaving: float
    #: Patients who wait at the start.
    waiting: float = 0.0
    years: int = 5

    def check(self) -> None:
        """Raise ValueError, in words, for a value that makes no sense."""
        for name in ("referrals", "slots", "waiting"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} must not be negative")
        if self.vein_to_vein < 1 or self.years < 1:
            raise ValueError("vein_to_vein and years must be one or more")
        if not 0 <= self.failure < 1 or not 0 <= self.leaving < 1:
            raise ValueError("failure and leaving are shares: zero or more, below one")


@dataclass(frozen=True)
class CapacityDay:
    """The state at the end of a day, and totals until then."""

    day: int
    waiting: float
    treated: float
    left: float
    failed: float


def capacity(described: CapacityInput) -> list[CapacityDay]:
    """Return the state at the end of every day, from day 0.

    Raises:
        ValueError: for a value that makes no sense.
    """
    described.check()
    leaving = 1 - (1 - described.leaving) ** (1 / DAYS_OF_YEAR)
    arrivals = described.referrals / DAYS_OF_YEAR
    line = [0.0] * described.vein_to_vein
    waiting, busy = described.waiting, 0.0
    treated = left = failed = 0.0
    days = [CapacityDay(0, waiting, 0.0, 0.0, 0.0)]
    for day in range(1, described.years * DAYS_OF_YEAR + 1):
        finished = line[day % described.vein_to_vein]
        busy -= finished
        again = finished * described.failure
        failed += again
        treated += finished - again
        waiting += arrivals + again
        started = min(waiting, max(described.slots - busy, 0.0))
        waiting -= started
        busy += started
        line[day % described.vein_to_vein] = started
        gone = waiting * leaving
        waiting -= gone
        left += gone
        days.append(CapacityDay(day, waiting, treated, left, failed))
    return days


def yearly_capacity(described: CapacityInput) -> float:
    """Patients who can be treated a year when every slot is always taken."""
    described.check()
    return described.slots * DAYS_OF_YEAR / described.vein_to_vein * (1 - described.failure)


def waiting_days(described: CapacityInput, day: CapacityDay) -> float:
    """Days that the last on the list would wait if nobody ahead left, at full capacity and with repeats."""
    started_a_day = described.slots / described.vein_to_vein * (1 - described.failure)
    return day.waiting / started_a_day if started_a_day > 0 else float("inf")
