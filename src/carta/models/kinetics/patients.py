"""Virtual patients: the settings of a scenario, varied between subjects, seeded and reproducible.

Spreads are log-normal around the scenario's value. Those of growth, contraction and memory are the between-subject
spreads of Stein et al. 2019, where the transcription calls the printed column variances and many tables of this kind
hold standard deviations: both readings are offered, and neither is confirmed. Those of IgG loss and B-cell recovery
are assumed. So a cohort shows what variation can do; it does not show how patients vary.
"""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt

from carta.models.ensembles import Progress, item_seeds, run_chunks
from carta.models.kinetics.measures import Measure, summary
from carta.models.kinetics.scenarios import Scenario
from carta.models.kinetics.settings import SettingError, Settings
from carta.models.kinetics.solution import RELATIVE_TOLERANCE, Solution

if TYPE_CHECKING:
    from carta.evidence import Evidence

Vector = npt.NDArray[np.float64]

#: How the printed column of random effects is read.
Reading = Literal["standard-deviation", "variance"]

#: Coefficients of variation that no source states.
ASSUMED_CV = {"igg_loss": 0.2, "b_turnover": 0.3, "precursor_recovery": 0.3}

#: Which published spread each setting takes.
_PUBLISHED = {
    "growth": "fold",
    "capacity": "cmax",
    "effector_death": "alpha",
    "memory_formation": "fb",
    "memory_death": "beta",
}


@dataclass(frozen=True)
class Spread:
    """How one setting varies between subjects."""

    constant: str
    #: Standard deviation of the logarithm.
    sigma: float
    status: str
    #: What must be said of it.
    note: str
    sources: tuple[str, ...] = ()


def spreads(evidence: Evidence, reading: Reading = "standard-deviation") -> list[Spread]:
    """Return the spread of each setting that varies.

    The spread of the fold expansion is brought to the growth rate: ``rate = ln(fold) / Tmax``, so a standard
    deviation ``s`` of ``ln fold`` is one of about ``s / ln(fold)`` of the logarithm of the rate.

    Raises:
        SettingError: an unknown reading, or a record without spread.
    """
    if reading not in ("standard-deviation", "variance"):
        raise SettingError(f"reading {reading!r}: choose standard-deviation or variance")
    records = evidence.parameters("stein-2019").parameters
    found = []
    for constant, name in _PUBLISHED.items():
        record = records[name]
        if record.between_subject is None or not isinstance(record.value, int | float):
            raise SettingError(f"stein-2019:{name} has no between-subject spread")
        sigma = record.between_subject if reading == "standard-deviation" else record.between_subject**0.5
        if constant == "growth":
            sigma /= float(np.log(record.value))
        found.append(
            Spread(
                constant,
                sigma,
                "assumed",
                f"Printed spread of {record.what}, read as a {reading.replace('-', ' ')}; not confirmed.",
                tuple(record.sources),
            )
        )
    found += [
        Spread(
            constant,
            float(np.sqrt(np.log1p(cv**2))),
            "assumed",
            f"Coefficient of variation {cv:.0%}, assumed.",
        )
        for constant, cv in ASSUMED_CV.items()
    ]
    return found


def _drawn(scenario: Scenario, varied: Sequence[Spread], seed: np.random.SeedSequence) -> Scenario:
    draw = np.random.default_rng(seed).standard_normal(len(varied))
    settings: Settings = scenario.settings
    values = {
        spread.constant: settings[spread.constant] * float(np.exp(spread.sigma * z))
        for spread, z in zip(varied, draw, strict=True)
    }
    return replace(
        scenario,
        settings=settings.changed(values, status="assumed", note="Drawn for a virtual patient."),
    )


def draw_patients(scenario: Scenario, varied: Sequence[Spread], n: int, seed: int) -> list[Scenario]:
    """Return ``n`` virtual patients. Those of a smaller cohort of the same seed are the first of a larger one.

    Raises:
        ValueError: ``n`` is below one.
    """
    if n < 1:
        raise ValueError(f"n is {n}: at least one patient is needed")
    return [_drawn(scenario, varied, child) for child in item_seeds(seed, n)]


def _solve_chunk(times: Vector, rtol: float, patients: Sequence[Scenario]) -> list[Solution]:
    from carta.models.kinetics.taylor import solve_many

    return solve_many(patients, times, rtol=rtol)


def _measure_chunk(
    times: Vector, rtol: float, threshold: float, patients: Sequence[Scenario]
) -> list[dict[str, Measure]]:
    return [summary(solution, threshold) for solution in _solve_chunk(times, rtol, patients)]


def simulate_patients(
    patients: Sequence[Scenario],
    times: npt.ArrayLike,
    *,
    rtol: float = RELATIVE_TOLERANCE,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[Solution]:
    """Return the run of each patient, in order; see :func:`carta.models.ensembles.run_chunks`."""
    work = partial(_solve_chunk, np.asarray(times, dtype=float), rtol)
    return run_chunks(work, patients, executor=executor, progress=progress)


def measure_patients(
    patients: Sequence[Scenario],
    times: npt.ArrayLike,
    threshold: float,
    *,
    rtol: float = RELATIVE_TOLERANCE,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[dict[str, Measure]]:
    """Return the measures of each patient, in order: little to send back from a cluster."""
    work = partial(_measure_chunk, np.asarray(times, dtype=float), rtol, threshold)
    return run_chunks(work, patients, executor=executor, progress=progress)


def quantiles(
    measured: Sequence[dict[str, Measure]], shares: Sequence[float] = (0.05, 0.25, 0.5, 0.75, 0.95)
) -> list[dict[str, float | str | int | None]]:
    """Return for each measure its quantiles over the patients in whom it occurred, and how many these are."""
    rows: list[dict[str, float | str | int | None]] = []
    for name, first in measured[0].items():
        values = [m[name].value for m in measured]
        seen = np.array([value for value in values if value is not None], dtype=float)
        row: dict[str, float | str | int | None] = {
            "measure": name,
            "what": first.what,
            "unit": first.unit,
            "patients": len(values),
            "occurred": len(seen),
        }
        for share in shares:
            row[f"q{100 * share:g}"] = float(np.quantile(seen, share)) if seen.size else None
        rows.append(row)
    return rows
