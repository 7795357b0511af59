"""``{certainty}`relapse```: the recorded certainty of an outcome, as a sign with its word."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes

from carta.evidence import UnknownRecordError
from carta.site.domain import asking
from carta.site.judgements import LEVELS
from carta.site.roles import CartaRole

if TYPE_CHECKING:
    from docutils.nodes import Node, system_message
    from sphinx.application import Sphinx


class CertaintyRole(CartaRole):
    """The level of GRADE that the record under ``evidence/certainty`` comes to."""

    def run(self) -> tuple[list[Node], list[system_message]]:
        """Return the sign and the word."""
        try:
            with asking(self.env) as project:
                level = project.evidence.certainty(self.text.strip()).level
        except UnknownRecordError as error:
            return self.fail(str(error))
        shown = LEVELS[level]
        sign = nodes.inline("", shown.sign, classes=["carta-level"])
        words = nodes.inline("", f"{shown.words} certainty", classes=["carta-level-words"])
        return [nodes.inline("", "", sign, nodes.Text(" "), words, classes=["carta-certainty"])], []


def setup(app: Sphinx) -> None:
    """Register the role."""
    app.add_role("certainty", CertaintyRole())
