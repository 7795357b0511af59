"""The numbers of a pooled outcome under the names by which a chapter glues them into its sentences."""

from __future__ import annotations

from carta.evidence import Evidence
from carta.synthesis.outcome import PooledOutcome
from carta.synthesis.refusal import PoolingRefused


def prose_numbers(evidence: Evidence, pooled: PooledOutcome) -> dict[str, float | int | str]:
    """Return what a sentence or a caption may say of a pooled outcome, so that none of it is typed.

    Returns:
        ``events``, ``patients`` and ``cohorts`` (counts); ``share``, ``low`` and ``high`` (per cent; the limits of the
        interval); ``certainty`` (words, such as "very low"), where a judgement is recorded.

    Raises:
        PoolingRefused: the reports give no sound number; the message says why.
    """
    fit = pooled.overall
    if fit is None:
        raise PoolingRefused(f"{pooled.label}: {pooled.refusal}")
    numbers: dict[str, float | int | str] = {
        "events": sum(report.events for report in pooled.selection.included),
        "patients": pooled.patients,
        "cohorts": pooled.cohorts,
        "share": 100 * fit.estimate,
        "low": 100 * fit.ci[0],
        "high": 100 * fit.ci[1],
    }
    recorded = {judged.outcome: judged for judged in evidence.certainties().values()}
    if pooled.outcome in recorded:
        numbers["certainty"] = recorded[pooled.outcome].level.replace("-", " ")
    return numbers
