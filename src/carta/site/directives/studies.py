"""``{study-table}``: studies that match, each with a link to its entry."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from docutils.parsers.rst import directives

from carta.evidence import UnknownRecordError
from carta.evidence.formatting import format_number
from carta.site.directives.listing import Listing, labels
from carta.site.directives.table import Cell, ColumnsError, choose_columns, table
from carta.site.domain import asking

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from carta.evidence.records import Study
    from carta.site.project import Project

_COLUMNS = {
    "study": "Study",
    "design": "Design",
    "diseases": "Diseases",
    "product": "Product",
    "target": "Target",
    "n": "Patients",
    "access": "What was read",
}
_DEFAULT = ("study", "design", "diseases", "product", "n", "access")


class StudyTable(Listing):
    """Studies of a ``disease``, ``target``, ``design`` or ``topic``; ``columns`` between commas."""

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = dict.fromkeys(
        ("disease", "target", "design", "topic", "columns"), directives.unchanged_required
    )

    def run(self) -> list[nodes.Node]:
        """Return the table; its argument is the caption."""
        chosen = {name: value for name, value in self.options.items() if name != "columns"}
        try:
            columns = choose_columns(self.options.get("columns"), _COLUMNS, _DEFAULT)
            with asking(self.env) as project:
                studies = project.studies(chosen)
                if not studies:
                    return self.fail(f"No study matches {chosen}.")
                rows = [
                    [self._cell(project, column, key, study) for column in columns]
                    for key, study in studies.items()
                ]
        except (ColumnsError, UnknownRecordError) as error:
            return self.fail(str(error))
        caption = self.arguments[0] if self.arguments else f"Studies ({len(rows)})"
        return [table(caption, [_COLUMNS[column] for column in columns], rows)]

    def _cell(self, project: Project, column: str, key: str, study: Study) -> Cell:
        match column:
            case "study":
                return [self.reference("study", key, project.source(key).label)]
            case "design":
                return project.label("designs", study.design)
            case "diseases":
                return labels(project, "diseases", study.diseases)
            case "product":
                return (study.product and study.product.name) or "–"
            case "target":
                return labels(project, "targets", study.product.targets if study.product else [])
            case "n":
                return "–" if study.n is None else format_number(study.n)
            case _:
                return study.access


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("study-table", StudyTable)
