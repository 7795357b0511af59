"""Pool many data sets at once, for simulations and benchmarks."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
import numpy.typing as npt
from scipy.special import expit
from scipy.stats import norm

from carta.synthesis.binomial_normal import TAU_LIMIT, fit_many
from carta.synthesis.counts import Floats

#: Nodes of the quadrature: more than metafor's 7, fewer than for a single data set.
NODES: Final = 11

#: One beginning for tau; :func:`carta.synthesis.pool` tries two, since it has the time.
_START: Final = (0.7,)

#: Data sets that are worked on together: enough to spread the cost of a call, few enough to stay in the cache.
_CHUNK: Final = 64


@dataclass(frozen=True)
class PooledMany:
    """Pooled proportions of B data sets by the binomial-normal model, Wald intervals; NaN where refused."""

    #: Shape (B,), fractions of one.
    estimate: Floats
    low: Floats
    high: Floats
    #: Mean and standard error on the logit scale, and variance between studies, shape (B,).
    mean: Floats
    se: Floats
    tau2: Floats
    #: Whether a data set has no answer by this model: no event, only events, or no maximum. Shape (B,).
    refused: np.ndarray[tuple[int], np.dtype[np.bool_]]


def pool_many(
    events: npt.ArrayLike, n: npt.ArrayLike, *, level: float = 0.95, nodes: int = NODES
) -> PooledMany:
    """Pool B data sets of k studies each.

    Args:
        events: whole numbers, shape (B, k).
        n: whole numbers, shape (B, k); a study with n = 0 fills up a shorter data set.
        level: coverage.
        nodes: nodes of the quadrature; :func:`carta.synthesis.pool` takes more, since it has the time.

    Raises:
        ValueError: shapes differ, or a count is out of range.
    """
    y, size = np.asarray(events, dtype=float), np.asarray(n, dtype=float)
    if y.ndim != 2 or y.shape != size.shape:
        raise ValueError(f"events and n must have one shape (B, k), not {y.shape} and {size.shape}")
    if (y % 1 != 0).any() or (size % 1 != 0).any() or (y < 0).any() or (y > size).any():
        raise ValueError("events and n must be whole numbers with 0 <= events <= n")
    if not 0 < level < 1:
        raise ValueError(f"level must lie strictly between 0 and 1, not {level}")
    bare = (y == 0) | (y == size)
    refused = bare.all(axis=1) | (y.sum(axis=1) == 0) | (y.sum(axis=1) == size.sum(axis=1))
    mean, se, tau2 = (np.full(len(y), np.nan) for _ in range(3))
    todo = np.flatnonzero(~refused)
    for start in range(0, len(todo), _CHUNK):
        rows = todo[start : start + _CHUNK]
        fits = fit_many(y[rows], size[rows], nodes=nodes, starts=_START)
        variance = fits.covariance[:, 0, 0]
        good = fits.converged & (fits.tau < TAU_LIMIT) & (variance > 0)
        refused[rows[~good]] = True
        mean[rows[good]] = fits.beta[good, 0]
        se[rows[good]] = np.sqrt(variance[good])
        tau2[rows[good]] = fits.tau[good] ** 2
    half = float(norm.ppf(1 - (1 - level) / 2)) * se
    return PooledMany(
        estimate=np.asarray(expit(mean)),
        low=np.asarray(expit(mean - half)),
        high=np.asarray(expit(mean + half)),
        mean=mean,
        se=se,
        tau2=tau2,
        refused=refused,
    )
