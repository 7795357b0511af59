"""Meta-regression of proportions on one covariate of the studies."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
from scipy.special import expit
from scipy.stats import chi2, norm

from carta.synthesis.counts import Floats, read_counts
from carta.synthesis.pooling import check_spread, exact_reason, fit_glmm
from carta.synthesis.refusal import PoolingRefused
from carta.synthesis.result import Interval

#: Fewest studies for a line: one more than its parameters (intercept, slope, tau²).
FEWEST: Final = 4


@dataclass(frozen=True)
class MetaRegression:
    """A binomial-normal model with a covariate: logit p = intercept + slope · x + tau z."""

    #: On the logit scale, at x = 0.
    intercept: float
    #: Change of the log odds for one unit of the covariate, its standard error and Wald interval.
    slope: float
    se: float
    ci: Interval
    #: Wald test: z and two-sided p.
    wald: float
    wald_p: float
    #: Likelihood ratio test of the slope, one degree of freedom.
    lr: float
    lr_p: float
    #: Variance between studies that is left, and without the covariate.
    tau2: float
    tau2_without: float
    k: int
    level: float
    notes: tuple[str, ...]
    _covariance: tuple[tuple[float, float], tuple[float, float]]

    @property
    def odds_ratio(self) -> float:
        """Odds ratio for one unit more of the covariate."""
        return math.exp(self.slope)

    def predict(self, x: float) -> tuple[float, Interval]:
        """Return the proportion of the typical study at ``x``, and its Wald interval, as fractions of one."""
        (intercept, both), (_, slope) = self._covariance
        se = math.sqrt(intercept + 2 * x * both + x * x * slope)
        half = float(norm.ppf(1 - (1 - self.level) / 2)) * se
        at = self.intercept + self.slope * x
        return float(expit(at)), (float(expit(at - half)), float(expit(at + half)))


def meta_regression(
    events: Any, n: Any, covariate: Sequence[float], labels: Any = None, *, level: float = 0.95
) -> MetaRegression:
    """Regress the logit of the proportion on one covariate, by exact likelihood.

    Args:
        events: as in :func:`carta.synthesis.pool`.
        n: as in :func:`carta.synthesis.pool`.
        covariate: one number a study, such as the year of publication or the dose; not a result of the patients.
        labels: as in :func:`carta.synthesis.pool`.
        level: coverage of the interval.

    Raises:
        TypeError, ValueError: as :func:`carta.synthesis.pool`, or the covariate has no number for a study.
        PoolingRefused: fewer than four studies, a covariate that does not vary, or a likelihood without a maximum.
    """
    counts = read_counts(events, n, labels)
    if not 0 < level < 1:
        raise ValueError(f"level must lie strictly between 0 and 1, not {level}")
    x = np.asarray(covariate, dtype=float)
    if x.shape != (counts.k,) or not np.isfinite(x).all():
        raise ValueError("covariate must have one number for every study")
    if counts.k < FEWEST:
        raise PoolingRefused(f"A line needs at least {FEWEST} studies; there are {counts.k}.")
    if np.ptp(x) == 0:
        raise PoolingRefused("The covariate is the same in every study, so it can explain nothing.")
    reason = exact_reason(counts)
    if reason is not None:
        raise PoolingRefused(f"No slope can be estimated. {reason}")
    check_spread(counts)
    # Centred and scaled, so that years and cell counts leave the equations well conditioned.
    centre, scale = float(x.mean()), float(x.std())
    design: Floats = np.column_stack([np.ones(counts.k), (x - centre) / scale])
    fits, without = fit_glmm(counts, design), fit_glmm(counts)
    back = np.array([[1.0, -centre / scale], [0.0, 1 / scale]])
    coefficients = back @ fits.beta[0]
    covariance = back @ fits.covariance[0] @ back.T
    slope, se = float(coefficients[1]), math.sqrt(float(covariance[1, 1]))
    half = float(norm.ppf(1 - (1 - level) / 2)) * se
    lr = max(2 * float(fits.log_likelihood[0] - without.log_likelihood[0]), 0.0)
    notes = []
    if counts.k < 10:
        notes.append(
            f"Only {counts.k} studies: fewer than ten are commonly held too few for a meta-regression."
        )
    return MetaRegression(
        intercept=float(coefficients[0]),
        slope=slope,
        se=se,
        ci=(slope - half, slope + half),
        wald=slope / se,
        wald_p=float(2 * norm.sf(abs(slope / se))),
        lr=lr,
        lr_p=float(chi2.sf(lr, 1)),
        tau2=float(fits.tau[0]) ** 2,
        tau2_without=float(without.tau[0]) ** 2,
        k=counts.k,
        level=level,
        notes=tuple(notes),
        _covariance=(
            (float(covariance[0, 0]), float(covariance[0, 1])),
            (float(covariance[1, 0]), float(covariance[1, 1])),
        ),
    )
