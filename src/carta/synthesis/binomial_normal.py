"""The binomial-normal mixed model, fitted by maximum likelihood to many data sets at once.

Within study i the events are binomial; between studies the logit of the proportion is normal:

    y_i ~ Binomial(n_i, p_i),    logit p_i = x_i' beta + tau z_i,    z_i ~ Normal(0, 1).

(Hamza, van Houwelingen and Stijnen, J Clin Epidemiol 2008;61:41-51; Stijnen, Hamza and Özdemir, Stat Med
2010;29:3046-3067.) The likelihood of a study is an integral over z_i, taken by adaptive Gauss–Hermite
quadrature: the nodes are centred at the mode of the integrand and scaled by its curvature (Pinheiro and
Bates, J Comput Graph Stat 1995;4:12-35). The score is exact for the integral (Fisher's identity), and so is
the observed information (Louis, J R Stat Soc B 1982;44:226-233); both use the same nodes.

The likelihood is an even function of tau, so tau = 0 is an ordinary stationary point of it and needs no bound:
the iteration walks over the whole line and the sign is dropped at the end.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy as np
from scipy.special import gammaln

from carta.synthesis.counts import Floats

#: Nodes of the quadrature. metafor takes 7; with 15 the likelihood of small studies with no or only events, whose
#: integrand is skewed, has settled beyond the fifth decimal.
NODES: Final = 15

#: Where the iteration for tau begins; the better end is kept, for the likelihood may have two maxima.
STARTS: Final = (0.4, 1.6)

#: A tau beyond this (a standard deviation on the logit scale) means that the likelihood has no maximum.
TAU_LIMIT: Final = 12.0

#: Below this tau the maximum lies at zero; the log likelihood cannot tell the two apart.
_TAU_ZERO: Final = 1e-4

_ROUNDS: Final = 100
_MODE_ROUNDS: Final = 60
#: Largest step of a study's logit while its mode is sought; the binomial is not quadratic further out.
_LOGIT_STEP: Final = 2.0
_LOGIT_LIMIT: Final = 700.0


@dataclass(frozen=True)
class Fits:
    """Maximum likelihood fits of B data sets with p coefficients each."""

    #: Coefficients on the logit scale, shape (B, p).
    beta: Floats
    #: Standard deviation between studies on the logit scale, shape (B,).
    tau: Floats
    #: Covariance of the coefficients, shape (B, p, p); of the inverse observed information of coefficients and tau.
    covariance: Floats
    #: Log likelihood with all constants, shape (B,).
    log_likelihood: Floats
    #: Whether the score has vanished, shape (B,).
    converged: np.ndarray[tuple[int], np.dtype[np.bool_]]


def fit_many(
    events: Floats,
    n: Floats,
    design: Floats | None = None,
    *,
    nodes: int = NODES,
    starts: Sequence[float] = STARTS,
    tau_is_zero: bool = False,
) -> Fits:
    """Fit B data sets of k studies each.

    Args:
        events: patients with the event, shape (B, k).
        n: patients observed, shape (B, k). A study with n = 0 says nothing and fills up shorter data sets.
        design: covariates, shape (B, k, p); a column of ones when not given.
        nodes: nodes of the quadrature, at least 1 (1 is the Laplace approximation).
        starts: where the iteration for tau begins, one run each.
        tau_is_zero: fit the model without heterogeneity (a logistic regression).

    Returns:
        The fits. Where the likelihood has no maximum, ``converged`` is False or ``tau`` is beyond
        :data:`TAU_LIMIT`; the caller decides what to say.
    """
    x = np.ones((*events.shape, 1)) if design is None else design
    likelihood = _Likelihood(events, n, x, nodes)
    start = _start(events, n, x)
    if tau_is_zero:
        return _finish(likelihood, _climb(likelihood, start, np.zeros(len(events)), free_tau=False))
    # The model without heterogeneity gives the coefficients to begin with, and the value at the boundary.
    pooled = _climb(likelihood, start, np.zeros(len(events)), free_tau=False)
    best = pooled
    for tau in starts:
        found = _climb(likelihood, pooled.theta[:, :-1], np.full(len(events), tau), free_tau=True)
        best = best.better(found)
    return _finish(likelihood, best)


def profile_log_likelihood(events: Floats, n: Floats, mean: Floats, *, nodes: int = NODES) -> Floats:
    """Return the log likelihood maximised over tau at given means.

    Args:
        events: shape (B, k).
        n: shape (B, k).
        mean: means on the logit scale, shape (B,).
        nodes: nodes of the quadrature.
    """
    likelihood = _Likelihood(events, n, np.ones((*events.shape, 1)), nodes)
    found = [
        _climb(likelihood, mean[:, None], np.full(len(mean), tau), free_tau=True, free_beta=False).value
        for tau in (0.01, *STARTS, 4.0)
    ]
    return np.asarray(np.max(found, axis=0))


@dataclass
class _State:
    """Where an iteration stands: coefficients with tau last, the log likelihood, its score and information."""

    theta: Floats
    value: Floats
    score: Floats
    information: Floats
    done: np.ndarray[tuple[int], np.dtype[np.bool_]]

    def better(self, other: _State) -> _State:
        """Return, data set by data set, the state with the higher likelihood; this one where they are level."""
        take = other.value > self.value + 1e-10 * (1 + np.abs(self.value))
        return _State(
            np.where(take[:, None], other.theta, self.theta),
            np.where(take, other.value, self.value),
            np.where(take[:, None], other.score, self.score),
            np.where(take[:, None, None], other.information, self.information),
            np.where(take, other.done, self.done),
        )


class _Likelihood:
    """The likelihood of B data sets with its derivatives."""

    def __init__(self, events: Floats, n: Floats, x: Floats, nodes: int) -> None:
        self.y, self.n, self.x = events, n, x
        roots, weights = np.polynomial.hermite.hermgauss(nodes)
        self.roots = np.sqrt(2.0) * roots
        # With the factor exp(x²) of Gauss–Hermite undone, so that any integrand may be summed.
        self.log_weights = np.log(weights) + roots**2 - 0.5 * np.log(np.pi)
        self.constant = (gammaln(n + 1) - gammaln(events + 1) - gammaln(n - events + 1)).sum(axis=1)

    def __call__(
        self, theta: Floats, rows: np.ndarray[tuple[int], np.dtype[np.intp]], mode: Floats
    ) -> _State:
        """Return value, score and information of these data sets at ``theta``; ``mode`` is updated in place."""
        y, n, x = self.y[rows], self.n[rows], self.x[rows]
        tau = theta[:, -1][:, None]
        linear = np.einsum("bkp,bp->bk", x, theta[:, :-1])
        _find_modes(mode, y, n, linear, tau)
        p = _expit(linear + tau * mode)
        spread = 1 / np.sqrt(1 + tau**2 * n * p * (1 - p))
        z = mode[..., None] + spread[..., None] * self.roots
        eta = np.clip(linear[..., None] + tau[..., None] * z, -_LOGIT_LIMIT, _LOGIT_LIMIT)
        decay = np.exp(-np.abs(eta))
        softplus = np.maximum(eta, 0) + np.log1p(decay)
        log_terms = y[..., None] * eta - n[..., None] * softplus - 0.5 * z * z + self.log_weights
        peak = log_terms.max(axis=-1, keepdims=True)
        terms = np.exp(log_terms - peak)
        total = terms.sum(axis=-1, keepdims=True)
        value = (np.log(spread) + peak[..., 0] + np.log(total[..., 0])).sum(axis=1) + self.constant[rows]
        # What follows are means over the posterior of z, study by study.
        share = terms / total
        p = np.where(eta >= 0, 1.0, decay) / (1 + decay)
        residual = y[..., None] - n[..., None] * p
        curvature = n[..., None] * p * (1 - p)
        mean_r = (share * residual).sum(-1)
        mean_rz = (share * residual * z).sum(-1)
        info_bb = (share * (curvature - residual**2)).sum(-1) + mean_r**2
        info_bt = (share * (curvature * z - residual**2 * z)).sum(-1) + mean_r * mean_rz
        info_tt = (share * (curvature - residual**2) * z**2).sum(-1) + mean_rz**2
        size = theta.shape[1]
        score = np.empty((len(rows), size))
        score[:, :-1] = np.einsum("bkp,bk->bp", x, mean_r)
        score[:, -1] = mean_rz.sum(axis=1)
        information = np.empty((len(rows), size, size))
        information[:, :-1, :-1] = np.einsum("bkp,bkq,bk->bpq", x, x, info_bb)
        information[:, :-1, -1] = np.einsum("bkp,bk->bp", x, info_bt)
        information[:, -1, :-1] = information[:, :-1, -1]
        information[:, -1, -1] = info_tt.sum(axis=1)
        return _State(theta, value, score, information, np.zeros(len(rows), dtype=bool))


def _find_modes(mode: Floats, y: Floats, n: Floats, linear: Floats, tau: Floats) -> None:
    """Move ``mode`` to the maximum of each study's integrand (Newton on a concave function, steps bounded)."""
    reach = _LOGIT_STEP / np.maximum(np.abs(tau), 1e-8)
    for _ in range(_MODE_ROUNDS):
        p = _expit(linear + tau * mode)
        step = (tau * (y - n * p) - mode) / (1 + tau**2 * n * p * (1 - p))
        step = np.clip(step, -reach, reach)
        mode += step
        if np.abs(step).max() < 1e-9:
            return


def _expit(eta: Floats) -> Floats:
    decay = np.exp(-np.abs(eta))
    return np.asarray(np.where(eta >= 0, 1.0, decay) / (1 + decay))


def _start(events: Floats, n: Floats, x: Floats) -> Floats:
    """Return coefficients to begin with.

    For a single mean it is the logit of all events among all patients, the best one without heterogeneity; else
    least squares coefficients for the logits with half an event added on each side.
    """
    if x.shape[2] == 1 and (x == 1).all():
        some, all_ = events.sum(axis=1), n.sum(axis=1)
        if ((some > 0) & (some < all_)).all():
            return np.asarray(np.log(some / (all_ - some))[:, None])
    logit = np.log((events + 0.5) / (n - events + 0.5))
    weight = (events + 0.5) * (n - events + 0.5) / (n + 1) * (n > 0)
    gram = np.einsum("bkp,bkq,bk->bpq", x, x, weight)
    right = np.einsum("bkp,bk->bp", x, weight * logit)
    return np.asarray(np.linalg.solve(gram, right[..., None])[..., 0])


def _climb(
    likelihood: _Likelihood, beta: Floats, tau: Floats, *, free_tau: bool, free_beta: bool = True
) -> _State:
    """Maximise by Newton steps, damped where the information is not positive or a step would lead down."""
    theta = np.concatenate([beta, tau[:, None]], axis=1)
    everyone = np.arange(len(theta))
    modes = np.zeros(likelihood.y.shape)
    state = likelihood(theta, everyone, modes)
    damping = np.full(len(theta), 1e-8)
    free = np.full(theta.shape[1], free_beta)
    free[-1] = free_tau
    for _ in range(_ROUNDS):
        gradient = np.abs(state.score[:, free]).max(axis=1)
        state.done |= gradient < 1e-8 * (1 + np.abs(state.value))
        rows = np.flatnonzero(~state.done & (damping < 1e12))
        if not len(rows):
            break
        step = _newton_step(state.score[rows], state.information[rows], damping[rows], free)
        # What the step would gain at most, were the likelihood quadratic. Below this, rounding and the error of the
        # quadrature decide, and the distance left is a hundred thousandth of a standard error.
        last = (step * state.score[rows]).sum(axis=1) < 1e-11 * (1 + np.abs(state.value[rows]))
        trial_modes = modes[rows].copy()
        trial = likelihood(state.theta[rows] + step, rows, trial_modes)
        risen = trial.value >= state.value[rows] - 1e-13 * (1 + np.abs(state.value[rows]))
        up = rows[risen]
        for name in ("theta", "value", "score", "information"):
            getattr(state, name)[up] = getattr(trial, name)[risen]
        modes[up] = trial_modes[risen]
        damping[up] = np.maximum(damping[up] / 10, 1e-10)
        damping[rows[~risen]] *= 10
        state.done[rows[last]] = True
    return state


def _newton_step(score: Floats, information: Floats, damping: Floats, free: Floats) -> Floats:
    """Return the step to take, from the eigenvalues of the information, made positive; at most 1.5 long."""
    values, vectors = np.linalg.eigh(information[:, free][:, :, free])
    scale = np.abs(values).max(axis=1, keepdims=True) + 1e-12
    values = np.maximum(np.abs(values), 1e-9 * scale) + damping[:, None] * scale
    along = np.einsum("bqp,bq->bp", vectors, score[:, free]) / values
    step = np.zeros_like(score)
    step[:, free] = np.einsum("bqp,bp->bq", vectors, along)
    length = np.sqrt((step**2).sum(axis=1, keepdims=True))
    return np.asarray(step * np.minimum(1.0, 1.5 / np.maximum(length, 1e-300)))


def _finish(likelihood: _Likelihood, state: _State) -> Fits:
    tau = np.abs(state.theta[:, -1])
    zero = tau < _TAU_ZERO
    tau = np.where(zero, 0.0, tau)
    information = state.information.copy()
    # At tau = 0 the score for tau is zero by symmetry, and tau is estimated without error on the boundary: the
    # coefficients have the covariance of the model without heterogeneity.
    information[zero, :-1, -1] = information[zero, -1, :-1] = 0.0
    information[zero, -1, -1] = 1.0
    size = information.shape[1] - 1
    covariance = np.full((len(tau), size, size), np.nan)
    good = np.isfinite(information).all(axis=(1, 2)) & (np.abs(np.linalg.det(information)) > 1e-300)
    if good.any():
        covariance[good] = np.linalg.inv(information[good])[:, :size, :size]
    return Fits(state.theta[:, :-1], tau, covariance, state.value, state.done)
