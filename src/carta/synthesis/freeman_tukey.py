"""The Freeman–Tukey double-arcsine scale, there to compare with what others publish.

Its way back to a proportion needs one sample size for all studies. Miller's inversion takes their harmonic mean, and
can then give a pooled proportion that no study supports, even one outside all of them, where sizes differ widely
(Schwarzer, Chemaitelly, Abu-Raddad and Rücker, Res Synth Methods 2019;10:476-483). The variance is right only for
large studies with proportions away from 0 and 1. Use the binomial-normal model.
"""

from __future__ import annotations

import math
from typing import Final

import numpy as np

from carta.synthesis.counts import Counts, Floats

#: Said with every pooled estimate on this scale.
FAULT: Final = (
    "The way back from the Freeman–Tukey scale uses the harmonic mean of the sample sizes and can mislead where they "
    "differ; it is given for comparison with published estimates only."
)


def double_arcsine(counts: Counts) -> tuple[Floats, Floats]:
    """Return the transformed proportions and their variances 1/(4n+2), each of shape (k,).

    The transform is half the sum of two arcsines (Freeman and Tukey, Ann Math Stat 1950;21:607-611).
    """
    return _transform(counts.events, counts.n), 1 / (4 * counts.n + 2)


def harmonic_mean(sizes: Floats) -> float:
    """Return the harmonic mean of the sample sizes."""
    return float(len(sizes) / (1 / sizes).sum())


def back_transform(value: float, n: float) -> float:
    """Return the proportion for a value of the scale and one sample size (Miller, Am Stat 1978;32:138).

    Values beyond those of no and of only events are these.
    """
    if value <= float(_transform(np.array(0.0), np.array(n))):
        return 0.0
    if value >= float(_transform(np.array(n), np.array(n))):
        return 1.0
    sine = math.sin(2 * value)
    inside = 1 - (sine + (sine - 1 / sine) / n) ** 2
    return 0.5 * (1 - math.copysign(1.0, math.cos(2 * value)) * math.sqrt(max(inside, 0.0)))


def _transform(events: Floats, n: Floats) -> Floats:
    return np.asarray((np.arcsin(np.sqrt(events / (n + 1))) + np.arcsin(np.sqrt((events + 1) / (n + 1)))) / 2)
