"""A reported mean or median with its spread, shown as what it is and never turned into the other."""

from __future__ import annotations

from dataclasses import dataclass

from carta.evidence.records import Fact


@dataclass(frozen=True)
class ReportedSpread:
    """A centre and what surrounds it."""

    centre: float
    #: ``mean``, ``median`` or ``value``.
    centre_kind: str
    low: float | None
    high: float | None
    #: What low and high are: ``one standard deviation each way``, ``range``, ``interquartile range``,
    #: ``95 % confidence interval``, ``plus-minus of unknown kind``, or "" where there are none.
    spread_kind: str
    n: int | None
    unit: str | None


def reported_spread(fact: Fact) -> ReportedSpread | None:
    """Return the centre and spread of a fact; None for counts and words.

    Nothing is converted: a mean with SD says how patients spread, a confidence interval how sure the mean is, and a
    range holds its extremes. A width of the range without its ends gives no bounds.
    """
    for kind in ("mean", "median", "value"):
        centre = getattr(fact, kind)
        if centre is not None:
            break
    else:
        return None
    centre = float(centre)
    if fact.sd is not None:
        low, high, spread = centre - fact.sd, centre + fact.sd, "one standard deviation each way"
    elif fact.iqr is not None:
        low, high, spread = float(fact.iqr[0]), float(fact.iqr[1]), "interquartile range"
    elif fact.range is not None:
        low, high, spread = float(fact.range[0]), float(fact.range[1]), "range"
    elif fact.ci95 is not None:
        low, high, spread = float(fact.ci95[0]), float(fact.ci95[1]), "95 % confidence interval"
    elif fact.plus_minus is not None:
        low, high, spread = centre - fact.plus_minus, centre + fact.plus_minus, "plus-minus of unknown kind"
    else:
        return ReportedSpread(centre, kind, None, None, "", fact.n, fact.unit)
    return ReportedSpread(centre, kind, low, high, spread, fact.n, fact.unit)
