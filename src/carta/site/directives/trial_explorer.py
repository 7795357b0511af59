"""``{trial-explorer}``: all registered trials, to filter, sort, search, group, and take away as a table.

The page holds the whole table for readers without script and for paper. For HTML, ``carta-trials.js`` takes
its place: it reads the rows from data in the page, and the address of each trial's entry from that table.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from docutils.parsers.rst import directives

from carta.site.directives.explorers import carta_explorer
from carta.site.directives.listing import Listing
from carta.site.directives.live import data_element, identifier, load_where_used
from carta.site.directives.table import Cell, table
from carta.site.domain import asking

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sphinx.application import Sphinx

    from carta.evidence.records import Trial
    from carta.site.project import Project

_MARK = 'class="carta-trials"'
#: The table that the explorer takes the place of.
PLAIN = "carta-trials-plain"

#: Key of a row, heading, and whether a cell holds several values.
COLUMNS: tuple[tuple[str, str, bool], ...] = (
    ("nct", "Trial", False),
    ("diseases", "Diseases", True),
    ("targets", "Targets", True),
    ("cell", "Cells", False),
    ("phase", "Phase", False),
    ("status", "Status", False),
    ("n", "People", False),
    ("start", "Start", False),
    ("sponsor", "Sponsor", False),
    ("countries", "Countries", True),
    ("intervention", "Product", False),
)


class TrialExplorer(Listing):
    """Every registered trial of the evidence base; ``id`` names the explorer on its page."""

    option_spec = {"id": directives.unchanged_required}  # noqa: RUF012  the base class has it so

    def run(self) -> list[nodes.Node]:
        """Return the explorer's data for HTML, and the whole table for every builder."""
        try:
            name = identifier(self.options.get("id", "trial-explorer"))
        except ValueError as error:
            return self.fail(f"{error}.")
        with asking(self.env) as project:
            trials = project.evidence.trials()
            if not trials:
                return self.fail("The evidence base holds no trial.")
            rows = trial_rows(project, trials)
        columns = [{"key": key, "label": label, "many": many} for key, label, many in COLUMNS]
        data = data_element("carta-trials-data", {"columns": columns, "rows": rows})
        html = f'<div {_MARK} id="{name}">{data}</div>\n'
        cells = [[self._cell(row, key) for key, _, _ in COLUMNS] for row in rows]
        plain = table(f"Registered trials ({len(rows)})", [label for _, label, _ in COLUMNS], cells)
        plain["classes"].append(PLAIN)
        return [carta_explorer("", html=html), nodes.container("", plain, classes=["carta-trials-plain-box"])]

    def _cell(self, row: Mapping[str, Any], key: str) -> Cell:
        value = row[key]
        if key == "nct":
            named = f"{row['acronym']} ({value})" if row["acronym"] else value
            return [self.reference("trial", value, named)]
        if isinstance(value, list):
            return ", ".join(value) or "–"
        return "–" if value is None else str(value)


def trial_rows(project: Project, trials: Mapping[str, Trial]) -> list[dict[str, Any]]:
    """Return one row a trial, in words that people read; what is not recorded is None or an empty list."""

    def labelled(kind: str, words: list[str]) -> list[str]:
        return [project.label(kind, word) for word in words]

    return [
        {
            "nct": nct,
            "acronym": trial.acronym or "",
            "title": trial.title or "",
            "diseases": labelled("diseases", trial.diseases),
            "targets": labelled("targets", trial.targets),
            "cell": project.label("cell_sources", trial.cell_source) if trial.cell_source else None,
            "phase": trial.phase,
            "status": trial.status,
            "n": trial.enrollment,
            "start": str(trial.start) if trial.start else None,
            "sponsor": trial.sponsor,
            "countries": list(trial.countries),
            "intervention": trial.intervention,
        }
        for nct, trial in trials.items()
    ]


def setup(app: Sphinx) -> None:
    """Register the directive, and what its pages load."""
    app.add_directive("trial-explorer", TrialExplorer)
    app.connect("html-page-context", load_where_used(_MARK, "carta-trials.js", "carta-trials.css"))
