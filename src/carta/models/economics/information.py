"""Expected value of partial perfect information, by regression.

Method: Strong, Oakley and Brennan (2014), *Estimating multiparameter partial expected value of perfect
information from a probabilistic sensitivity analysis sample: a nonparametric regression approach*. The net
benefit of each strategy is regressed on the parameters of interest; the fitted values stand for the conditional
expectation, and EVPPI is the mean of their maximum minus the maximum of their means.

The regression is a penalised cubic B-spline in each parameter (P-spline, second differences), with products of
the parameters' linear terms when there are several; the penalty is chosen by generalised cross-validation.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from scipy.interpolate import BSpline

from carta.models.economics.probabilistic import Probabilistic

Array = npt.NDArray[np.float64]

#: Basis functions a parameter. The penalty decides how many of them count.
_BASIS = 20

#: Penalties that generalised cross-validation chooses from, relative to the size of the data.
_PENALTIES = np.logspace(-6, 6, 25)


def partial_perfect_information(result: Probabilistic, parameters: Sequence[str], threshold: float) -> float:
    """EVPPI of a person for a group of parameters.

    Args:
        result: of a probabilistic analysis; a thousand draws or more are wanted.
        parameters: names of drawn parameters.
        threshold: willingness to pay for a QALY.

    Returns:
        The expected value, zero or more.

    Raises:
        KeyError: for a parameter that was not drawn.
    """
    missing = [name for name in parameters if name not in result.parameters]
    if missing:
        raise KeyError(f"{', '.join(missing)}: not among the drawn parameters")
    benefit = result.net_benefit(threshold)
    best = int(benefit.mean(axis=0).argmax())
    # Differences to one strategy have less noise than the levels, which share most of theirs.
    gain = benefit - benefit[:, [best]]
    inputs = np.stack([result.parameters[name] for name in parameters], axis=1)
    fitted = _fit(inputs, gain)
    return max(0.0, float(fitted.max(axis=1).mean() - fitted.mean(axis=0).max()))


def all_partial(result: Probabilistic, threshold: float) -> dict[str, float]:
    """EVPPI of each drawn parameter by itself, the largest first."""
    values = {name: partial_perfect_information(result, [name], threshold) for name in result.parameters}
    return dict(sorted(values.items(), key=lambda item: -item[1]))


def _fit(inputs: Array, outputs: Array) -> Array:
    """Fitted values of the outputs, shape as given; inputs of shape (draws, parameters)."""
    draws = len(inputs)
    ranks = inputs.argsort(axis=0).argsort(axis=0)
    # On the scale of ranks the knots stand where the draws are, however skewed a distribution is.
    scaled = (ranks + 0.5) / draws
    blocks = [np.ones((draws, 1))]
    penalties = [np.zeros((1, 1))]
    for i in range(inputs.shape[1]):
        basis, penalty = _spline(scaled[:, i])
        blocks.append(basis)
        penalties.append(penalty)
    for i, j in itertools.combinations(range(inputs.shape[1]), 2):
        blocks.append(((scaled[:, i] - 0.5) * (scaled[:, j] - 0.5))[:, np.newaxis])
        penalties.append(np.zeros((1, 1)))
    design = np.hstack(blocks)
    penalty = np.zeros((design.shape[1], design.shape[1]))
    at = 0
    for part in penalties:
        penalty[at : at + len(part), at : at + len(part)] = part
        at += len(part)
    gram = design.T @ design
    # A trace of ridge keeps columns apart that the constant term nearly spans.
    gram += 1e-9 * np.trace(gram) / len(gram) * np.eye(len(gram))
    projected = design.T @ outputs
    fitted = np.zeros_like(outputs)
    for column in range(outputs.shape[1]):
        if np.ptp(outputs[:, column]) == 0:
            fitted[:, column] = outputs[0, column]
            continue
        best_score = np.inf
        for size in _PENALTIES:
            system = gram + size * penalty
            factor = np.linalg.cholesky(system)
            weights = np.linalg.solve(factor.T, np.linalg.solve(factor, projected[:, column]))
            half = np.linalg.solve(factor, gram)
            freedom = float(np.trace(np.linalg.solve(factor.T, half)))
            candidate = design @ weights
            residual = float(np.sum((outputs[:, column] - candidate) ** 2))
            score = draws * residual / (draws - freedom) ** 2
            if score < best_score:
                best_score, fitted[:, column] = score, candidate
    return fitted


def _spline(x: Array) -> tuple[Array, Array]:
    """Cubic B-splines with equal knots on 0 to 1, and the penalty on their second differences."""
    inner = np.linspace(0, 1, _BASIS - 2)
    knots = np.concatenate([[0.0] * 3, inner, [1.0] * 3])
    basis = BSpline.design_matrix(x, knots, 3).toarray()
    difference = np.diff(np.eye(basis.shape[1]), n=2, axis=0)
    return basis, difference.T @ difference
