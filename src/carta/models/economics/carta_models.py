"""CARTA's own models: files of the evidence base, every input of which names a fact or says why it was assumed."""

from __future__ import annotations

from pathlib import Path

from carta.evidence import Evidence, UnknownRecordError, load
from carta.evidence.records import Fact
from carta.files import find_root
from carta.findings import Finding
from carta.models.economics.description import Model
from carta.models.economics.errors import ModelError
from carta.models.economics.reading import FactLookup, read_model
from carta.models.economics.source import Source

#: Where the models lie in a project.
FOLDER = Path("evidence") / "models"


def model_path(root: Path, name: str) -> Path:
    """Path of a model of the project by its name."""
    return root / FOLDER / f"{name}.yaml"


def model_names(root: Path) -> list[str]:
    """Names of the project's models."""
    return sorted(
        path.stem for path in (root / FOLDER).glob("*.yaml") if not path.stem.startswith(("_", "cheers"))
    )


def load_model(name: str, evidence: Evidence | None = None) -> tuple[Model, Source]:
    """Load one of the project's models with its values from the evidence base.

    Raises:
        ModelError: when it cannot be used, or an input has neither a fact nor a reason.
    """
    base = evidence or load(find_root(None))
    model, source = read_model(model_path(base.root, name), facts=_lookup(base), root=base.root)
    findings = unfounded(model, source)
    if findings:
        raise ModelError(findings)
    return model, source


def unfounded(model: Model, source: Source) -> list[Finding]:
    """Return a finding for each number that neither names a fact nor says why it was assumed."""
    return [
        source.finding(
            "unfounded",
            ("parameters", name),
            f"The parameter {name!r} is a number without a source.",
            "Take it from a fact, or give status (assumed, calibrated, derived) and a reason.",
        )
        for name, parameter in model.parameters.items()
        if isinstance(parameter.value, int | float)
        and not parameter.facts
        and not (parameter.status is not None and parameter.reason)
    ]


def evidence_lookup(root: Path) -> FactLookup:
    """A lookup that loads the project's evidence when the first fact is asked for."""
    held: list[FactLookup] = []

    def look_up(name: str, field: str) -> float | list[float]:
        if not held:
            held.append(_lookup(load(root)))
        return held[0](name, field)

    return look_up


def _lookup(evidence: Evidence) -> FactLookup:
    def look_up(name: str, field: str) -> float | list[float]:
        try:
            fact = evidence.fact(name).fact
        except UnknownRecordError as error:
            raise KeyError(str(error)) from error
        value = _field(fact, field)
        if value is None:
            raise KeyError(f"it has no {field}.")
        return value

    return look_up


def _field(fact: Fact, field: str) -> float | list[float] | None:
    interval = fact.ci95 or fact.range or fact.iqr
    match field:
        case "point":
            if fact.events is not None and fact.n:
                return fact.events / fact.n
            for value in (fact.value, fact.mean, fact.median):
                if value is not None:
                    return float(value)
            return (interval[0] + interval[1]) / 2 if interval else None
        case "low":
            return float(interval[0]) if interval else None
        case "high":
            return float(interval[1]) if interval else None
        case "ci95" | "range" | "iqr":
            limits = getattr(fact, field)
            return None if limits is None else [float(limit) for limit in limits]
        case "events" | "n" | "sd":
            found = getattr(fact, field)
            return None if found is None else float(found)
    return None
