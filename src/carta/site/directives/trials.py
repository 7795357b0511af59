"""``{trial-table}``: registered trials that match, each with a link to its entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from docutils.parsers.rst import directives

from carta.evidence.formatting import format_number
from carta.site.directives.listing import Listing, labels
from carta.site.directives.table import Cell, ColumnsError, choose_columns, table
from carta.site.domain import asking

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from carta.evidence.records import Trial
    from carta.site.project import Project

_COLUMNS = {
    "trial": "Trial",
    "title": "Title",
    "diseases": "Diseases",
    "conditions": "Conditions as registered",
    "phase": "Phase",
    "status": "Status",
    "enrollment": "Planned or enrolled",
    "start": "Start",
    "completion": "Completion",
    "sponsor": "Sponsor",
    "countries": "Countries",
    "intervention": "Intervention",
    "target": "Target",
    "cell": "Cells",
}
_DEFAULT = ("trial", "diseases", "phase", "status", "enrollment", "start", "target", "sponsor")


class TrialTable(Listing):
    """Trials of a ``disease``, ``target`` or ``status``; ``columns`` between commas."""

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = dict.fromkeys(("disease", "target", "status", "columns"), directives.unchanged_required)

    def run(self) -> list[nodes.Node]:
        """Return the table; its argument is the caption."""
        chosen = {name: value for name, value in self.options.items() if name != "columns"}
        try:
            columns = choose_columns(self.options.get("columns"), _COLUMNS, _DEFAULT)
        except ColumnsError as error:
            return self.fail(str(error))
        with asking(self.env) as project:
            trials = project.evidence.trials(**chosen)
            if not trials:
                return self.fail(f"No trial matches {chosen}.")
            rows = [
                [self._cell(project, column, nct, trial) for column in columns]
                for nct, trial in trials.items()
            ]
        caption = self.arguments[0] if self.arguments else f"Registered trials ({len(rows)})"
        return [table(caption, [_COLUMNS[column] for column in columns], rows)]

    def _cell(self, project: Project, column: str, nct: str, trial: Trial) -> Cell:
        match column:
            case "trial":
                named = f"{trial.acronym} ({nct})" if trial.acronym else nct
                return [self.reference("trial", nct, named)]
            case "diseases":
                return labels(project, "diseases", trial.diseases)
            case "target":
                return labels(project, "targets", trial.targets) if trial.targets else trial.target or "–"
            case "enrollment":
                if trial.enrollment is None:
                    return "–"
                number = format_number(trial.enrollment)
                return f"{number} ({trial.enrollment_type})" if trial.enrollment_type else number
            case "conditions" | "countries":
                return ", ".join(getattr(trial, column)) or "–"
            case _:
                return getattr(trial, column) or "–"


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("trial-table", TrialTable)
