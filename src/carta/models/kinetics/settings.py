"""The constants of the minimal model, read from their evidence records, each with its standing."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from functools import cached_property
from typing import TYPE_CHECKING

from carta.models.kinetics.system import CONSTANTS

if TYPE_CHECKING:
    from carta.evidence import Evidence
    from carta.evidence.records import Parameter

MODEL = "minimal"

#: Record and, for a vector, place in it, of each constant that does not depend on the scenario.
RECORDS: dict[str, str] = {
    "dose": "dose",
    "engrafting": "engrafting-fraction",
    "growth": "growth",
    "theta": "theta",
    "capacity": "capacity",
    "niche_refill": "niche-refill",
    "lymphocytes_left": "lymphocytes-left",
    "effector_death": "effector-death",
    "memory_formation": "memory-formation",
    "memory_death": "memory-death",
    "killing": "killing",
    "half_killing": "half-killing",
    "b_turnover": "b-turnover",
    "precursor_recovery": "precursor-recovery",
    "memory_b_division": "memory-b-division",
    "autoreactive_share": "autoreactive-share",
    "new_tolerance_loss": "new-tolerance-loss",
    "b_pool": "b-pool",
    "b_lost": "b-lost-to-lymphodepletion",
    "short_lived_death": "short-lived-death",
    "long_lived_death": "long-lived-death",
    "niche_plasma": "niche-plasma",
    "igg_loss": "igg-loss",
    "fv": "fv",
    "gs": "gs",
    "phi": "phi",
    "blood_volume": "vb",
    "blood_b": "b0",
    "q50": "q50",
    "antibody_killing": "kr-rituximab",
    "antibody_half_life": "hr-rituximab",
}

#: Constants that a target sets, in the order of the record's list.
SENSITIVITIES = ("c_q", "c_n", "c_r", "c_s", "c_l")
WEIGHTS = ("w_n", "w_r", "w_s", "w_l")

#: Kinds of autoantibody and the record of the share that short-lived cells make.
ANTIBODIES = {"dsdna": "fa-dsdna", "musk": "fa-musk", "achr": "fa-achr", "ro60": "fa-ro60"}


class SettingError(ValueError):
    """A setting that the model does not have, or a value outside what it can take."""


@dataclass(frozen=True)
class Setting:
    """A constant with where its value comes from."""

    value: float
    #: A status of the evidence base, or ``scenario`` where the scenario itself defines it (a switch).
    status: str
    #: ``model:id`` of the record, where there is one.
    record: str | None = None
    #: Keys of the sources.
    sources: tuple[str, ...] = ()
    range: tuple[float, float] | None = None
    unit: str | None = None
    #: Why it is not the record's typical value, where it is not.
    note: str | None = None


@dataclass(frozen=True)
class Settings(Mapping[str, float]):
    """All constants of the model: a mapping from name to number; :attr:`held` knows where each is from."""

    held: Mapping[str, Setting] = field(default_factory=dict)

    def __getitem__(self, name: str) -> float:
        return self.held[name].value

    def __iter__(self) -> Iterator[str]:
        return iter(CONSTANTS)

    def __len__(self) -> int:
        return len(CONSTANTS)

    def vector(self) -> list[float]:
        """Return the values in the order of :data:`~carta.models.kinetics.system.CONSTANTS`."""
        return self._vector

    @cached_property
    def _vector(self) -> list[float]:
        return [self.held[name].value for name in CONSTANTS]

    def changed(
        self, values: Mapping[str, float], *, status: str = "chosen", note: str | None = None
    ) -> Settings:
        """Return settings in which these constants have other values.

        Args:
            values: by name of the constant.
            status: how the values came about: ``chosen`` by who runs the model, ``scenario``, or a status of the base.
            note: the reason, shown wherever the value is.

        Raises:
            SettingError: an unknown name, or a value that is no finite number, negative, or (for a share) above one.
        """
        held = dict(self.held)
        for name, value in values.items():
            check_value(name, value)
            old = held.get(name, Setting(value, status))
            held[name] = replace(old, value=float(value), status=status, note=note)
        return Settings(held)

    def not_evidence(self) -> dict[str, Setting]:
        """Return the settings that no source states: calibrated, assumed, chosen."""
        return {
            name: setting
            for name, setting in self.held.items()
            if setting.status in ("calibrated", "assumed", "chosen")
        }


#: Shares: between zero and one.
_SHARES = frozenset(
    (
        "engrafting",
        "lymphocytes_left",
        "b_lost",
        "fa",
        "fv",
        "gs",
        "phi",
        "mrna",
        "reach",
        "autoreactive_share",
        *SENSITIVITIES,
        *WEIGHTS,
    )
)
#: Constants that something is divided by, or whose logarithm is taken.
_POSITIVE = frozenset(
    (
        "theta",
        "capacity",
        "lymphocytes_left",
        "half_killing",
        "autoreactive_share",
        "b_pool",
        "niche_plasma",
        "blood_volume",
        "q50",
        "antibody_half_life",
    )
)


def check_value(name: str, value: float) -> None:
    """Raise :class:`SettingError` when a constant cannot have this value."""
    if name not in CONSTANTS:
        from difflib import get_close_matches

        near = get_close_matches(name, CONSTANTS, n=2)
        hint = f" Did you mean {' or '.join(near)}?" if near else f" Known: {', '.join(CONSTANTS)}."
        raise SettingError(f"the model has no setting {name!r}.{hint}")
    high = 1.0 if name in _SHARES else float("inf")
    if not (0 <= value <= high) or value == float("inf") or (name in _POSITIVE and value == 0):
        above = "above 0" if name in _POSITIVE else "at least 0"
        limit = " and at most 1" if high == 1.0 else ""
        raise SettingError(f"{name} = {value!r}: it must be a number {above}{limit}")


def _setting(record: Parameter, name: str, value: float | None = None) -> Setting:
    if value is None:
        if not isinstance(record.value, int | float):
            raise SettingError(f"{MODEL}:{name} must have one number as its value")
        value = record.value
    span = (float(record.range[0]), float(record.range[1])) if record.range is not None else None
    return Setting(
        float(value), record.status, f"{MODEL}:{name}", tuple(record.sources), span, record.unit, record.basis
    )


class Library:
    """The records of the minimal model, from which settings are put together."""

    def __init__(self, evidence: Evidence) -> None:
        self.file = evidence.parameters(MODEL)

    @property
    def limits(self) -> list[str]:
        """What the model is known not to do, in sentences to show beside it."""
        return list(self.file.notes)

    @property
    def aplasia_threshold(self) -> float:
        """Share of the normal B pool below which aplasia is counted."""
        return self.one("threshold").value

    def one(self, record: str) -> Setting:
        """Return the setting that one record states.

        Raises:
            SettingError: there is no such record, or its value is not one number.
        """
        return _setting(self._record(record), record)

    def _record(self, name: str) -> Parameter:
        if name not in self.file.parameters:
            raise SettingError(f"evidence/parameters/{MODEL}.yaml has no parameter {name!r}")
        return self.file.parameters[name]

    def _vector(self, record: str, names: tuple[str, ...]) -> dict[str, Setting]:
        parameter = self._record(record)
        if not isinstance(parameter.value, list) or len(parameter.value) != len(names):
            raise SettingError(f"{MODEL}:{record} must be a list of {len(names)} numbers")
        return {
            name: _setting(parameter, record, value)
            for name, value in zip(names, parameter.value, strict=True)
        }

    def settings(self, target: str = "cd19", antibody: str = "dsdna") -> Settings:
        """Return the settings of an integrating CAR T product.

        Args:
            target: ``cd19``, ``bcma`` or ``both``.
            antibody: a word of :data:`ANTIBODIES`.

        Raises:
            SettingError: an unknown word.
        """
        if target not in ("cd19", "bcma", "both"):
            raise SettingError(f"target {target!r}: choose of cd19, bcma, both")
        if antibody not in ANTIBODIES:
            raise SettingError(f"antibody {antibody!r}: choose of {', '.join(ANTIBODIES)}")
        held = {name: self.one(record) for name, record in RECORDS.items()}
        held["fa"] = self.one(ANTIBODIES[antibody])
        if target == "both":
            note = "Both targets: every cell of the B lineage is sensitive and a target in full."
            for name in SENSITIVITIES + WEIGHTS:
                held[name] = Setting(1.0, "assumed", note=note)
        else:
            held |= self._vector(f"c-{target}", SENSITIVITIES)
            held |= self._vector(f"w-{target}", WEIGHTS)
        for name in ("mrna", "car_loss", "division", "mrna_dose"):
            held[name] = Setting(0.0, "scenario")
        held["reach"] = Setting(1.0, "scenario")
        return Settings({name: held[name] for name in CONSTANTS})
