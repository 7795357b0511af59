"""``{what-changed}``, ``{registry-drift}`` and ``{source-notices}``: how the evidence moved, from its records."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from docutils import nodes

from carta.evidence.changes import Change, changes, field_words, notice_words, successor, value_words
from carta.evidence.formatting import format_number
from carta.evidence.records import OWN, REGISTRY
from carta.site.directives.listing import Listing
from carta.site.directives.table import Cell, table
from carta.site.domain import asking

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from carta.evidence.records import Trial
    from carta.site.project import Project

#: Records of one kind entered on a day, above which they are counted and not listed.
LISTED = 30

_ENTERED = {"study": ("source", "sources"), "trial": ("trial", "trials"), "fact": ("fact", "facts")}


class WhatChanged(Listing):
    """All changes of the base, the latest day first."""

    def run(self) -> list[nodes.Node]:
        """Return a definition list: the day, and what changed on it."""
        with asking(self.env) as project:
            found = changes(project.evidence)
            shown = nodes.definition_list(classes=["carta-changes"])
            for day, of_day in groupby(found, key=lambda one: one.day):
                listed = nodes.bullet_list()
                for kind, group in groupby(of_day, key=lambda one: one.kind):
                    members = list(group)
                    if len(members) > LISTED:
                        words = f"{format_number(len(members))} {_ENTERED.get(kind, ('', 'changes'))[1]} entered the base."
                        listed += nodes.list_item("", nodes.paragraph("", words))
                        continue
                    listed.extend(self._item(project, change) for change in members)
                definition = nodes.definition("", listed)
                shown += nodes.definition_list_item("", nodes.term("", day.isoformat()), definition)
        return [shown] if found else [nodes.paragraph("", "Nothing is recorded.")]

    def _item(self, project: Project, change: Change) -> nodes.list_item:
        label = record_label(project, change)
        words = nodes.paragraph("", "", self.reference(change.record, change.name, label))
        words += nodes.Text(f" {change.text}")
        return nodes.list_item("", words)


def record_label(project: Project, change: Change) -> str:
    """Return what a reader calls the record of a change."""
    if change.record == "trial":
        acronym = project.evidence.trial(change.name).acronym
        return f"{acronym} ({change.name})" if acronym else change.name
    return project.source(change.name).label if change.name in project.bibliography else change.name


class RegistryDrift(Listing):
    """Earlier values of registry records: a figure of their sizes, and a table of all fields."""

    def run(self) -> list[nodes.Node]:
        """Return the figure (for a web page) and the table."""
        # Imported here: it brings in Altair, and most pages have no such figure.
        from carta.figures import registry_drift, show
        from carta.figures.registry_drift import drift_frame

        with asking(self.env) as project:
            rows = [
                row
                for nct, trial in project.evidence.trials().items()
                for row in self._rows(project, nct, trial)
            ]
            if not rows:
                return self.fail("No trial has a recorded earlier value.")
            frame = drift_frame(project.evidence)
            made: list[nodes.Node] = []
            if not frame.empty:
                figure = show(registry_drift(project.evidence), alt=_alt(frame), filename="registry-drift")
                made.append(nodes.raw("", figure.html, format="html"))
        heads = ["Trial", "Field", "Said", "Version", "Then", "Known from"]
        return [*made, table("Earlier values of registry records", heads, rows)]

    def _rows(self, project: Project, nct: str, trial: Trial) -> list[list[Cell]]:
        rows: list[list[Cell]] = []
        for change in trial.history:
            then = successor(trial, change) if change.source != OWN else None
            if then is None or then == value_words(change.value):
                # Nothing moved; or it is the last value of something that is no field: it is a "then" above.
                continue
            named = f"{trial.acronym} ({nct})" if trial.acronym else nct
            source: Cell = "the registry record"
            if change.source != REGISTRY:
                source = [self.reference("study", change.source, project.source(change.source).label)]
            rows.append(
                [
                    [self.reference("trial", nct, named)],
                    field_words(change.field),
                    value_words(change.value),
                    change.as_of or "an earlier one",
                    then,
                    source,
                ]
            )
        return rows


def _alt(frame: object) -> str:
    """Return in words what the figure shows, from its numbers."""
    parts = []
    for trial, versions in frame.groupby("trial", sort=False):  # type: ignore[attr-defined]
        sizes = " to ".join(str(size) for size in versions["participants"])
        parts.append(f"{trial} {sizes}")
    return f"The recorded number of participants moved in {len(parts)} trials: {'; '.join(parts)}."


class SourceNotices(Listing):
    """Sources of the base that were corrected, retracted, or are under concern."""

    def run(self) -> list[nodes.Node]:
        """Return a list, or the words that there is none."""
        with asking(self.env) as project:
            held = project.evidence.all_notices()
            if not held:
                return [nodes.paragraph("", "No notice on any source is recorded.")]
            known = set(project.evidence.keys())
            listed = nodes.bullet_list()
            for key, notices in sorted(held.items()):
                label = project.source(key).label
                named = self.reference("study", key, label) if key in known else nodes.inline("", label)
                text = "; ".join(notice_words(notice) for notice in notices)
                listed += nodes.list_item("", nodes.paragraph("", "", named, nodes.Text(f": {text}.")))
        return [listed]


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("what-changed", WhatChanged)
    app.add_directive("registry-drift", RegistryDrift)
    app.add_directive("source-notices", SourceNotices)
