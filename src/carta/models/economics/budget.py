"""Budget impact: what a payer spends more, or less, in each calendar year after a therapy is taken up.

Cohorts start therapy year after year. Each brings the difference of yearly cost between the therapy and the
reference, by year since the start; costs are not discounted (Sullivan and others, 2014, ISPOR's principles of good
practice for budget impact analysis).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise

from carta.models.economics.cohort import run
from carta.models.economics.description import Model
from carta.models.economics.source import Source


@dataclass(frozen=True)
class BudgetYear:
    """One calendar year."""

    year: int
    #: Patients who start therapy in it.
    started: float
    #: More spent on those who start in it, and on those who started before; negative: less.
    starting: float
    following: float

    @property
    def net(self) -> float:
        """More spent in the year."""
        return self.starting + self.following


def yearly_cost_difference(
    model: Model,
    strategy: str,
    reference: str,
    years: int,
    *,
    fixed: Mapping[str, float] | None = None,
    source: Source | None = None,
) -> list[float]:
    """Return the undiscounted difference in cost a patient in each year since the start."""
    totals = [0.0]
    undiscounted = model.discount.model_copy(update={"costs": 0.0, "effects": 0.0})
    for year in range(1, years + 1):
        outcomes = run(
            model.model_copy(update={"horizon": float(year), "discount": undiscounted}),
            dict(fixed or {}),
            source=source,
        )
        totals.append(float(outcomes[strategy].cost[0] - outcomes[reference].cost[0]))
    return [after - before for before, after in pairwise(totals)]


def budget_impact(difference: Sequence[float], started: Sequence[float]) -> list[BudgetYear]:
    """Return the budget impact in each year.

    Args:
        difference: cost difference a patient by year since the start (at least as many years as ``started``).
        started: patients who start in each calendar year.
    """
    if len(difference) < len(started):
        raise ValueError(f"cost differences of {len(difference)} years do not cover {len(started)} years")
    return [
        BudgetYear(
            year + 1,
            float(started[year]),
            started[year] * difference[0],
            sum(started[begun] * difference[year - begun] for begun in range(year)),
        )
        for year in range(len(started))
    ]
