"""Pool proportions of several studies."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any, Final, Literal

import numpy as np
from scipy.special import expit
from scipy.stats import beta as beta_distribution
from scipy.stats import norm, t

from carta.synthesis.beta_binomial import fit_beta_binomial
from carta.synthesis.binomial_normal import TAU_LIMIT, Fits, fit_many
from carta.synthesis.counts import Counts, Floats, read_counts
from carta.synthesis.exact import exact_interval
from carta.synthesis.freeman_tukey import FAULT, back_transform, double_arcsine, harmonic_mean
from carta.synthesis.heterogeneity import i_squared, likelihood_ratio, logits
from carta.synthesis.inverse_variance import Tau2Method, fit_inverse_variance
from carta.synthesis.profile import profile_interval
from carta.synthesis.refusal import PoolingRefused
from carta.synthesis.result import MODELS, Interval, Model, PooledProportion, describe_studies

#: How a confidence interval is made. ``default``: ``wald`` for the likelihood models, ``hartung-knapp`` else.
IntervalMethod = Literal["default", "wald", "t", "profile", "hartung-knapp"]

#: A 95 % interval of a likelihood model that covers more than this share of all proportions is no answer.
WIDEST: Final = 0.9

#: Nodes for a single data set, where time does not matter.
NODES: Final = 41

_ALLOWED: Final[dict[str, tuple[str, ...]]] = {
    "glmm": ("wald", "t", "profile"),
    "beta-binomial": ("wald", "t"),
    "iv-logit": ("wald", "hartung-knapp"),
    "iv-freeman-tukey": ("wald", "hartung-knapp"),
}

AT_ZERO: Final = "tau² is at its lower bound, zero: the studies differ no more than by chance, or are too few or too small to show it."


def pool(
    events: Sequence[Any],
    n: Sequence[Any],
    labels: Sequence[str] | None = None,
    *,
    model: Model = "glmm",
    tau2: Tau2Method = "reml",
    interval: IntervalMethod = "default",
    level: float = 0.95,
) -> PooledProportion:
    """Pool ``events`` of ``n``, one pair a study; every study must be of other patients.

    Models:

    * ``glmm``: binomial within, normal between studies on the logit scale, exact likelihood
      (:mod:`carta.synthesis.binomial_normal`); the default, for it needs no correction for studies without events.
    * ``beta-binomial``: binomial within, beta between studies; the estimate is the mean proportion.
    * ``iv-logit``, ``iv-freeman-tukey``: inverse variance with ``tau2`` by REML (``reml``) or DerSimonian and
      Laird (``dl``), for comparison with what others publish.

    Intervals: ``wald`` (normal), ``t`` (k - 1 degrees of freedom), ``profile`` (likelihood ratio; glmm only),
    ``hartung-knapp`` (inverse variance only). The prediction interval adds tau² to the squared standard error and
    uses the same distribution (for ``profile`` the normal one); that of the beta-binomial model holds the middle
    ``level`` of the fitted beta distribution and takes no account of the error in its parameters.

    One study, no event at all, only events, or one patient a study leave nothing to estimate between studies. The
    answer then is the proportion of the counts added up with its exact interval, ``fitted`` is ``exact``, and a
    note says so.

    Args:
        events: patients with the event, whole numbers.
        n: patients observed, whole numbers of at least 1.
        labels: names of the studies, each once.
        model: see above.
        tau2: estimator of the variance between studies, for inverse variance only.
        interval: see above.
        level: coverage, strictly between 0 and 1.

    Raises:
        TypeError: a count is not a whole number.
        ValueError: a count, a name, the level or an option is out of range.
        PoolingRefused: no study, studies so far apart that the model has no maximum, or a likelihood model whose
            95 % interval covers more than nine tenths of all proportions.
    """
    counts = read_counts(events, n, labels)
    return pool_counts(counts, model=model, tau2=tau2, interval=interval, level=level)


def pool_counts(
    counts: Counts,
    *,
    model: Model = "glmm",
    tau2: Tau2Method = "reml",
    interval: IntervalMethod = "default",
    level: float = 0.95,
) -> PooledProportion:
    """Pool checked counts; see :func:`pool`."""
    chosen = _check_options(model, tau2, interval, level)
    reason = exact_reason(counts)
    if reason is not None:
        return _exact(counts, model, level, reason)
    if model == "glmm":
        return _glmm(counts, chosen, level)
    if model == "beta-binomial":
        return _beta_binomial(counts, chosen, level)
    return _inverse_variance(counts, model, tau2, chosen, level)


def exact_reason(counts: Counts) -> str | None:
    """Return why only the exact interval of the counts added up can be given, or None."""
    if counts.k == 1:
        return "One study only: its own proportion with the exact interval; nothing is known of others."
    if counts.total_events == 0:
        return (
            "No event in any study: the exact interval of the counts added up, as if all studies shared one "
            "proportion; the spread between studies cannot be estimated."
        )
    if counts.total_events == counts.total_n:
        return (
            "Only events in every study: the exact interval of the counts added up, as if all studies shared one "
            "proportion; the spread between studies cannot be estimated."
        )
    if (counts.n == 1).all():
        return (
            "One patient in every study: the exact interval of the counts added up; single patients cannot show a "
            "spread between studies."
        )
    return None


def check_spread(counts: Counts) -> None:
    """Refuse studies that have each no or only events, both kinds being there.

    Raises:
        PoolingRefused: they do.
    """
    bare = (counts.events == 0) | (counts.events == counts.n)
    if bare.all():
        raise PoolingRefused(
            f"Each of the {counts.k} studies has either no or only events, so the spread between them grows without "
            "bound and no pooled proportion is defined. Show the studies one by one."
        )


def fit_glmm(counts: Counts, design: Floats | None = None, *, tau_is_zero: bool = False) -> Fits:
    """Fit the binomial-normal model to one data set (``design`` of shape (k, p)), with a check of the maximum.

    Raises:
        PoolingRefused: the likelihood has no maximum.
    """
    shaped = None if design is None else design[None]
    fits = fit_many(counts.events[None], counts.n[None], shaped, nodes=NODES, tau_is_zero=tau_is_zero)
    variances = np.diagonal(fits.covariance[0])
    if fits.tau[0] > TAU_LIMIT or not fits.converged[0] or not (variances > 0).all():
        raise PoolingRefused(
            "The binomial-normal model has no stable maximum for these studies: they are too few or too far apart. "
            "The beta-binomial model may still give an answer; else show the studies one by one."
        )
    return fits


def _check_options(model: str, tau2: str, interval: str, level: float) -> str:
    """Return the interval method to use."""
    if model not in MODELS:
        raise ValueError(f"model={model!r} is none of {', '.join(MODELS)}")
    if tau2 not in ("reml", "dl"):
        raise ValueError(f"tau2={tau2!r} is neither 'reml' nor 'dl'")
    if not 0 < level < 1:
        raise ValueError(f"level must lie strictly between 0 and 1, not {level}")
    allowed = _ALLOWED[model]
    if interval == "default":
        return "hartung-knapp" if "hartung-knapp" in allowed else "wald"
    if interval not in allowed:
        raise ValueError(
            f"interval={interval!r} does not go with model={model!r}: use {' or '.join(allowed)}"
        )
    return interval


def _exact(counts: Counts, model: Model, level: float, reason: str) -> PooledProportion:
    some, all_ = counts.total_events, counts.total_n
    return PooledProportion(
        estimate=some / all_,
        ci=exact_interval(some, all_, level),
        prediction=None,
        tau2=None,
        i2=None,
        q=None,
        q_df=counts.k - 1,
        q_p=None,
        k=counts.k,
        n=all_,
        events=some,
        studies=describe_studies(counts, level),
        model=model,
        fitted="exact",
        interval="exact",
        level=level,
        scale="proportion",
        mean=None,
        se=None,
        notes=(reason,),
    )


def _critical(interval: str, k: int, level: float) -> float:
    tail = 1 - (1 - level) / 2
    return float(t.ppf(tail, k - 1) if interval in ("t", "hartung-knapp") else norm.ppf(tail))


def _back(mean: float, half: float, back: Callable[[float], float]) -> Interval:
    return back(mean - half), back(mean + half)


def _logit_back(value: float) -> float:
    return float(expit(value))


def _glmm(counts: Counts, interval: str, level: float) -> PooledProportion:
    check_spread(counts)
    fits = fit_glmm(counts)
    mean, se = float(fits.beta[0, 0]), math.sqrt(float(fits.covariance[0, 0, 0]))
    tau2 = float(fits.tau[0]) ** 2
    _check_width(counts, mean, se, "The beta-binomial model may still give one.")
    critical = _critical(interval, counts.k, level)
    ci = _back(mean, critical * se, _logit_back)
    notes = _few(counts)
    if interval == "profile":
        bounds = profile_interval(counts, fits, level, NODES)
        ci = _logit_back(bounds[0]), _logit_back(bounds[1])
    if tau2 == 0:
        notes.append(AT_ZERO)
    q, df, p = likelihood_ratio(counts)
    return PooledProportion(
        estimate=_logit_back(mean),
        ci=ci,
        prediction=_back(mean, critical * math.hypot(se, math.sqrt(tau2)), _logit_back),
        tau2=tau2,
        i2=i_squared(tau2, logits(counts)[1]),
        q=q,
        q_df=df,
        q_p=p,
        k=counts.k,
        n=counts.total_n,
        events=counts.total_events,
        studies=describe_studies(counts, level),
        model="glmm",
        fitted="glmm",
        interval=interval,
        level=level,
        scale="logit",
        mean=mean,
        se=se,
        log_likelihood=float(fits.log_likelihood[0]),
        tau2_method="ml",
        notes=tuple(notes),
    )


def _beta_binomial(counts: Counts, interval: str, level: float) -> PooledProportion:
    check_spread(counts)
    fit = fit_beta_binomial(counts)
    _check_width(counts, fit.mean, fit.se, "Show the studies one by one.")
    critical = _critical(interval, counts.k, level)
    ci = _back(fit.mean, critical * fit.se, _logit_back)
    notes = _few(counts)
    prediction = ci
    if fit.rho > 0:
        size = (1 - fit.rho) / fit.rho
        mu = _logit_back(fit.mean)
        tail = (1 - level) / 2
        low, high = beta_distribution.ppf([tail, 1 - tail], mu * size, (1 - mu) * size)
        prediction = float(low), float(high)
    else:
        notes.append(
            "The spread between studies is at its lower bound, zero: they differ no more than by chance, or are too few "
            "or too small to show it."
        )
    q, df, p = likelihood_ratio(counts)
    return PooledProportion(
        estimate=_logit_back(fit.mean),
        ci=ci,
        prediction=prediction,
        tau2=None,
        i2=None,
        q=q,
        q_df=df,
        q_p=p,
        k=counts.k,
        n=counts.total_n,
        events=counts.total_events,
        studies=describe_studies(counts, level),
        model="beta-binomial",
        fitted="beta-binomial",
        interval=interval,
        level=level,
        scale="logit",
        mean=fit.mean,
        se=fit.se,
        log_likelihood=fit.log_likelihood,
        overdispersion=fit.rho,
        tau2_method="ml",
        notes=tuple(notes),
    )


def _inverse_variance(
    counts: Counts, model: Model, tau2: Tau2Method, interval: str, level: float
) -> PooledProportion:
    notes = _few(counts)
    on_logit = model == "iv-logit"
    y, v = logits(counts) if on_logit else double_arcsine(counts)
    back: Callable[[float], float] = _logit_back
    if on_logit:
        bare = int(((counts.events == 0) | (counts.events == counts.n)).sum())
        if bare:
            notes.append(
                f"Half an event was added to the {bare} {'study' if bare == 1 else 'studies'} with no or only events, "
                "which pulls the estimate towards one half."
            )
    else:
        size = harmonic_mean(counts.n)
        notes.append(FAULT)

        def back(value: float) -> float:
            return back_transform(value, size)

    fit = fit_inverse_variance(y, v, tau2=tau2, hartung_knapp=interval == "hartung-knapp", level=level)
    if interval == "hartung-knapp":
        plain = fit_inverse_variance(y, v, tau2=tau2, hartung_knapp=False, level=level)
        if not fit.se > 1e-9:
            # Equal studies leave no residual, and Hartung and Knapp's standard error is then zero.
            fit, interval = plain, "wald"
            notes.append(
                "The studies agree exactly, so that Hartung and Knapp's interval would have no width: Wald's is given."
            )
        elif fit.se * fit.critical < plain.se * plain.critical:
            notes.append(
                "Hartung and Knapp's interval is narrower here than Wald's, which does not speak for it."
            )
    if fit.tau2 == 0:
        notes.append(AT_ZERO)
    return PooledProportion(
        estimate=back(fit.mean),
        ci=_back(fit.mean, fit.critical * fit.se, back),
        prediction=_back(fit.mean, fit.critical * math.hypot(fit.se, math.sqrt(fit.tau2)), back),
        tau2=fit.tau2,
        i2=i_squared(fit.tau2, v),
        q=fit.q,
        q_df=counts.k - 1,
        q_p=fit.q_p,
        k=counts.k,
        n=counts.total_n,
        events=counts.total_events,
        studies=describe_studies(counts, level),
        model=model,
        fitted=model,
        interval=interval,
        level=level,
        scale="logit" if on_logit else "double-arcsine",
        mean=fit.mean,
        se=fit.se,
        tau2_method=tau2,
        notes=tuple(notes),
    )


def _check_width(counts: Counts, mean: float, se: float, mend: str) -> None:
    """Refuse a mean (logit) that the data do not determine.

    Raises:
        PoolingRefused: its 95 % interval covers nearly the whole scale.
    """
    half = float(norm.ppf(0.975)) * se
    low, high = _logit_back(mean - half), _logit_back(mean + half)
    if high - low > WIDEST:
        with_events = int((counts.events > 0).sum())
        raise PoolingRefused(
            f"These {counts.k} studies do not determine a pooled proportion by this model: its 95 % interval would run "
            f"from {100 * low:.2g} to {100 * high:.2g} per cent ({counts.total_events} events, in {with_events} of the "
            f"studies). {mend}"
        )


def _few(counts: Counts) -> list[str]:
    if counts.k < 5:
        return [f"Only {counts.k} studies: tau² and the prediction interval are known poorly."]
    return []
