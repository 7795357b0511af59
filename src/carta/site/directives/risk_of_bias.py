"""``{risk-of-bias}``: the judgements on many studies in one table, and ``{appraisal}``: those on one, with reasons."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from docutils.parsers.rst import directives

from carta.evidence import UnknownRecordError
from carta.evidence.appraisals import CaseSeriesItems, TrialDomains
from carta.site.directives.listing import Listing
from carta.site.directives.table import Cell, table
from carta.site.domain import asking
from carta.site.judgements import ANSWERS, RISKS, judgement, judgement_groups, legend

if TYPE_CHECKING:
    from sphinx.application import Sphinx

    from carta.evidence.appraisals import Appraisal
    from carta.site.project import Project


class RiskOfBias(Listing):
    """One row a study (of RoB 2: a set of its patients), one column an item.

    Options: ``outcome`` shows the studies that count it, ``studies`` those named (keys between commas), and
    ``instrument`` chooses ``jbi-case-series`` (the default) or ``rob-2``. The argument is the caption.
    """

    optional_arguments = 1
    final_argument_whitespace = True
    option_spec = dict.fromkeys(("outcome", "studies", "instrument"), directives.unchanged_required)

    def run(self) -> list[nodes.Node]:
        """Return the table, what its columns are, and what the signs mean."""
        instrument = self.options.get("instrument", "jbi-case-series")
        if instrument not in ("jbi-case-series", "rob-2"):
            return self.fail(f"There is no instrument {instrument!r}: use jbi-case-series or rob-2.")
        try:
            with asking(self.env) as project:
                chosen = {
                    key: appraisal
                    for key, appraisal in self._chosen(project).items()
                    if appraisal.instrument == instrument
                }
                if not chosen:
                    return self.fail("No appraisal matches: see the studies, the outcome and the instrument.")
                if instrument == "rob-2":
                    return self._trials(project, chosen)
                return self._series(project, chosen)
        except UnknownRecordError as error:
            return self.fail(str(error))

    def _chosen(self, project: Project) -> dict[str, Appraisal]:
        evidence = project.evidence
        if "studies" in self.options:
            keys = [key.strip() for key in self.options["studies"].split(",") if key.strip()]
            return {key: evidence.appraisal(key) for key in keys}
        if "outcome" not in self.options:
            return evidence.appraisals()
        outcome = self.options["outcome"]
        known = evidence.vocabulary().outcomes
        if outcome not in known:
            raise UnknownRecordError("outcome", outcome, known)
        counting = {bound.study for bound in evidence.facts(outcome=outcome)}
        return {key: held for key, held in evidence.appraisals().items() if key in counting}

    def _series(self, project: Project, chosen: dict[str, Appraisal]) -> list[nodes.Node]:
        fields = CaseSeriesItems.model_fields
        rows: list[list[Cell]] = []
        for key, appraisal in chosen.items():
            answers = [getattr(appraisal.items, name).answer for name in fields]
            rows.append(
                [
                    self._study(project, key, chosen),
                    *(judgement(ANSWERS[answer], answer, words=False) for answer in answers),
                    project.evidence.study_outline(key).access,
                ]
            )
        caption = self.arguments[0] if self.arguments else f"Risk of bias of {len(rows)} uncontrolled reports"
        heads = ["Study", *(str(position) for position in range(1, len(fields) + 1)), "What was read"]
        return [
            _judged(table(caption, heads, rows)),
            legend(ANSWERS),
            _numbered([field.description or name for name, field in fields.items()]),
        ]

    def _trials(self, project: Project, chosen: dict[str, Appraisal]) -> list[nodes.Node]:
        fields = TrialDomains.model_fields
        rows: list[list[Cell]] = []
        for key, appraisal in chosen.items():
            for analysis in appraisal.analyses.values():
                risks = [getattr(analysis.domains, name).risk for name in fields]
                rows.append(
                    [
                        self._study(project, key, chosen),
                        analysis.label,
                        *(judgement(RISKS[risk], risk, words=False) for risk in risks),
                        judgement(RISKS[analysis.overall.risk], analysis.overall.risk),
                    ]
                )
        caption = self.arguments[0] if self.arguments else "Risk of bias of the randomised comparison"
        heads = ["Study", "Patients analysed", *(str(n) for n in range(1, len(fields) + 1)), "Overall"]
        return [
            _judged(table(caption, heads, rows)),
            legend(RISKS),
            _numbered([field.description or name for name, field in fields.items()]),
        ]

    def _study(self, project: Project, key: str, chosen: dict[str, Appraisal]) -> list[nodes.Node]:
        short = project.source(key).label
        # Several works of one name and year are told apart by what was given.
        product = project.evidence.study_outline(key).product
        if product and product.name and [project.source(other).label for other in chosen].count(short) > 1:
            short = f"{short} ({product.name})"
        return [self.reference("study", key, short)]


class AppraisalTable(Listing):
    """All judgements on one study with their reasons. The argument is its key."""

    required_arguments = 1

    def run(self) -> list[nodes.Node]:
        """Return one table for each instrument and set of patients."""
        key = self.arguments[0]
        try:
            with asking(self.env) as project:
                appraisal = project.evidence.appraisal(key)
                study = project.source(key).label
        except UnknownRecordError as error:
            return self.fail(str(error))
        result: list[nodes.Node] = []
        for group in judgement_groups(appraisal):
            rows: list[list[Cell]] = [
                [row.question, f"{row.judgement.sign} {row.judgement.words}", row.reason]
                for row in group.rows
            ]
            result.append(table(f"{study}: {group.title}", ("Item", "Judgement", "Why"), rows))
        reference = self.reference("study", key, study)
        result.append(nodes.paragraph("", "", nodes.Text("Judged on: "), nodes.Text(appraisal.read + " See "), reference, nodes.Text(".")))  # fmt: skip
        return result


def _judged(made: nodes.table) -> nodes.table:
    made["classes"].append("carta-judgements")
    return made


def _numbered(labels: list[str]) -> nodes.enumerated_list:
    """Return what the numbered columns stand for."""
    result = nodes.enumerated_list("", enumtype="arabic", prefix="", suffix=".", classes=["carta-legend"])
    result.extend(nodes.list_item("", nodes.paragraph("", label + ".")) for label in labels)
    return result


def setup(app: Sphinx) -> None:
    """Register the directives."""
    app.add_directive("risk-of-bias", RiskOfBias)
    app.add_directive("appraisal", AppraisalTable)
