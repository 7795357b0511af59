"""Published empirical models of CAR T cells in blood: closed forms, for comparison with the minimal model."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

if TYPE_CHECKING:
    from carta.evidence import Evidence

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Empirical:
    """Growth from a start, then a decline with a fast and a slow part."""

    name: str
    #: Concentration before growth; in the unit of the peak.
    start: float
    #: Days before growth begins.
    lag: float
    #: Growth rate, 1/day.
    growth: float
    tmax: float
    cmax: float
    #: Rates of the fast and the slow decline, 1/day.
    fast: float
    slow: float
    #: Share of the peak that declines slowly.
    slow_share: float
    unit: str
    #: Keys of the sources.
    sources: tuple[str, ...]
    #: What a reader must know before comparing.
    note: str

    def concentration(self, days: npt.ArrayLike) -> Vector:
        """Return the concentration, same shape as ``days``."""
        t = np.asarray(days, dtype=float)
        rising = self.start * np.exp(self.growth * np.clip(t - self.lag, 0, self.tmax - self.lag))
        since = np.clip(t - self.tmax, 0, None)
        falling = self.cmax * (
            (1 - self.slow_share) * np.exp(-self.fast * since) + self.slow_share * np.exp(-self.slow * since)
        )
        return np.where(t < self.tmax, rising, falling)

    @property
    def doubling_time(self) -> float:
        """Days in which the cells double while they grow."""
        return float(np.log(2) / self.growth)

    @property
    def half_lives(self) -> tuple[float, float]:
        """Half-lives of the fast and the slow decline, days."""
        return float(np.log(2) / self.fast), float(np.log(2) / self.slow)

    def auc(self, end: float) -> float:
        """Return the area under the curve from zero to a day after the peak, by the closed form."""
        rise = self.start * self.lag + (self.cmax - self.start) / self.growth
        since = end - self.tmax
        fall = self.cmax * (
            (1 - self.slow_share) * (1 - np.exp(-self.fast * since)) / self.fast
            + self.slow_share * (1 - np.exp(-self.slow * since)) / self.slow
        )
        return float(rise + fall)


def _values(evidence: Evidence, model: str) -> dict[str, float]:
    return {
        name: float(parameter.value)
        for name, parameter in evidence.parameters(model).parameters.items()
        if isinstance(parameter.value, int | float)
    }


def stein(evidence: Evidence) -> Empirical:
    """Return the model of Stein et al. 2019 for tisagenlecleucel with its typical values.

    Growth is ``ln(fold) / Tmax`` from ``Cmax / fold``; parameters of ``evidence/parameters/stein-2019.yaml``.
    """
    v = _values(evidence, "stein-2019")
    return Empirical(
        "Stein 2019, tisagenlecleucel",
        v["cmax"] / v["fold"],
        0.0,
        float(np.log(v["fold"]) / v["tmax"]),
        v["tmax"],
        v["cmax"],
        v["alpha"],
        v["beta"],
        v["fb"],
        "copy/ug",
        ("stein-2019-psp4",),
        "Transgene copies in children and young adults with leukaemia; not cells, and not autoimmune disease.",
    )


def ogasawara(evidence: Evidence, *, cmax: float = 1.0) -> Empirical:
    """Return the model of Ogasawara et al. 2021 for lisocabtagene maraleucel.

    No peak and no share of the slow decline could be read in the source. The peak is therefore a scale that the
    caller chooses, and the slow share is borrowed from Stein et al. 2019; only times and half-lives are the source's.
    """
    v = _values(evidence, "ogasawara-2021")
    growth = float(np.log(2) / v["td"])
    return Empirical(
        "Ogasawara 2021, lisocabtagene maraleucel",
        cmax / float(np.exp(growth * (v["tmax"] - v["tlag"]))),
        v["tlag"],
        growth,
        v["tmax"],
        cmax,
        float(np.log(2) / v["h1"]),
        float(np.log(2) / v["h2"]),
        _values(evidence, "stein-2019")["fb"],
        "share of the peak",
        ("ogasawara-2021-cpk", "stein-2019-psp4"),
        "Relative to the peak; the share that declines slowly is borrowed from another model.",
    )
