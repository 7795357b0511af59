"""``{parameter-table} model``: the parameters of a model with value, standing and sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes

from carta.evidence import UnknownRecordError
from carta.evidence.formatting import format_number
from carta.site.bound import parameter_text
from carta.site.citations import cite
from carta.site.directives.listing import Listing
from carta.site.directives.table import Cell, table
from carta.site.domain import asking, carta_domain
from carta.site.standing import STANDINGS

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from carta.evidence.records import Parameter
    from carta.site.project import Project

_HEADS = ("Symbol", "What", "Value", "Range", "Standing", "Sources")


class ParameterTable(Listing):
    """All parameters of one model; each row can be linked with the role ``parameter``."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return the table."""
        model = self.arguments[0]
        try:
            with asking(self.env) as project:
                file = project.evidence.parameters(model)
                rows = [self._row(project, parameter) for parameter in file.parameters.values()]
        except UnknownRecordError as error:
            return self.fail(str(error))
        ids = []
        for name in file.parameters:
            anchor = f"parameter-{model}-{name}".replace(".", "-")
            carta_domain(self.env).note_place("parameter", f"{model}:{name}", anchor)
            ids.append(anchor)
        return [table(file.model, _HEADS, rows, ids)]

    def _row(self, project: Project, parameter: Parameter) -> list[Cell]:
        standing = STANDINGS[parameter.status]
        sources: list[nodes.Node] = []
        for key in parameter.sources:
            project.source(key)
            carta_domain(self.env).note_use("study", key)
            if sources:
                sources.append(nodes.Text(" "))
            sources.append(cite(self.env, self.state.document, key, self.lineno))
        what = f"{parameter.what} ({parameter.basis})" if parameter.basis else parameter.what
        return [
            [nodes.math("", parameter.symbol)],
            what,
            parameter_text(project, parameter),
            _range(parameter),
            f"{standing.mark.partition(' ')[0] or '✓'} {standing.words}",
            sources or "–",
        ]


def _range(parameter: Parameter) -> str:
    if parameter.range is None:
        return "–"
    low, high = (format_number(limit) for limit in parameter.range)
    return f"{low} to {high} ({parameter.range_kind})" if parameter.range_kind else f"{low} to {high}"


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("parameter-table", ParameterTable)
