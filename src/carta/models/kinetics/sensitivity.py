"""Which settings decide an outcome: Sobol indices over the plausible ranges of the records (SALib)."""

from __future__ import annotations

from collections.abc import Sequence
from concurrent.futures import Executor
from dataclasses import dataclass

import numpy as np
from SALib.analyze import sobol as analysis
from SALib.sample import sobol as sampling

from carta.models.ensembles import Progress
from carta.models.kinetics.measures import grid
from carta.models.kinetics.patients import measure_patients
from carta.models.kinetics.scenarios import Scenario
from carta.models.kinetics.settings import SettingError


@dataclass(frozen=True)
class Index:
    """Sobol indices of one setting for one outcome."""

    constant: str
    status: str
    #: Share of the outcome's variance that the setting explains alone, with its 95 % half-width.
    first: float
    first_half_width: float
    #: The same with all its interactions.
    total: float
    total_half_width: float


def sobol(
    scenario: Scenario,
    constants: Sequence[str],
    outcome: str,
    *,
    threshold: float,
    n: int = 256,
    seed: int = 1,
    days: float = 365.0,
    executor: Executor | None = None,
    progress: Progress | None = None,
) -> list[Index]:
    """Return first-order and total indices (Saltelli's scheme, ``n * (2 k + 2)`` runs for ``k`` settings).

    Ranges are those of the records, taken as uniform on the log scale where both ends are positive; a range is what
    is plausible, so an index speaks of our ignorance and not of patients.

    Args:
        scenario: the treatment.
        constants: settings to vary, each with a range in its record.
        outcome: a measure that occurs in every run, such as ``autoantibody_365``.
        threshold: share of the normal B pool below which aplasia is counted.
        n: base sample, a power of two.
        seed: makes the sample and the intervals reproducible.
        days: length of the runs.
        executor: where the runs are computed.
        progress: called as runs are done.

    Raises:
        SettingError: a setting without range, ``n`` that is no power of two, or an outcome missing in some run.
    """
    if n < 2 or n & (n - 1):
        raise SettingError(f"n is {n}: it must be a power of two")
    bounds, logs = [], []
    for name in constants:
        span = scenario.settings.held[name].range
        if span is None or span[0] >= span[1]:
            raise SettingError(f"{name} has no range in its record: it cannot be varied")
        logs.append(span[0] > 0)
        bounds.append([float(np.log(end)) if span[0] > 0 else end for end in span])
    problem = {"num_vars": len(constants), "names": list(constants), "bounds": bounds}
    sample = sampling.sample(problem, n, calc_second_order=False, seed=seed)
    values = np.where(np.array(logs), np.exp(sample), sample)
    patients = [
        scenario.with_values(**dict(zip(constants, (float(x) for x in row), strict=True))) for row in values
    ]
    measured = measure_patients(patients, grid(days), threshold, executor=executor, progress=progress)
    if outcome not in measured[0]:
        raise SettingError(f"there is no measure {outcome!r}: choose of {', '.join(measured[0])}")
    found = [m[outcome].value for m in measured]
    missing = sum(value is None for value in found)
    if missing:
        raise SettingError(
            f"{outcome} does not occur in {missing} of {len(found)} runs: choose another outcome"
        )
    result = analysis.analyze(
        problem, np.array(found, dtype=float), calc_second_order=False, seed=seed, print_to_console=False
    )
    return [
        Index(
            name,
            scenario.settings.held[name].status,
            float(result["S1"][place]),
            float(result["S1_conf"][place]),
            float(result["ST"][place]),
            float(result["ST_conf"][place]),
        )
        for place, name in enumerate(constants)
    ]
