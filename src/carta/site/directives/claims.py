"""``{claims}``: audited claims, each with verdict, what the sources say, how sure that is, and the sources."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from docutils.parsers.rst import directives
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from carta.evidence import UnknownRecordError
from carta.site.citations import cite
from carta.site.directives.live import load_style_where_used, load_where_used
from carta.site.domain import asking, carta_domain
from carta.site.standing import VERDICTS

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from carta.evidence.records import Claim

logger = logging.getLogger(__name__)

#: The boxes are those of the trial explorer, whose style sheet dresses them.
_FILTER = 'class="carta-trials carta-claims-filter"'


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
        former = [f"claim-{other}" for other in claim.also_known_as]
        # No container: the theme takes the padding of those away.
        block = nodes.compound("", classes=["carta-claim", f"carta-claim-{claim.verdict}"], ids=[anchor])
        block += [nodes.target("", "", ids=[other]) for other in former]
        block += nodes.paragraph(
            "",
            "",
            nodes.inline(
                "",
                "",
                nodes.inline("", f"{sign} "),
                nodes.inline("", words, classes=["carta-verdict-words"]),
                classes=["carta-verdict", f"carta-verdict-{claim.verdict}"],
            ),
            nodes.Text(" How sure we are: "),
            nodes.inline("", claim.confidence, classes=["carta-claim-confidence"]),
            classes=["carta-claim-head"],
        )
        block += _part("The article says", claim.claim, "carta-claim-text")
        block += _part("The sources say", claim.finding)
        if claim.note:
            block += _part("Note", claim.note)
        if claim.sources:
            block += self._sources(name, claim)
        # The identifier links to the block itself, so that a reader can copy the claim's address.
        block += nodes.paragraph(
            "",
            "",
            nodes.Text(f"In the article under: {'; '.join(claim.where)}. Address of this claim: "),
            nodes.reference("", name, refid=anchor, internal=True),
            classes=["carta-claim-place"],
        )
        return block

    def _sources(self, name: str, claim: Claim) -> nodes.Node:
        sources = nodes.paragraph(
            "", "", nodes.strong("", "Sources"), nodes.Text(" "), classes=["carta-claim-sources"]
        )
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


def _part(label: str, text: str, *classes: str) -> nodes.paragraph:
    return nodes.paragraph(
        "",
        "",
        nodes.strong("", label),
        nodes.Text(" "),
        nodes.inline("", text, classes=list(classes)),
        classes=["carta-claim-part"],
    )


class ClaimsFilter(SphinxDirective):
    """``{claims-filter}``: the place of the boxes that narrow the claims of the page; without script there are none."""

    def run(self) -> list[nodes.Node]:
        """Return an empty place for HTML."""
        return [nodes.raw("", f'<div {_FILTER} id="claims-filter"></div>\n', format="html")]


def setup(app: Sphinx) -> None:
    """Register the directives, and what their pages load."""
    app.add_directive("claims", ClaimsDirective)
    app.add_directive("claims-filter", ClaimsFilter)
    app.connect("html-page-context", load_where_used(_FILTER, "carta-audit.js", "carta-audit.css"))
    app.connect("html-page-context", load_style_where_used(_FILTER, "carta-trials.css"))
