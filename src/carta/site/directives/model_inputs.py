"""``{model-inputs} lupus-us`` and ``{cheers-checklist}``: every input of an economic model, and how it is reported."""

from __future__ import annotations

from typing import TYPE_CHECKING

import yaml
from docutils import nodes

from carta.evidence.formatting import format_number
from carta.findings import as_text
from carta.models.economics import ModelError
from carta.models.economics.carta_models import FOLDER, load_model
from carta.models.economics.description import ParameterDescription
from carta.models.economics.sensitivity import limits
from carta.site.citations import cite
from carta.site.directives.listing import Listing
from carta.site.directives.table import Cell, table
from carta.site.domain import asking, carta_domain
from carta.site.project import project_of_env
from carta.site.standing import STANDINGS

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_HEADS = ("Input", "Value", "Range", "Basis", "Sources")
_CHEERS_HEADS = ("Item", "Topic", "Answered", "How")


class ModelInputs(Listing):
    """All numbers of one model with range, reason and sources; expressions follow from them and are left out."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        name = self.arguments[0]
        with asking(self.env) as project:
            try:
                model, source = load_model(name, project.evidence)
            except ModelError as error:
                return self.fail(f"The model {name} cannot be used. {as_text(error.findings)}")
            for file in source.files:
                self.env.note_dependency(str(file))
            rows = [
                self._row(key, parameter)
                for key, parameter in model.parameters.items()
                if isinstance(parameter.value, int | float)
            ]
        return [table(f"{model.model}: inputs", _HEADS, rows)]

    def _row(self, name: str, parameter: ParameterDescription) -> list[Cell]:
        assert isinstance(parameter.value, int | float)
        ends = limits(parameter)
        unit = f" {parameter.unit}" if parameter.unit else ""
        basis = parameter.reason or ""
        if parameter.status is not None:
            basis = f"{STANDINGS[parameter.status].words.capitalize()}. {basis}".strip()
        sources: list[nodes.Node] = []
        for key in dict.fromkeys(fact.partition(":")[0] for fact in parameter.facts):
            carta_domain(self.env).note_use("study", key)
            if sources:
                sources.append(nodes.Text(" "))
            sources.append(cite(self.env, self.state.document, key, self.lineno))
        words = parameter.what or name.replace("_", " ")
        return [
            f"{words[0].upper()}{words[1:]}",
            f"{_short(float(parameter.value))}{unit}",
            "–" if ends is None else f"{_short(ends[0])} to {_short(ends[1])}",
            basis or "As in the source.",
            sources or "–",
        ]


def _short(value: float) -> str:
    return format_number(float(f"{value:.4g}") if abs(value) < 1000 else round(value))


class CheersChecklist(Listing):
    """The reporting checklist CHEERS 2022, as answered for the models."""

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        path = project_of_env(self.env).root / FOLDER / "cheers-2022.yaml"
        self.env.note_dependency(str(path))
        try:
            content = yaml.safe_load(path.read_text(encoding="utf-8"))
            rows: list[list[Cell]] = [
                [str(item["number"]), str(item["item"]), str(item["answered"]), str(item["how"])]
                for item in content["items"]
            ]
        except (OSError, yaml.YAMLError, KeyError, TypeError) as error:
            return self.fail(f"{path.name} cannot be used: {error}")
        return [table("CHEERS 2022: what is reported, and where it falls short", _CHEERS_HEADS, rows)]


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("model-inputs", ModelInputs)
    app.add_directive("cheers-checklist", CheersChecklist)
