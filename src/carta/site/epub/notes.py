"""Bound values as pop-up notes: the value leads to a footnote that says what it is and where it was read.

All notes of a page stand at its end, one for each fact; e-readers show them where the value is tapped.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from carta.evidence import UnknownRecordError
from carta.evidence.formatting import format_number
from carta.site.nodes import fact, fact_citation, fact_mark, fact_value
from carta.site.project import Project, project_of
from carta.site.standing import STANDINGS, sign_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx


class NotedFacts(SphinxPostTransform):
    """Values become links to notes, and the notes are put at the end of the page."""

    # Before references are resolved (10), so that the citation in a value is.
    default_priority = 5

    def run(self, **kwargs: Any) -> None:
        """Replace every bound value, for a builder that sets ``carta_notes``."""
        if not getattr(self.app.builder, "carta_notes", False):
            return
        project = project_of(self.app)
        numbers: dict[str, int] = {}
        for node in list(self.document.findall(fact)):
            node.replace_self(self._use(node, numbers))
        if numbers:
            self.document += nodes.raw("", self._notes(project, numbers), format="html")

    def _use(self, node: fact, numbers: dict[str, int]) -> nodes.inline:
        first = node["name"] not in numbers
        number = numbers.setdefault(node["name"], len(numbers) + 1)
        identifier = f' id="note-{number}-use"' if first else ""
        shown = nodes.inline("", classes=["carta-fact"], ids=[f"{node['uid']}-use"])
        for part in list(node.children):
            if isinstance(part, fact_citation):
                shown += [nodes.Text(" "), *part.children]
            elif isinstance(part, fact_mark):
                shown += nodes.inline("", f" ({part.astext()})", classes=["carta-mark"])
            elif isinstance(part, fact_value):
                link = (
                    f'<a{identifier} class="carta-value" epub:type="noteref" role="doc-noteref" '
                    f'href="#note-{number}">{escape(part.astext())}</a>'
                )
                shown += nodes.raw("", link, format="html")
            else:
                shown += part
        return shown

    def _notes(self, project: Project, numbers: dict[str, int]) -> str:
        written = "".join(self._note(project, name, number) for name, number in numbers.items())
        return (
            '<section class="carta-notes" epub:type="footnotes" aria-labelledby="carta-notes-title">\n'
            f'<h2 id="carta-notes-title">Where the values come from</h2>\n{written}</section>\n'
        )

    def _note(self, project: Project, name: str, number: int) -> str:
        bound = project.evidence.fact(name)
        value = bound.fact
        shown = project.write(value, "full")
        if value.n is not None and value.events is None:
            shown += f", n = {format_number(value.n)}"
        try:
            source = project.source(bound.study)
            label, url = source.label, source.url
        except UnknownRecordError:
            label, url = bound.study, None
        entry = self.app.builder.get_relative_uri(self.env.docname, f"evidence/{bound.study}")
        where = f'<a href="{escape(entry)}#{escape(bound.id)}">{escape(label)}</a>'
        if url:
            where += f' (<a href="{escape(url)}">{escape(url.partition("//")[2])}</a>)'
        rows = [
            ("Group", value.arm),
            ("When", value.timepoint),
            ("Year", str(value.year) if value.year is not None else None),
            ("Prices of", str(value.price_year) if value.price_year is not None else None),
            ("Country", value.country),
            ("p", f"{value.p:g}" if value.p is not None else None),
            ("Found in", value.locator),
            ("Standing", f"{sign_of(value.status)} {STANDINGS[value.status].words}"),
            ("Checked", value.checked.isoformat()),
            ("Computed", "from values of the source; not printed there" if value.derived else None),
            ("Note", value.note),
        ]
        lines = "".join(f"<br/>{term}: {escape(text)}" for term, text in rows if text)
        what = value.what[:1].upper() + value.what[1:]
        return (
            f'<aside id="note-{number}" epub:type="footnote" role="doc-footnote"><p>'
            f'<a href="#note-{number}-use" role="doc-backlink" aria-label="Back to value {number}">{number}.</a> '
            f"<strong>{escape(what)}: {escape(shown)}</strong>{lines}<br/>Source: {where}</p></aside>\n"
        )


def setup(app: Sphinx) -> None:
    """Register the transform."""
    app.add_post_transform(NotedFacts)
