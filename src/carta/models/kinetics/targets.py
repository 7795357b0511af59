"""What the model is held to: observations of others, what it gives, and whether that is met.

A missed target is a result, to be shown beside the model; nothing here raises because of one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np

from carta.models.kinetics.measures import at, crossing, summary
from carta.models.kinetics.run import simulate
from carta.models.kinetics.scenarios import scenario
from carta.models.kinetics.settings import ANTIBODIES, Library, SettingError
from carta.models.kinetics.solution import Solution

if TYPE_CHECKING:
    from carta.evidence import Evidence

#: File of the records of the targets.
TARGETS = "minimal-targets"

#: Outside the stated range by no more than this share of the limit: said, and not counted as met.
NEAR = 0.05

Verdict = Literal["met", "near", "missed", "open"]

#: What each verdict means, for readers.
VERDICTS: dict[str, str] = {
    "met": "inside the range",
    "near": f"outside the range by at most {NEAR:.0%} of its limit",
    "missed": "not reproduced",
    "open": "the source gives nothing to measure against",
}


@dataclass(frozen=True)
class TargetResult:
    """A target, and what the model gives for it."""

    #: Record in ``evidence/parameters/minimal-targets.yaml``.
    id: str
    #: Its short sign, such as T8.
    label: str
    what: str
    #: Range that counts as met; nothing for a target in words.
    wanted: tuple[float, float] | None
    unit: str | None
    #: What the model gives, where it is a number.
    found: float | None
    #: What the model gives, in words.
    said: str
    verdict: Verdict
    #: Standing of the target itself.
    status: str
    sources: tuple[str, ...]
    basis: str | None


class _Runs:
    """The runs that the targets share, each solved once."""

    def __init__(self, evidence: Evidence) -> None:
        self.evidence = evidence
        self.library = Library(evidence)
        self._held: dict[tuple[str, tuple[tuple[str, float], ...]], Solution] = {}

    def __call__(self, name: str, **values: float) -> Solution:
        key = (name, tuple(sorted(values.items())))
        if key not in self._held:
            self._held[key] = simulate(scenario(self.library, name).with_values(**values))
        return self._held[key]

    def measure(self, name: str, measure: str, **values: float) -> float:
        value = summary(self(name, **values), self.library.aplasia_threshold)[measure].value
        return float("nan") if value is None else value

    def share(self, antibody: str) -> float:
        return self.library.one(ANTIBODIES[antibody]).value

    def long_memory(self) -> dict[str, float]:
        """Return formation and death of memory cells as in leukaemia: ``F_B (alpha - beta)`` and ``beta`` of Stein."""
        held = self.evidence.parameters("stein-2019").parameters
        alpha, beta, share = (held[name].value for name in ("alpha", "beta", "fb"))
        assert isinstance(alpha, float) and isinstance(beta, float) and isinstance(share, float)
        return {"memory_formation": share * (alpha - beta), "memory_death": beta}


def _on(solution: Solution, state: str, day: float) -> float:
    return at(solution, solution.state(state), day)


#: Targets with a range: the number that the model gives for each.
_NUMBERS: dict[str, Callable[[_Runs], float]] = {
    "t1-doubling": lambda runs: runs.measure("cd19", "doubling_time"),
    "t2-peak-day": lambda runs: runs.measure("cd19", "tmax"),
    "t3-peak": lambda runs: runs.measure("cd19", "cmax"),
    "t4-contraction": lambda runs: runs.measure("cd19", "contraction_half_life"),
    "t5-day-28": lambda runs: at(runs("cd19"), runs("cd19").readout("car_t_blood"), 28),
    "t5-day-90": lambda runs: runs.measure("cd19", "car_t_90"),
    "t7-b-gone": lambda runs: runs.measure("cd19", "b_gone"),
    "t8-b-back": lambda runs: runs.measure("cd19", "b_back"),
    "t10-long-memory": lambda runs: runs.measure("cd19", "b_back", **runs.long_memory()),
    "t11-dsdna": lambda runs: runs.measure("cd19", "autoantibody_90"),
    "t12-long-lived": lambda runs: runs.measure("cd19", "autoantibody_365", fa=runs.share("ro60")),
    "t13-vaccine": lambda runs: runs.measure("cd19", "vaccine_antibody_365"),
    "t14-igg": lambda runs: 1 - runs.measure("cd19", "igg_minimum"),
    "t15-aplasia": lambda runs: runs.measure("bcma", "aplasia"),
    "t15-plasma-cells": lambda runs: _back(runs, "plasma_cells"),
    "t15-igg-recovery": lambda runs: _back(runs, "igg"),
    "t16-all-negative": lambda runs: max(
        runs.measure(name, "autoantibody_90", fa=runs.share(antibody))
        for name in ("bcma", "both")
        for antibody in ANTIBODIES
    ),
    "t17-rituximab": lambda runs: _on(runs("rituximab"), "autoantibody", 210),
    "t17-antimicrobial": lambda runs: _on(runs("rituximab"), "vaccine_antibody", 210),
    "t18-car-gone": lambda runs: _car_gone(runs),
    "t18-b-low": lambda runs: runs.measure("mrna-in-vivo", "aplasia"),
}

#: IgG counts as recovered from this share of its level before.
IGG_RECOVERED = 0.7
#: The CAR counts as gone below this share of its level at the dose.
CAR_GONE = 0.05


def _back(runs: _Runs, what: str) -> float:
    run = runs("bcma")
    if what == "igg":
        moment = crossing(run.times, run.state("igg"), IGG_RECOVERED, falling=False)
    else:
        level = runs.library.aplasia_threshold
        moment = crossing(run.times, run.readout("plasma_cells"), level, falling=False)
    return float("nan") if moment is None else moment


def _car_gone(runs: _Runs) -> float:
    run = runs("mrna-in-vivo")
    last = max(dose.time for dose in run.scenario.doses)
    moment = crossing(run.times, run.state("car_per_cell"), CAR_GONE, falling=True, after=last)
    return float("nan") if moment is None else moment - last


def _cleared(runs: _Runs) -> tuple[Verdict, str]:
    share = runs.measure("cd19", "car_t_60") / runs.measure("cd19", "cmax")
    return "open", f"on day 60 the model has {share:.1%} of the peak"


def _dose(runs: _Runs) -> tuple[Verdict, str]:
    span = runs.library.one("dose").range
    if span is None:
        raise SettingError("minimal:dose has no range")
    low, high = (runs.measure("cd19", "auc28", dose=dose) for dose in span)
    power = float(np.log(high / low) / np.log(span[1] / span[0]))
    return (
        "met" if power < 0.5 else "missed",
        f"exposure grows with the power {power:.2f} of the dose (even proportion would be 1)",
    )


def _naive(runs: _Runs) -> tuple[Verdict, str]:
    run = runs("cd19")
    gone, back = run.extinct_on(), runs.measure("cd19", "b_back")
    met = gone is not None and gone < back and run.state("naive")[-1] > 0.5
    said = f"the last autoreactive cell dies on day {gone:.0f}" if gone is not None else "old clones survive"
    return "met" if met else "missed", f"{said}, B cells return on day {back:.0f}"


def _virus(runs: _Runs) -> tuple[Verdict, str]:
    left = runs.measure("bcma", "vaccine_antibody_90")
    return "met" if left < 0.1 else "missed", f"{left:.0%} is left on day 90"


def _rituximab_relapse(runs: _Runs) -> tuple[Verdict, str]:
    run = runs("rituximab")
    low, late = _on(run, "autoantibody", 210), _on(run, "autoantibody", 365)
    met = late > 2 * low and run.extinct_on() is None
    return "met" if met else "missed", f"autoantibody is back at {late:.0%} on day 365"


def _mrna_falls(runs: _Runs) -> tuple[Verdict, str]:
    left, igg = runs.measure("mrna-ex-vivo", "autoantibody_90"), runs.measure("mrna-ex-vivo", "igg_minimum")
    return (
        "met" if left < 0.5 and igg > 0.5 else "missed",
        f"autoantibody {left:.0%} on day 90, IgG never below {igg:.0%}",
    )


def _mrna_benefit(runs: _Runs) -> tuple[Verdict, str]:
    low, late = (runs.measure("mrna-ex-vivo", f"autoantibody_{day}") for day in (90, 365))
    return (
        "met" if late < 0.5 else "missed",
        f"autoantibody climbs from {low:.0%} on day 90 to {late:.0%} on day 365",
    )


def _relapse(runs: _Runs) -> tuple[Verdict, str]:
    held = runs.library.one("lymphocytes-left").range
    if held is None:
        raise SettingError("minimal:lymphocytes-left has no range")
    shallow = runs.measure("cd19", "autoantibody_730", lymphocytes_left=held[1])
    spared = runs.measure("cd19", "autoantibody_90", fa=runs.share("ro60"))
    rescued = runs.measure("bcma", "autoantibody_90", fa=runs.share("ro60"))
    return (
        "met" if shallow > 0.5 and spared > 0.5 and rescued < 0.1 else "missed",
        f"after weak conditioning autoantibody is back at {shallow:.0%} in two years; what CD19 leaves at "
        f"{spared:.0%}, BCMA brings to {rescued:.0%}",
    )


#: Targets in words: a verdict and what the model shows.
_WORDS: dict[str, Callable[[_Runs], tuple[Verdict, str]]] = {
    "t5-cleared": _cleared,
    "t6-dose": _dose,
    "t9-naive": _naive,
    "t15-virus": _virus,
    "t17-relapse": _rituximab_relapse,
    "t19-falls": _mrna_falls,
    "t19-benefit": _mrna_benefit,
    "t20-relapse": _relapse,
}


def judge(found: float, wanted: tuple[float, float]) -> Verdict:
    """Return how a number stands to the range asked for; a number that is none is missed."""
    low, high = wanted
    if low <= found <= high:
        return "met"
    if low - NEAR * abs(low) <= found <= high + NEAR * abs(high):
        return "near"
    return "missed"


def check_targets(evidence: Evidence) -> list[TargetResult]:
    """Return every target of the records with what the model gives, in the order of the file.

    Raises:
        SettingError: a record without a rule here, or a number without a range.
    """
    runs = _Runs(evidence)
    results = []
    for name, record in evidence.parameters(TARGETS).parameters.items():
        found: float | None = None
        wanted = None
        if name in _NUMBERS:
            if record.range is None:
                raise SettingError(f"{TARGETS}:{name} needs a range")
            wanted = (float(record.range[0]), float(record.range[1]))
            value = _NUMBERS[name](runs)
            verdict = judge(value, wanted)
            found = None if np.isnan(value) else value
            said = "does not occur" if found is None else f"{found:.3g}"
        elif name in _WORDS:
            verdict, said = _WORDS[name](runs)
        else:
            raise SettingError(f"nothing computes the target {TARGETS}:{name}")
        results.append(
            TargetResult(
                name,
                record.symbol.removeprefix(r"\mathrm{").removesuffix("}"),
                record.what,
                wanted,
                record.unit,
                found,
                said,
                verdict,
                record.status,
                tuple(record.sources),
                record.basis,
            )
        )
    return results
