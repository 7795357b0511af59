"""The profile likelihood interval of the binomial-normal model."""

from __future__ import annotations

import numpy as np
from scipy.optimize import brentq
from scipy.stats import chi2

from carta.synthesis.binomial_normal import Fits, profile_log_likelihood
from carta.synthesis.counts import Counts

#: Furthest that a bound is sought from the estimate, on the logit scale.
_FURTHEST = 60.0


def profile_interval(counts: Counts, fits: Fits, level: float, nodes: int) -> tuple[float, float]:
    """Return the means (logit) at which the profile log likelihood has fallen by half a chi-squared quantile.

    A side on which it never falls so far is unbounded, and its bound infinite.
    """
    best = float(fits.beta[0, 0])
    drop = float(chi2.ppf(level, 1)) / 2
    top = float(fits.log_likelihood[0])

    def excess(mean: float) -> float:
        value = profile_log_likelihood(counts.events[None], counts.n[None], np.array([mean]), nodes=nodes)
        return top - float(value[0]) - drop

    bounds = []
    for side in (-1.0, 1.0):
        step = 0.5
        while step < _FURTHEST and excess(best + side * step) < 0:
            step *= 1.6
        if step >= _FURTHEST:
            bounds.append(side * np.inf)
        else:
            bounds.append(float(brentq(excess, best, best + side * step, xtol=1e-8)))
    return bounds[0], bounds[1]
