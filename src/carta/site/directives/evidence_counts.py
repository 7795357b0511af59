"""``{evidence-counts} disease``: how many sources and trials there are on each disease, target or design, with a way to them."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple
from urllib.parse import urlencode

from docutils import nodes
from docutils.parsers.rst import directives

from carta.site.directives.listing import Listing
from carta.site.directives.table import Cell, table
from carta.site.domain import asking, carta_domain
from carta.site.site_files import KIND, link_to

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from carta.evidence.records import Study, Trial


class _Kind(NamedTuple):
    """What to count by: list of the vocabulary, heading."""

    words: str
    head: str


_KINDS = {
    "disease": _Kind("diseases", "Disease"),
    "target": _Kind("targets", "Target"),
    "design": _Kind("designs", "Design"),
}


class EvidenceCounts(Listing):
    """One row a disease, target or design that some source or trial has; each leads to the index, filtered by it."""

    required_arguments = 1
    option_spec = {"caption": directives.unchanged_required}  # noqa: RUF012  the base class has it so

    def run(self) -> list[nodes.Node]:
        """Return the table, most sources first."""
        by = self.arguments[0]
        if by not in _KINDS:
            return self.fail(f"Nothing is counted by {by!r}: use one of {', '.join(_KINDS)}.")
        words, head = _KINDS[by]
        with asking(self.env) as project:
            sources: dict[str, int] = {}
            trials: dict[str, int] = {}
            for study in project.studies({}).values():
                for word in _of_study(study, by):
                    sources[word] = sources.get(word, 0) + 1
            for trial in project.evidence.trials().values():
                for word in _of_trial(trial, by):
                    trials[word] = trials.get(word, 0) + 1
            named = {word: project.label(words, word) for word in sources | trials}
        order = sorted(named, key=lambda word: (-sources.get(word, 0), -trials.get(word, 0), named[word]))
        rows: list[list[Cell]] = []
        for word in order:
            address = f"evidence/index.html?{urlencode({by: named[word]})}"
            carta_domain(self.env).note_use(KIND, address)
            row: list[Cell] = [[link_to(named[word], address)], str(sources.get(word, 0))]
            rows.append(row if by == "design" else [*row, str(trials.get(word, 0))])
        heads = [head, "Sources"] if by == "design" else [head, "Sources", "Registered trials"]
        caption = self.options.get("caption", f"The evidence by {by}")
        return [table(caption, heads, rows)]


def _of_study(study: Study, by: str) -> list[str]:
    if by == "disease":
        return list(study.diseases)
    if by == "target":
        return list(study.product.targets) if study.product else []
    return [study.design]


def _of_trial(trial: Trial, by: str) -> list[str]:
    if by == "disease":
        return list(trial.diseases)
    return list(trial.targets) if by == "target" else []


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("evidence-counts", EvidenceCounts)
