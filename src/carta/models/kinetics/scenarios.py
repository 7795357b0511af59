"""Named treatments: settings and a course of doses."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import NamedTuple

from carta.models.kinetics.settings import Library, SettingError, Settings
from carta.models.kinetics.system import DOSES


class Dose(NamedTuple):
    """A dose in time."""

    #: Days after the first infusion.
    time: float
    #: A kind of :data:`~carta.models.kinetics.system.DOSES`.
    kind: str


@dataclass(frozen=True)
class Scenario:
    """What is given to whom."""

    name: str
    title: str
    about: str
    settings: Settings
    doses: tuple[Dose, ...]
    #: What must be said wherever the scenario is shown, beside the limits of the whole model.
    warning: str | None = None

    def with_values(self, **values: float) -> Scenario:
        """Return the scenario with other constants (see :meth:`Settings.changed`)."""
        return replace(self, settings=self.settings.changed(values))

    def checked(self) -> Scenario:
        """Return the scenario itself.

        Raises:
            SettingError: a dose of an unknown kind or before time zero.
        """
        for dose in self.doses:
            if dose.kind not in DOSES or not dose.time >= 0:
                raise SettingError(
                    f"dose {dose}: the time must not be negative, the kind one of {', '.join(DOSES)}"
                )
        return self


_INFUSION = (Dose(0.0, "infusion"),)

_NO_CONDITIONING = "No lymphodepletion is given."


def _without_conditioning(settings: Settings) -> Settings:
    return settings.changed(
        {"lymphocytes_left": 1.0, "b_lost": 0.0}, status="scenario", note=_NO_CONDITIONING
    )


def _cd19(library: Library) -> Scenario:
    return Scenario(
        "cd19",
        "CD19 CAR T in lupus",
        "One infusion of CD19 CAR T cells after lymphodepletion; the autoantibody behaves like anti-dsDNA.",
        library.settings("cd19", "dsdna"),
        _INFUSION,
    )


def _bcma(library: Library) -> Scenario:
    return Scenario(
        "bcma",
        "BCMA CAR T in myasthenia gravis",
        "One infusion of BCMA CAR T cells after lymphodepletion; the autoantibody behaves like anti-AChR.",
        library.settings("bcma", "achr"),
        _INFUSION,
    )


def _both(library: Library) -> Scenario:
    return Scenario(
        "both",
        "CD19 and BCMA together",
        "One infusion that reaches the whole B lineage; the autoantibody behaves like anti-dsDNA.",
        library.settings("both", "dsdna"),
        _INFUSION,
    )


def _rituximab(library: Library) -> Scenario:
    return Scenario(
        "rituximab",
        "Rituximab, for comparison",
        "An antibody against CD20 in place of CAR T cells. Its killing fades with the half-life of its effect.",
        _without_conditioning(library.settings("cd19", "dsdna")),
        (Dose(0.0, "antibody"),),
    )


def _mrna_ex_vivo(library: Library) -> Scenario:
    settings = _without_conditioning(library.settings("bcma", "achr"))
    note = "The mRNA is put into cells outside the body: no growth, no memory."
    settings = settings.changed(
        {"mrna": 1.0, "growth": 0.0, "memory_formation": 0.0}, status="scenario", note=note
    )
    settings = settings.changed(
        {"c_l": 0.1},
        status="assumed",
        note="Most long-lived plasma cells are out of reach of so short a treatment.",
    )
    held = dict(settings.held)
    held |= {
        "car_loss": library.one("kq-ex-vivo"),
        "reach": library.one("pi-ex-vivo"),
        "mrna_dose": library.one("mrna-dose"),
    }
    return Scenario(
        "mrna-ex-vivo",
        "BCMA mRNA CAR T, six weekly infusions",
        "Cells that carry the CAR as mRNA, without lymphodepletion; the autoantibody behaves like anti-AChR.",
        Settings(held),
        tuple(Dose(7.0 * week, "mrna") for week in range(6)),
        warning="The curve relapses within a year, although most reported patients kept their benefit. "
        "It is no forecast.",
    )


def _mrna_in_vivo(library: Library) -> Scenario:
    settings = _without_conditioning(library.settings("cd19", "dsdna"))
    note = "The mRNA reaches T cells in the body: no growth, no memory."
    settings = settings.changed(
        {"mrna": 1.0, "growth": 0.0, "memory_formation": 0.0}, status="scenario", note=note
    )
    settings = settings.changed(
        {"c_q": 0.2},
        status="assumed",
        note="Precursors in the marrow are largely out of reach of so short a treatment.",
    )
    held = dict(settings.held)
    held |= {
        "car_loss": library.one("kq-in-vivo"),
        # The record gives the product of cells and their share that acts.
        "mrna_dose": library.one("pi-e-in-vivo"),
    }
    return Scenario(
        "mrna-in-vivo",
        "CD19 CAR made in the body by mRNA",
        "Lipid particles bring the mRNA to T cells in the body, three doses three days apart.",
        Settings(held),
        tuple(Dose(3.0 * number, "mrna") for number in range(3)),
        warning="How many cells act, and for how long, is assumed and decides everything. It is no forecast.",
    )


_MAKERS: dict[str, Callable[[Library], Scenario]] = {
    "cd19": _cd19,
    "bcma": _bcma,
    "both": _both,
    "rituximab": _rituximab,
    "mrna-ex-vivo": _mrna_ex_vivo,
    "mrna-in-vivo": _mrna_in_vivo,
}

#: Names of the scenarios, in the order in which they are shown.
SCENARIOS = tuple(_MAKERS)


def scenario(library: Library, name: str) -> Scenario:
    """Return a named scenario.

    Raises:
        SettingError: when there is none of that name.
    """
    if name not in _MAKERS:
        raise SettingError(f"there is no scenario {name!r}: choose of {', '.join(SCENARIOS)}")
    return _MAKERS[name](library).checked()
