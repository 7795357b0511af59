"""``{claims}``: audited claims, each with verdict, what the sources say, and the sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from carta.evidence import UnknownRecordError
from carta.site.citations import cite
from carta.site.domain import asking, carta_domain
from carta.site.standing import VERDICTS

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from carta.evidence.records import Claim

logger = logging.getLogger(__name__)


class ClaimsDirective(SphinxDirective):
    """Claims of a ``kind`` or ``verdict``, in the order of their file; without options: all."""

    option_spec = {  # noqa: RUF012  the base class has it so
        "kind": directives.unchanged_required,
        "verdict": lambda verdict: directives.choice(verdict, tuple(VERDICTS)),
    }

    def run(self) -> list[nodes.Node]:
        """Return one block a claim; its identifier is ``claim-`` and the claim's name."""
        with asking(self.env) as project:
            claims = project.evidence.claims(
                kind=self.options.get("kind"), verdict=self.options.get("verdict")
            )
            if not claims:
                logger.warning(
                    f"No claim matches {self.options or 'the directive'}.",
                    location=self.get_location(),
                    type="carta",
                    subtype="claims",
                )
            return [self._block(name, claim) for name, claim in claims.items()]

    def _block(self, name: str, claim: Claim) -> nodes.Node:
        sign, words = VERDICTS[claim.verdict]
        anchor = f"claim-{name}"
        carta_domain(self.env).note_place("claim", name, anchor)
        # No container: the theme takes the padding of those away.
        block = nodes.compound("", classes=["carta-claim"], ids=[anchor])
        block += nodes.paragraph("", claim.claim, classes=["carta-claim-text"])
        block += nodes.paragraph(
            "",
            "",
            nodes.inline("", f"{sign} {words}", classes=["carta-verdict", f"carta-verdict-{claim.verdict}"]),
            nodes.Text(f" Confidence: {claim.confidence}. {claim.finding}"),
        )
        if claim.note:
            block += nodes.paragraph("", f"Note: {claim.note}")
        if claim.sources:
            block += self._sources(name, claim)
        # The identifier links to the block itself, so that a reader can copy the claim's address.
        block += nodes.paragraph(
            "",
            "",
            nodes.Text(f"In the article: {'; '.join(claim.where)}. Link to this claim: "),
            nodes.reference("", name, refid=anchor, internal=True),
            classes=["carta-claim-place"],
        )
        return block

    def _sources(self, name: str, claim: Claim) -> nodes.Node:
        sources = nodes.paragraph("", "Sources: ")
        for position, key in enumerate(claim.sources):
            if position:
                sources += nodes.Text(" ")
            try:
                with asking(self.env) as project:
                    project.source(key)
            except UnknownRecordError as error:
                logger.warning(
                    f"The claim {name} names a source that does not exist. {error}",
                    location=self.get_location(),
                    type="carta",
                    subtype="claims",
                )
                continue
            carta_domain(self.env).note_use("study", key, f"claim-{name}")
            sources += cite(self.env, self.state.document, key, self.lineno)
        return sources


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("claims", ClaimsDirective)
