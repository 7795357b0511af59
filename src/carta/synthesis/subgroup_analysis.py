"""Do groups of studies differ?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import gammaln, xlog1py, xlogy
from scipy.stats import chi2

from carta.synthesis.counts import Counts, read_counts
from carta.synthesis.pooling import exact_reason, fit_glmm, pool_counts
from carta.synthesis.refusal import PoolingRefused
from carta.synthesis.result import PooledProportion


@dataclass(frozen=True)
class Subgroup:
    """One group, pooled on its own, with a spread between studies of its own."""

    name: str
    pooled: PooledProportion | None
    refusal: str | None


@dataclass(frozen=True)
class SubgroupAnalysis:
    """The groups, and two tests of whether they differ.

    ``lr`` compares binomial-normal models with one mean for all and one mean a group, tau² being common to all
    studies. ``q_between`` is the usual test of the groups' own pooled means; it needs a standard error in every
    group and is None where a group has none. With few studies a group neither test has power: no sign of a
    difference is no sign of equality.
    """

    groups: tuple[Subgroup, ...]
    #: Likelihood ratio statistic, degrees of freedom and p value; None with a single group.
    lr: float | None
    lr_df: int
    lr_p: float | None
    #: Cochran's Q between groups, degrees of freedom and p value.
    q_between: float | None
    q_df: int
    q_p: float | None
    notes: tuple[str, ...] = ()


def subgroups(
    events: Any, n: Any, groups: Sequence[str], labels: Any = None, **options: Any
) -> SubgroupAnalysis:
    """Pool each group of studies and test whether they differ.

    Args:
        events: as in :func:`carta.synthesis.pool`.
        n: as in :func:`carta.synthesis.pool`.
        groups: the group of each study; groups come in the order in which they first appear.
        labels: as in :func:`carta.synthesis.pool`.
        options: those of :func:`carta.synthesis.pool`.

    Raises:
        PoolingRefused: there is no study.
        TypeError, ValueError: as :func:`carta.synthesis.pool`, or a study has no group.
    """
    counts = read_counts(events, n, labels)
    names = [str(group) if group is not None else "" for group in groups]
    if len(names) != counts.k or not all(names):
        raise ValueError("groups must name one group for every study")
    rows = {name: [row for row in range(counts.k) if names[row] == name] for name in dict.fromkeys(names)}
    found = []
    for name, members in rows.items():
        try:
            found.append(Subgroup(name, pool_counts(counts.take(members), **options), None))
        except PoolingRefused as refusal:
            found.append(Subgroup(name, None, str(refusal)))
    df = len(rows) - 1
    notes: list[str] = []
    lr = lr_p = None
    if df:
        try:
            lr = likelihood_ratio_between(counts, list(rows.values()))
            lr_p = float(chi2.sf(lr, df))
        except PoolingRefused as refusal:
            notes.append(f"No likelihood ratio test of the groups: {refusal}")
    q = _between(found) if df else None
    if df and q is None:
        notes.append("No Q between groups: a group has no standard error of its own.")
    return SubgroupAnalysis(
        groups=tuple(found),
        lr=lr,
        lr_df=df,
        lr_p=lr_p,
        q_between=q,
        q_df=df,
        q_p=float(chi2.sf(q, df)) if q is not None else None,
        notes=tuple(notes),
    )


def likelihood_ratio_between(counts: Counts, members: Sequence[Sequence[int]]) -> float:
    """Return twice the log likelihood ratio of a mean for each group against one for all, tau² being common.

    A group with no or only events has its best mean at the edge, where its counts have probability one whatever tau
    is; such groups add nothing to the likelihood with groups.

    Raises:
        PoolingRefused: one of the models has no maximum.
    """
    inner = [rows for rows in members if 0 < counts.events[list(rows)].sum() < counts.n[list(rows)].sum()]
    return max(2 * (_with_groups(counts, inner) - _one_mean(counts)), 0.0)


def _one_mean(counts: Counts) -> float:
    if exact_reason(counts) is not None:
        return _binomial(counts)
    return float(fit_glmm(counts).log_likelihood[0])


def _with_groups(counts: Counts, groups: Sequence[Sequence[int]]) -> float:
    if not groups:
        return 0.0
    order = [row for rows in groups for row in rows]
    chosen = counts.take(order)
    if (chosen.n == 1).all():
        return sum(_binomial(counts.take(rows)) for rows in groups)
    design = np.zeros((len(order), len(groups)))
    start = 0
    for column, rows in enumerate(groups):
        design[start : start + len(rows), column] = 1.0
        start += len(rows)
    return float(fit_glmm(chosen, design).log_likelihood[0])


def _binomial(counts: Counts) -> float:
    """Return the log likelihood of one common proportion."""
    y, n = counts.events, counts.n
    p = y.sum() / n.sum()
    terms = gammaln(n + 1) - gammaln(y + 1) - gammaln(n - y + 1) + xlogy(y, p) + xlog1py(n - y, -p)
    return float(terms.sum())


def _between(groups: Sequence[Subgroup]) -> float | None:
    pooled = [group.pooled for group in groups]
    if any(one is None or one.mean is None or one.se is None for one in pooled):
        return None
    means = np.array([one.mean for one in pooled if one is not None], dtype=float)
    weights = np.array([1 / one.se**2 for one in pooled if one is not None and one.se], dtype=float)
    centre = (weights * means).sum() / weights.sum()
    return float((weights * (means - centre) ** 2).sum())
