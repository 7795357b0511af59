"""The beta-binomial model, fitted by maximum likelihood.

The proportions of studies follow a beta distribution with mean mu and correlation within studies rho = 1/(a+b+1)
(Skellam, J R Stat Soc B 1948;10:257-261; for meta-analysis of rare events Kuss, Stat Med 2015;34:1097-1116).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.optimize import minimize
from scipy.special import betaln, digamma, expit, gammaln, xlog1py, xlogy

from carta.synthesis.counts import Counts, Floats
from carta.synthesis.refusal import PoolingRefused

#: Log of theta = 1/(a+b) at which the iteration begins, and the limits beyond which it is a boundary.
_STARTS: Final = (-3.0, -1.0, 0.5)
_LOWEST, _HIGHEST = -16.0, 8.0
_STEP: Final = 1e-4


@dataclass(frozen=True)
class BetaBinomialFit:
    """Maximum likelihood estimates."""

    #: Logit of the mean proportion, and its standard error.
    mean: float
    se: float
    #: Correlation within studies; 0 is the binomial model.
    rho: float
    log_likelihood: float


def fit_beta_binomial(counts: Counts) -> BetaBinomialFit:
    """Fit the model to studies that have, together, both events and non-events.

    Raises:
        PoolingRefused: the likelihood has no maximum.
    """
    y, n = counts.events, counts.n
    p = y.sum() / n.sum()
    constant = float((gammaln(n + 1) - gammaln(y + 1) - gammaln(n - y + 1)).sum())
    start = float(np.log(p / (1 - p)))
    pooled = float((xlogy(y, p) + xlog1py(n - y, -p)).sum())
    best = min(
        (
            minimize(
                _minus_log_likelihood,
                np.array([start, log_theta]),
                args=(y, n),
                jac=True,
                method="L-BFGS-B",
                bounds=[(-40, 40), (_LOWEST, _HIGHEST)],
                options={"ftol": 1e-15, "gtol": 1e-9, "maxiter": 500},
            )
            for log_theta in _STARTS
        ),
        key=lambda found: float(found.fun),
    )
    mean, log_theta = (float(part) for part in best.x)
    if -best.fun <= pooled + 1e-9 or log_theta <= _LOWEST + 1e-6:
        # The spread is at its lower bound: what is left is the binomial model.
        se = float(1 / np.sqrt(n.sum() * p * (1 - p)))
        return BetaBinomialFit(start, se, 0.0, pooled + constant)
    if log_theta >= _HIGHEST - 1e-3 or abs(mean) > 39:
        raise PoolingRefused(
            "The beta-binomial model has no maximum for these studies: they are so far apart that the spread between "
            "them grows without bound. Show the studies one by one."
        )
    covariance = np.linalg.inv(_information(best.x, y, n))
    rho = float(np.exp(log_theta) / (1 + np.exp(log_theta)))
    return BetaBinomialFit(mean, float(np.sqrt(covariance[0, 0])), rho, constant - float(best.fun))


def _minus_log_likelihood(theta: Floats, y: Floats, n: Floats) -> tuple[float, Floats]:
    """Return the negative log likelihood without constants, and its gradient, at (logit mu, log theta)."""
    mu, size = expit(theta[0]), np.exp(-theta[1])
    a, b = mu * size, expit(-theta[0]) * size
    value = betaln(y + a, n - y + b) - betaln(a, b)
    shared = digamma(a + b) - digamma(n + a + b)
    by_a = (digamma(y + a) - digamma(a) + shared).sum()
    by_b = (digamma(n - y + b) - digamma(b) + shared).sum()
    slope = mu * (1 - mu) * size
    return -float(value.sum()), -np.array([slope * (by_a - by_b), -(a * by_a + b * by_b)])


def _information(theta: Floats, y: Floats, n: Floats) -> Floats:
    """Return the observed information, by central differences of the exact gradient."""
    rows = []
    for axis in range(2):
        shift = np.zeros(2)
        shift[axis] = _STEP
        up = _minus_log_likelihood(theta + shift, y, n)[1]
        down = _minus_log_likelihood(theta - shift, y, n)[1]
        rows.append((up - down) / (2 * _STEP))
    matrix = np.array(rows)
    return np.asarray((matrix + matrix.T) / 2)
