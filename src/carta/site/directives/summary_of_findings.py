"""``{summary-of-findings}``: outcomes with the effect, computed in this build, and the certainty, after GRADE."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from docutils.parsers.rst import directives

from carta.evidence import UnknownRecordError
from carta.site.build import PREPARE
from carta.site.directives.listing import Listing
from carta.site.directives.table import Cell, table
from carta.site.domain import asking
from carta.site.judgements import CONCERNS, LEVELS, STEPS
from carta.site.project import project_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from carta.synthesis.certainty import Comparison, Frequency, SummaryRow

_JOIN = "\u00a0"
_HEADS = ("Outcome", "Evidence", f"Effect, with 95{_JOIN}% interval", "Certainty", "What it means")
_REASONS = ("Outcome", "Judgement", "Level", "Why")


class SummaryOfFindings(Listing):
    """One row an outcome. The argument is the caption.

    Options: ``outcomes`` names records under ``evidence/certainty`` between commas (without it: all), and
    ``reasons`` adds a table of every judgement that was made.
    """

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = {"outcomes": directives.unchanged_required, "reasons": directives.flag}  # noqa: RUF012

    def run(self) -> list[nodes.Node]:
        """Return the table, its key, and the reasons where they are wanted."""
        # Here, so that a page without such a table does not wait for the numerical libraries.
        from carta.synthesis.certainty import summary_of_findings

        names = [name.strip() for name in self.options.get("outcomes", "").split(",") if name.strip()]
        try:
            with asking(self.env) as project:
                rows = summary_of_findings(project.evidence, names or None)
        except UnknownRecordError as error:
            return self.fail(str(error))
        if not rows:
            return self.fail("There is no record of certainty: add one under evidence/certainty.")
        caption = self.arguments[0] if self.arguments else "Summary of findings"
        made = table(caption, _HEADS, [self._row(row) for row in rows])
        made["classes"].append("carta-findings")
        result: list[nodes.Node] = [made, _key()]
        if "reasons" in self.options:
            result.append(table(f"{caption}: reasons", _REASONS, _reasons(rows)))
        return result

    def _row(self, row: SummaryRow) -> list[Cell]:
        level = LEVELS[row.certainty.level]
        why = "; ".join(f"{label.lower()} {STEPS[held.concern]}" for label, held in row.lowered)
        certainty: list[nodes.Node] = [
            nodes.inline("", level.sign, classes=["carta-level"]),
            nodes.Text(f" {level.words}"),
        ]
        if why:
            certainty.append(nodes.inline("", f": {why}", classes=["carta-why"]))
        return [row.certainty.question, _evidence(row), _effect(row), certainty, row.certainty.plain]


def _evidence(row: SummaryRow) -> str:
    if row.frequency is not None:
        held = row.frequency
        groups = "1 group" if held.cohorts == 1 else f"{held.cohorts} groups"
        return f"{held.patients} patients in {groups}; no comparison"
    if row.comparisons:
        sets = "; ".join(
            f"{each.active[1] + each.control[1]} patients ({each.label})" for each in row.comparisons
        )
        return f"1 randomised trial: {sets}"
    return "–"


def _effect(row: SummaryRow) -> str:
    if row.frequency is not None:
        return _frequency(row.frequency)
    if row.comparisons:
        return "; ".join(_comparison(each) for each in row.comparisons)
    return row.refused or "–"


def _frequency(held: Frequency) -> str:
    text = f"{held.events} of {held.patients}; "
    if held.pooled is None:
        return text + "the groups do not determine a pooled share"
    estimate, low, high = held.pooled
    text += f"pooled {_percent(estimate)} ({_percent(low, unit=False)} to {_percent(high)})"
    if held.prediction is not None:
        low, high = held.prediction
        text += f"; a new group: {_percent(low, unit=False)} to {_percent(high)}"
    return text


def _comparison(each: Comparison) -> str:
    (some, all_), (few, most) = each.active, each.control
    return (
        f"{each.label}: {some} of {all_} against {few} of {most}, a difference of "
        f"{_points(each.estimate)} ({_points(each.low, unit=False)} to {_points(each.high)})"
    )


def _percent(share: float, *, unit: bool = True) -> str:
    # One digit where a whole number would hide that it is not nought or all.
    digits = 1 if 0 < share < 0.1 or 0.99 < share < 1 else 0
    return f"{100 * share:.{digits}f}" + (f"{_JOIN}%" if unit else "")


def _points(share: float, *, unit: bool = True) -> str:
    number = f"{100 * share:.0f}".replace("-", "−")
    return number + (" percentage points" if unit else "")


def _reasons(rows: list[SummaryRow]) -> list[list[Cell]]:
    from carta.evidence.appraisals import LOWERING, RAISING, Certainty

    fields = Certainty.model_fields
    result: list[list[Cell]] = []
    for row in rows:
        held = row.certainty
        question = held.question
        start = "high" if held.start == "high" else "low"
        result.append([question, "Start", start, held.start_reason])
        for name in LOWERING:
            lowered = getattr(held, name)
            result.append(["", fields[name].description or name, CONCERNS[lowered.concern], lowered.reason])
        for name in RAISING:
            raised = getattr(held, name)
            levels = f"raised, +{raised.levels}" if raised.levels else "not raised"
            result.append(["", fields[name].description or name, levels, raised.reason])
        level = LEVELS[held.level]
        result.append(["", "Certainty", f"{level.sign} {level.words}", held.plain])
    return result


def _key() -> nodes.paragraph:
    words = "; ".join(f"{level.sign} {level.words}" for level in LEVELS.values())
    return nodes.paragraph(
        "",
        f"Certainty after GRADE: {words}; what lowers it is named with the number of levels. The effects were "
        "computed when this page was made, from groups of patients that share nobody. “A new group” is the "
        "prediction interval: where the share in a further group would lie.",
        classes=["carta-legend"],
    )


def _prepare(app: Sphinx) -> None:
    """Read the bibliography, from which groups of patients have their labels."""
    from carta.synthesis.publication import publications

    publications(project_of(app).evidence)


def setup(app: Sphinx) -> None:
    """Register the directive."""
    app.add_directive("summary-of-findings", SummaryOfFindings)
    app.connect(PREPARE, _prepare)
