"""Drawing the uncertain parameters of a model.

Every parameter has a stream of random numbers of its own, made from the seed and its name: adding a
parameter changes no other's draws, and draws do not depend on how the work is split.
"""

from __future__ import annotations

import math
import zlib
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

from carta.models.economics.description import (
    Beta,
    Correlation,
    Dirichlet,
    Distribution,
    Gamma,
    LogNormal,
    Model,
    Normal,
    Uniform,
)

Draws = npt.NDArray[np.float64]

#: Half the width of a 95 % interval of the standard normal distribution.
Z95 = 1.959963984540054


def beta_shape(beta: Beta) -> tuple[float, float]:
    """Return alpha and beta. From mean m and standard error s: m (m (1 - m) / s**2 - 1), and so on."""
    if beta.alpha is not None and beta.beta is not None:
        return beta.alpha, beta.beta
    if beta.mean is not None and beta.se is not None:
        total = beta.mean * (1 - beta.mean) / beta.se**2 - 1
        return beta.mean * total, (1 - beta.mean) * total
    assert beta.events is not None and beta.n is not None
    return beta.events + 0.5, beta.n - beta.events + 0.5


def gamma_shape(gamma: Gamma) -> tuple[float, float]:
    """Return shape and scale. From mean m and standard error s: (m / s)**2 and s**2 / m."""
    if gamma.shape is not None and gamma.scale is not None:
        return gamma.shape, gamma.scale
    assert gamma.mean is not None and gamma.se is not None
    return (gamma.mean / gamma.se) ** 2, gamma.se**2 / gamma.mean


def lognormal_shape(lognormal: LogNormal) -> tuple[float, float]:
    """Return mean and standard deviation of the logarithm."""
    if lognormal.meanlog is not None and lognormal.sdlog is not None:
        return lognormal.meanlog, lognormal.sdlog
    if lognormal.ci95 is None:
        assert lognormal.median is not None and lognormal.sdlog is not None
        return math.log(lognormal.median), lognormal.sdlog
    low, high = (math.log(limit) for limit in lognormal.ci95)
    middle = (low + high) / 2 if lognormal.median is None else math.log(lognormal.median)
    return middle, (high - low) / (2 * Z95)


def normal_shape(normal: Normal) -> tuple[float, float]:
    """Return mean and standard deviation."""
    if normal.mean is not None and normal.se is not None:
        return normal.mean, normal.se
    assert normal.ci95 is not None
    low, high = normal.ci95
    return (low + high) / 2, (high - low) / (2 * Z95)


def _family(distribution: Distribution) -> Beta | Gamma | LogNormal | Normal | Uniform:
    for name in type(distribution).model_fields:
        family = getattr(distribution, name)
        if family is not None:
            return family  # type: ignore[no-any-return]
    raise AssertionError(distribution)


def draw(distribution: Distribution, generator: np.random.Generator, n: int) -> Draws:
    """Draw ``n`` independent values."""
    match _family(distribution):
        case Beta() as family:
            return generator.beta(*beta_shape(family), size=n)
        case Gamma() as family:
            return generator.gamma(*gamma_shape(family), size=n)
        case LogNormal() as family:
            return generator.lognormal(*lognormal_shape(family), size=n)
        case Normal() as family:
            return generator.normal(*normal_shape(family), size=n)
        case Uniform(low=low, high=high):
            return generator.uniform(low, high, size=n)


def quantile(distribution: Distribution, probability: npt.ArrayLike) -> Draws:
    """Return quantiles, of the shape of ``probability``."""
    from scipy import stats

    p = np.asarray(probability, dtype=float)
    match _family(distribution):
        case Beta() as family:
            value = stats.beta.ppf(p, *beta_shape(family))
        case Gamma() as family:
            shape, scale = gamma_shape(family)
            value = stats.gamma.ppf(p, shape, scale=scale)
        case LogNormal() as family:
            mean, sd = lognormal_shape(family)
            value = np.exp(stats.norm.ppf(p, mean, sd))
        case Normal() as family:
            value = stats.norm.ppf(p, *normal_shape(family))
        case Uniform(low=low, high=high):
            value = low + (high - low) * p
    return np.asarray(value, dtype=float)


def generator_of(seed: int, name: str) -> np.random.Generator:
    """Return the stream of random numbers that belongs to a name under a seed."""
    return np.random.default_rng(np.random.SeedSequence(seed, spawn_key=(zlib.crc32(name.encode()),)))


def draw_parameters(model: Model, n: int, seed: int) -> dict[str, Draws]:
    """Draw every uncertain parameter of a model.

    Args:
        model: the model.
        n: number of draws.
        seed: any whole number; the same seed gives the same draws on every machine of one NumPy version.

    Returns:
        For each uncertain parameter an array of shape (n,).

    Raises:
        ValueError: when the correlations contradict each other.
    """
    uncertain = {
        name: parameter.distribution
        for name, parameter in model.parameters.items()
        if parameter.distribution is not None
    }
    drawn: dict[str, Draws] = {}
    for group, dirichlet in model.dirichlet.items():
        drawn |= _draw_dirichlet(dirichlet, generator_of(seed, f"dirichlet {group}"), n)
    for names, matrix in correlated_groups(model.correlations):
        drawn |= _draw_correlated({name: uncertain[name] for name in names}, matrix, seed, n)
    for name, distribution in uncertain.items():
        if name not in drawn:
            drawn[name] = draw(distribution, generator_of(seed, name), n)
    return drawn


def _draw_dirichlet(dirichlet: Dirichlet, generator: np.random.Generator, n: int) -> dict[str, Draws]:
    values = generator.dirichlet(dirichlet.counts, size=n)
    return {name: np.ascontiguousarray(values[:, i]) for i, name in enumerate(dirichlet.parameters)}


def _draw_correlated(
    distributions: Mapping[str, Distribution], matrix: Draws, seed: int, n: int
) -> dict[str, Draws]:
    """Draw through a Gaussian copula: correlated normal scores, each carried to its own distribution."""
    from scipy.special import ndtr

    scores = np.stack([generator_of(seed, name).standard_normal(n) for name in distributions])
    scores = np.linalg.cholesky(matrix) @ scores
    return {name: quantile(distributions[name], ndtr(scores[i])) for i, name in enumerate(distributions)}


def correlated_groups(correlations: list[Correlation]) -> list[tuple[list[str], Draws]]:
    """Gather correlations into groups that must be drawn together, each with its correlation matrix.

    Raises:
        ValueError: when no joint distribution has the correlations of a group.
    """
    groups: list[set[str]] = []
    for correlation in correlations:
        joined = set(correlation.parameters)
        for group in [group for group in groups if group & joined]:
            joined |= group
            groups.remove(group)
        groups.append(joined)
    result = []
    for group in groups:
        names = sorted(group)
        matrix = np.eye(len(names))
        for correlation in correlations:
            if correlation.parameters[0] in group:
                i, j = (names.index(name) for name in correlation.parameters)
                matrix[i, j] = matrix[j, i] = correlation.correlation
        if np.linalg.eigvalsh(matrix)[0] <= 1e-12:
            raise ValueError(
                f"the correlations of {', '.join(names)} contradict each other (no joint distribution has them)"
            )
        result.append((names, matrix))
    return result
