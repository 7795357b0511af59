"""Inverse-variance pooling with PyMARE, for comparison with what others publish."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from scipy.stats import chi2, norm, t

from carta.synthesis.counts import Floats

Tau2Method = Literal["reml", "dl"]


@dataclass(frozen=True)
class InverseVarianceFit:
    """Estimates on the scale of the input."""

    mean: float
    se: float
    #: Half width of the interval in standard errors.
    critical: float
    tau2: float
    q: float
    q_p: float


def fit_inverse_variance(
    y: Floats, v: Floats, *, tau2: Tau2Method, hartung_knapp: bool, level: float
) -> InverseVarianceFit:
    """Pool estimates ``y`` with variances ``v``, each of shape (k,), k at least 2.

    With ``hartung_knapp`` the standard error is that of Hartung and Knapp (Stat Med 2001;20:3875-3889), with a t
    distribution of k - 1 degrees of freedom; else it is the usual one with the normal distribution.
    """
    # Imported here: PyMARE brings SymPy, and only the comparison models need it.
    from pymare import Dataset
    from pymare.estimators import DerSimonianLaird, VarianceBasedLikelihoodEstimator

    correction = "knapp-hartung" if hartung_knapp else "wald"
    if tau2 == "dl":
        estimator = DerSimonianLaird(small_sample_correction=correction)
    else:
        estimator = VarianceBasedLikelihoodEstimator(method="REML", small_sample_correction=correction)
    estimator.fit_dataset(Dataset(y[:, None], v[:, None]))
    summary = estimator.summary()
    statistics = summary.get_fe_stats(alpha=1 - level)
    # Cochran's Q; PyMARE's own divides by it, also where it is zero.
    weights = 1 / v
    q = float((weights * (y - (weights * y).sum() / weights.sum()) ** 2).sum())
    tail = 1 - (1 - level) / 2
    return InverseVarianceFit(
        mean=float(np.ravel(statistics["est"])[0]),
        se=float(np.ravel(statistics["se"])[0]),
        critical=float(t.ppf(tail, len(y) - 1) if hartung_knapp else norm.ppf(tail)),
        tau2=max(float(np.ravel(summary.tau2)[0]), 0.0),
        q=q,
        q_p=float(chi2.sf(q, len(y) - 1)),
    )
