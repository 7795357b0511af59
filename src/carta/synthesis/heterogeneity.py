"""How much studies differ: the test of homogeneity and I²."""

from __future__ import annotations

from typing import Final

import numpy as np
from scipy.special import xlogy
from scipy.stats import chi2

from carta.synthesis.counts import Counts, Floats

#: Added to events and to non-events of a study that has none of one of them, before a logit is taken.
CONTINUITY: Final = 0.5


def logits(counts: Counts) -> tuple[Floats, Floats]:
    """Return the logits of the proportions and their variances, each of shape (k,).

    Half an event and half a non-event are added to studies with no or only events, and to no others.
    """
    bare = (counts.events == 0) | (counts.events == counts.n)
    some = counts.events + CONTINUITY * bare
    others = counts.n - counts.events + CONTINUITY * bare
    return np.log(some / others), 1 / some + 1 / others


def typical_variance(variances: Floats) -> float:
    """Return the typical variance within studies (Higgins and Thompson, Stat Med 2002;21:1539-1558, eq. 9)."""
    weights = 1 / variances
    return float((len(weights) - 1) / (weights.sum() - (weights**2).sum() / weights.sum()))


def i_squared(tau2: float, variances: Floats) -> float:
    """Return I² in per cent: the share of tau² in tau² and the typical variance within studies."""
    return 100 * tau2 / (tau2 + typical_variance(variances))


def likelihood_ratio(counts: Counts) -> tuple[float, int, float]:
    """Test whether all studies have one proportion: twice the log likelihood ratio, df, p (chi-squared)."""
    p = counts.events.sum() / counts.n.sum()
    expected, left = counts.n * p, counts.n - counts.events
    q = 2 * float(
        (xlogy(counts.events, counts.events) - xlogy(counts.events, expected)).sum()
        + (xlogy(left, left) - xlogy(left, counts.n * (1 - p))).sum()
    )
    q = max(q, 0.0)
    df = counts.k - 1
    return q, df, float(chi2.sf(q, df)) if df else 1.0
