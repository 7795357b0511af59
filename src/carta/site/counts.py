"""``{count}`studies```: numbers of the evidence base in prose, counted at the build."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes

from carta.evidence.formatting import format_number
from carta.site.domain import asking
from carta.site.project import project_of_env
from carta.site.roles import CartaRole

if TYPE_CHECKING:
    from docutils.nodes import Node, system_message
    from sphinx.application import Sphinx


class CountRole(CartaRole):
    """The number of records of a kind: ``studies``, ``facts``, ``facts-read``, ``trials``, ``claims-partly``..."""

    def run(self) -> tuple[list[Node], list[system_message]]:
        """Return the number as text."""
        name = self.text.strip()
        try:
            # Counted outside the block: the page depends on the number, not on the records counted.
            number = project_of_env(self.env).count(name)
        except ValueError as error:
            return self.fail(str(error))
        with asking(self.env) as project:
            project.note_count(name, number)
        return [nodes.inline("", format_number(number), classes=["carta-count"])], []


def setup(app: Sphinx) -> None:
    """Register the role."""
    app.add_role("count", CountRole())
