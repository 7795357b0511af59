"""``{kinetics-targets}``: what the minimal model reproduces of others' observations, and what it misses."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes

from carta.site.citations import cite
from carta.site.directives.listing import Listing
from carta.site.directives.table import Cell, table
from carta.site.domain import asking, carta_domain

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from carta.models.kinetics.targets import TargetResult
    from carta.site.project import Project

_HEADS = ("No.", "Observation", "Asked for", "Model", "Verdict", "Sources")

#: A sign beside each verdict, so that it is not told by words of one length alone.
_SIGNS = {"met": "✓", "near": "◐", "missed": "✗", "open": "?"}


class KineticsTargets(Listing):
    """All targets, those that are missed among them."""

    def run(self) -> list[nodes.Node]:
        """Return the table and a sentence on its words."""
        # Imported here: symbols and solvers take a second, and most pages have no such table.
        from carta.models.kinetics.settings import SettingError
        from carta.models.kinetics.targets import VERDICTS, check_targets

        try:
            with asking(self.env) as project:
                results = check_targets(project.evidence)
                rows = [self._row(result, project) for result in results]
                for key in {key for result in results for key in result.sources}:
                    project.source(key)
        except (KeyError, SettingError) as error:
            return self.fail(f"The targets cannot be judged: {error}")
        words = "; ".join(f"{_SIGNS[name]} {name}: {meaning}" for name, meaning in VERDICTS.items())
        return [
            table("What the model is held to", _HEADS, rows),
            nodes.paragraph("", f"{words}."),
        ]

    def _row(self, result: TargetResult, project: Project) -> list[Cell]:
        sources: list[nodes.Node] = []
        for key in result.sources:
            carta_domain(self.env).note_use("study", key)
            if sources:
                sources.append(nodes.Text(" "))
            sources.append(cite(self.env, self.state.document, key, self.lineno))
        term = project.vocabulary.units.get(result.unit or "")
        unit = f" {term.many}" if term and result.unit != "fraction" else ""
        wanted = f"{result.wanted[0]:g} to {result.wanted[1]:g}{unit}" if result.wanted else "in words"
        what = f"{result.what} ({result.basis})" if result.basis else result.what
        return [
            result.label,
            what,
            wanted,
            result.said + (unit if result.found is not None else ""),
            f"{_SIGNS[result.verdict]} {result.verdict}",
            sources or "–",
        ]


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("kinetics-targets", KineticsTargets)
