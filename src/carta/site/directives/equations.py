"""``{kinetics-equations}``: the equations of the minimal model, printed from what the solvers compute with."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx.util.docutils import SphinxDirective

if TYPE_CHECKING:
    from sphinx.application import Sphinx


class KineticsEquations(SphinxDirective):
    """All equations in groups, each with its words."""

    def run(self) -> list[nodes.Node]:
        """Return paragraphs and formulas."""
        # Imported here: symbols take a second, and most pages have no equations of a model.
        from carta.models.kinetics.equations import groups

        shown: list[nodes.Node] = []
        for group in groups():
            shown.append(nodes.paragraph("", "", nodes.strong("", group.title)))
            for equation in group.equations:
                words = equation.what[:1].upper() + equation.what[1:]
                shown.append(nodes.paragraph("", f"{words}:"))
                block = nodes.math_block(equation.tex, equation.tex, number=None, label=None, nowrap=False)
                block["docname"] = self.env.docname
                self.set_source_info(block)
                shown.append(block)
        return shown


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("kinetics-equations", KineticsEquations)
