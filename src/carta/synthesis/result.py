"""What a pooling returns: the number, how sure it is, and what it was made of."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Literal

from carta.synthesis.counts import Counts
from carta.synthesis.exact import exact_interval

if TYPE_CHECKING:
    import pandas as pd

#: The models of :func:`carta.synthesis.pooling.pool`.
Model = Literal["glmm", "beta-binomial", "iv-logit", "iv-freeman-tukey"]
MODELS: tuple[Model, ...] = ("glmm", "beta-binomial", "iv-logit", "iv-freeman-tukey")

#: What each model is, in the words of a methods section.
MODEL_NAMES: dict[str, str] = {
    "glmm": "binomial-normal mixed model with exact likelihood",
    "beta-binomial": "beta-binomial model",
    "iv-logit": "inverse variance on the logit scale",
    "iv-freeman-tukey": "inverse variance on the Freeman–Tukey double-arcsine scale",
    "exact": "exact binomial (Clopper–Pearson)",
}

Interval = tuple[float, float]


@dataclass(frozen=True)
class StudyProportion:
    """One study with its exact (Clopper–Pearson) interval."""

    label: str
    events: int
    n: int
    proportion: float
    ci: Interval


@dataclass(frozen=True)
class PooledProportion:
    """A pooled proportion. All proportions are fractions of one.

    ``model`` is what was asked for, ``fitted`` what gave the answer: where no model between studies can be
    fitted (one study, no event at all, only events), that is ``exact``, the exact interval of the counts added up.
    """

    #: The pooled proportion: for mixed models that of the typical study (the median), see ``scale``.
    estimate: float
    #: Confidence interval of the estimate.
    ci: Interval
    #: Where the true proportion of a new study would lie; None where no spread between studies was estimated.
    prediction: Interval | None
    #: Variance between studies on the scale of the model; for the beta-binomial model see ``overdispersion``.
    tau2: float | None
    #: Share of the variation between studies that is not chance, from 0 to 100; None where not defined.
    i2: float | None
    #: Test of homogeneity: likelihood ratio for glmm and beta-binomial, Cochran's Q for inverse variance.
    q: float | None
    #: Degrees of freedom and p value of ``q``.
    q_df: int
    q_p: float | None
    #: How many studies, patients and patients with the event.
    k: int
    n: int
    events: int
    #: The studies, in the order given.
    studies: tuple[StudyProportion, ...]
    model: Model
    #: What gave the answer: the model, or ``exact``.
    fitted: str
    #: ``wald``, ``t``, ``profile``, ``hartung-knapp`` or ``exact``.
    interval: str
    level: float
    #: ``logit``, ``double-arcsine`` or ``proportion``: where ``mean`` and ``se`` live.
    scale: str
    #: Mean and standard error on that scale; None for exact answers.
    mean: float | None
    se: float | None
    #: Log likelihood at the maximum, with all constants; None where none was maximised.
    log_likelihood: float | None = None
    #: Correlation within studies (rho) of the beta-binomial model.
    overdispersion: float | None = None
    #: How tau² was estimated: ``ml``, ``reml`` or ``dl``; None for exact answers.
    tau2_method: str | None = None
    #: What a reader must know, one sentence each.
    notes: tuple[str, ...] = field(default=())

    @property
    def method(self) -> str:
        """What was done, in the words of a methods section."""
        return MODEL_NAMES[self.fitted]

    def per_study(self) -> pd.DataFrame:
        """Return one row a study: study, events, n, proportion, low, high."""
        import pandas as pd

        rows: list[dict[str, Any]] = [
            {
                "study": study.label,
                "events": study.events,
                "n": study.n,
                "proportion": study.proportion,
                "low": study.ci[0],
                "high": study.ci[1],
            }
            for study in self.studies
        ]
        return pd.DataFrame(rows)

    def as_dict(self) -> dict[str, Any]:
        """Return everything as plain values, for JSON."""
        from dataclasses import asdict

        return {**asdict(self), "method": self.method}


def describe_studies(counts: Counts, level: float) -> tuple[StudyProportion, ...]:
    """Return each study with its exact interval."""
    return tuple(
        StudyProportion(label, int(y), int(n), float(y / n), exact_interval(int(y), int(n), level))
        for label, y, n in zip(counts.labels, counts.events, counts.n, strict=True)
    )
