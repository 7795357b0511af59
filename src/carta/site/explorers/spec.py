"""What each explorer shows: sliders, treatments, panels and the numbers beneath."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Literal

from carta.models.kinetics.scenarios import SCENARIOS, Scenario, scenario
from carta.models.kinetics.settings import SENSITIVITIES, WEIGHTS, Library

#: How the number on a slider becomes the constant: itself, ``1 - x``, or ``ln 2 / x``.
Transform = Literal["same", "complement", "half-life"]

#: The one setting that is no constant of the model: what is left of production, for the antibody equation alone.
PRODUCTION_LEFT = "production_left"

#: Positions of a slider.
POSITIONS = 200


@dataclass(frozen=True)
class Slider:
    """A setting that a reader can move."""

    name: str
    constant: str
    label: str
    #: One sentence on what moving it means.
    help: str
    low: float
    high: float
    log: bool = False
    transform: Transform = "same"
    #: Printed behind the number; ``%`` prints a share as a percentage.
    unit: str = ""
    #: Scenarios in which it has an effect.
    scenarios: tuple[str, ...] = SCENARIOS

    def shown(self, constant: float) -> float:
        """Return the number on the slider for a value of the constant."""
        if self.transform == "complement":
            return 1 - constant
        if self.transform == "half-life":
            return math.log(2) / constant
        return constant

    def position(self, constant: float) -> int:
        """Return the nearest position of the slider for a value of the constant."""
        shown = min(max(self.shown(constant), self.low), self.high)
        if self.log:
            share = math.log(shown / self.low) / math.log(self.high / self.low)
        else:
            share = (shown - self.low) / (self.high - self.low)
        return round(share * POSITIONS)


@dataclass(frozen=True)
class Series:
    """A curve."""

    #: A state or readout of the model.
    name: str
    label: str
    #: Its place in the palette.
    colour: int
    dash: str = ""


@dataclass(frozen=True)
class Panel:
    """A chart with curves that share a scale."""

    name: str
    title: str
    series: tuple[Series, ...]
    low: float
    high: float
    log: bool = False
    ticks: tuple[float, ...] = ()
    #: Whether the ticks are percentages.
    percent: bool = False


@dataclass(frozen=True)
class Explorer:
    """A tool in a page."""

    name: str
    title: str
    about: str
    sliders: tuple[Slider, ...]
    panels: tuple[Panel, ...]
    scenarios: tuple[str, ...]
    #: Measures beneath the panels, by the names that the page's script knows.
    measures: tuple[str, ...]
    #: Whether the reader may choose the target.
    targets: bool = False
    #: Days that can be shown; the first is shown at the start.
    spans: tuple[int, ...] = (365, 120, 730)
    #: ``model`` solves the whole model, ``decline`` the antibody equation alone.
    engine: Literal["model", "decline"] = "model"
    #: Questions to try, one sentence each.
    tries: tuple[str, ...] = field(default_factory=tuple)


_CELLS = ("cd19", "bcma", "both")
_MRNA = ("mrna-ex-vivo", "mrna-in-vivo")

_CAR_T = Panel(
    "car-t",
    "CAR T cells in blood, per µL",
    (Series("car_t_blood", "CAR T cells", 0),),
    0.01,
    1000,
    log=True,
    ticks=(0.01, 0.1, 1, 10, 100, 1000),
)
_B_CELLS = Panel(
    "b-cells",
    "B cells, share of normal",
    (
        Series("b_pool_share", "all B cells", 0),
        Series("clones", "autoreactive B cells", 1, "6 3"),
    ),
    0,
    1.2,
    ticks=(0, 0.5, 1),
    percent=True,
)
_PLASMA = Panel(
    "plasma-cells",
    "Plasma cells, share of before",
    (
        Series("short_lived", "short-lived", 1),
        Series("plasma_cells", "long-lived", 2, "6 3"),
    ),
    0,
    1.2,
    ticks=(0, 0.5, 1),
    percent=True,
)
_ANTIBODIES = Panel(
    "antibodies",
    "Antibodies, share of before",
    (
        Series("autoantibody", "autoantibody", 3),
        Series("vaccine_antibody", "vaccine antibody", 2, "6 3"),
        Series("igg", "total IgG", 5, "2 3"),
    ),
    0,
    1.2,
    ticks=(0, 0.5, 1),
    percent=True,
)


def _span(library: Library, record: str) -> tuple[float, float]:
    held = library.one(record).range
    if held is None:
        raise ValueError(f"minimal:{record} has no range, which its slider needs")
    return held


def _sliders(library: Library) -> dict[str, Slider]:
    dose, left, growth, igg = (
        _span(library, name) for name in ("dose", "lymphocytes-left", "growth", "igg-loss")
    )
    reach, memory = _span(library, "pi-ex-vivo"), _span(library, "memory-death")
    sliders = [
        Slider(
            "dose",
            "dose",
            "Dose",
            "How many CAR T cells are infused. They multiply in the body, so the dose matters less than it seems.",
            *dose,
            log=True,
            unit="cells",
            scenarios=_CELLS,
        ),
        Slider(
            "conditioning",
            "lymphocytes_left",
            "Lymphocytes left by conditioning",
            "Few lymphocytes left means strong conditioning and much room for CAR T cells; all left means none.",
            left[0],
            1.0,
            log=True,
            unit="%",
            scenarios=_CELLS,
        ),
        Slider(
            "growth",
            "growth",
            "Fastest growth of CAR T cells",
            "How fast CAR T cells multiply when target and room are plenty.",
            *growth,
            unit="per day",
            scenarios=_CELLS,
        ),
        Slider(
            "persistence",
            "memory_death",
            "Half-life of memory CAR T cells",
            "How long the few CAR T cells that remain live on. It decides how long B cells stay away.",
            math.log(2) / memory[1],
            365.0,
            log=True,
            transform="half-life",
            unit="days",
            scenarios=_CELLS,
        ),
        Slider(
            "reach",
            "reach",
            "CAR cells that act in the tissue",
            "The share that reaches its target while it still carries the CAR. Nobody knows it, and it decides the curve.",
            reach[0],
            1.0,
            log=True,
            unit="%",
            scenarios=_MRNA,
        ),
        Slider(
            "long-lived",
            "fa",
            "Autoantibody from long-lived plasma cells",
            "The share of the autoantibody that long-lived plasma cells make.",
            0.0,
            1.0,
            transform="complement",
            unit="%",
        ),
        Slider(
            "igg",
            "igg_loss",
            "Half-life of IgG",
            "How long antibody that is no longer made stays in blood.",
            round(math.log(2) / igg[1]),
            round(math.log(2) / igg[0]),
            transform="half-life",
            unit="days",
        ),
    ]
    return {slider.name: slider for slider in sliders}


def explorers(library: Library) -> dict[str, Explorer]:
    """Return every explorer by name; ``kinetics`` is the large one.

    Raises:
        ValueError: a record lacks the range that a slider needs.
    """
    sliders = _sliders(library)
    made = [
        Explorer(
            "kinetics",
            "Move the immune reset",
            "Choose a treatment, move a slider, and watch CAR T cells, B cells, plasma cells and antibodies follow.",
            tuple(sliders.values()),
            (_CAR_T, _B_CELLS, _PLASMA, _ANTIBODIES),
            SCENARIOS,
            ("peak", "aplasia", "clones", "autoantibody", "vaccine", "igg"),
            targets=True,
        ),
        Explorer(
            "plasma-share",
            "Which autoantibodies fall?",
            "The same CAR T cells, and autoantibodies that come from short-lived or from long-lived plasma cells.",
            (sliders["long-lived"],),
            (_PLASMA, _ANTIBODIES),
            ("cd19", "bcma"),
            ("autoantibody", "vaccine"),
            tries=(
                "Move the share from one end to the other under CD19, then choose BCMA and do it again.",
                "Watch the vaccine antibody while you do.",
            ),
        ),
        Explorer(
            "conditioning",
            "Why conditioning matters",
            "CAR T cells need room. Lymphodepletion makes it.",
            (sliders["conditioning"], sliders["dose"]),
            (_CAR_T, _B_CELLS),
            ("cd19",),
            ("peak", "aplasia", "clones"),
            spans=(120, 365, 730),
            tries=(
                "Leave ever more lymphocytes, and find where the autoreactive cells survive.",
                "Then try to make up for it with a higher dose.",
            ),
        ),
        Explorer(
            "igg-half-life",
            "What a fall by day 90 tells",
            "When the making of an antibody stops, its level falls with the half-life of IgG. "
            "A slower fall means that some cells still make it.",
            (
                sliders["igg"],
                Slider(
                    "left",
                    PRODUCTION_LEFT,
                    "Production that goes on",
                    "The share of the antibody-making cells that survive.",
                    0.0,
                    1.0,
                    unit="%",
                    scenarios=("cd19",),
                ),
            ),
            (
                Panel(
                    "decline",
                    "Antibody, share of before",
                    (Series("decline", "antibody", 3),),
                    0.0,
                    1.2,
                    ticks=(0, 0.5, 1),
                    percent=True,
                ),
            ),
            ("cd19",),
            ("decline",),
            spans=(180, 365),
            engine="decline",
            tries=(
                "With nothing left of production, which half-life gives a fall of nineteen twentieths by day 90?",
                "Now leave a tenth of production: can any half-life give that fall?",
            ),
        ),
    ]
    return {explorer.name: explorer for explorer in made}


def treatments(library: Library, names: Sequence[str]) -> list[Scenario]:
    """Return the scenarios of an explorer."""
    return [scenario(library, name) for name in names]


def target_constants(library: Library) -> dict[str, dict[str, float]]:
    """Return what each target sets, by the name of the constant."""
    return {
        target: {name: library.settings(target)[name] for name in (*SENSITIVITIES, *WEIGHTS)}
        for target in ("cd19", "bcma", "both")
    }
