"""Judgements: every study that may be pooled has one, each belongs to something, and none is older than its facts."""

from __future__ import annotations

from collections.abc import Iterator

from carta.evidence.pooling import may_be_pooled
from carta.evidence.rules.rule import Context, rule
from carta.findings import Finding


@rule("appraisal-missing")
def pooled_studies_are_appraised(context: Context) -> Iterator[Finding]:
    """A report that may be pooled has its risk of bias judged."""
    for key, study in context.records.studies.items():
        if key in context.records.appraisals or not may_be_pooled(study):
            continue
        tagged = next((name for name, fact in study.facts.items() if fact.outcome is not None), None)
        if tagged is not None:
            yield context.finding(
                "appraisal-missing",
                ("study", key),
                ("facts", tagged, "outcome"),
                f"{key}:{tagged} may be pooled, but the risk of bias of {key} was not judged.",
                f"Add evidence/appraisals/{key}.yaml; where nothing could be read, the answers are unclear.",
            )


@rule("appraisal-study")
def appraisals_belong_to_studies(context: Context) -> Iterator[Finding]:
    """An appraisal is of a study, by an instrument that fits its design, and of counts that exist."""
    studies = context.records.studies
    for key, appraisal in context.records.appraisals.items():
        record = ("appraisal", key)
        if key not in studies:
            yield context.finding(
                "appraisal-study", record, (), f"There is no study {key!r}.", "Name the file after the study."
            )
            continue
        if appraisal.instrument == "rob-2" and studies[key].design != "rct":
            yield context.finding(
                "appraisal-study",
                record,
                ("instrument",),
                f"rob-2 is for randomised trials, but {key} is a {studies[key].design}.",
                "Use jbi-case-series, or correct the design of the study.",
            )
        for name, analysis in appraisal.analyses.items():
            for side in ("active", "control"):
                fact_name: str = getattr(analysis, side)
                source, _, identifier = fact_name.partition(":")
                fact = studies[source].facts.get(identifier) if source in studies else None
                if fact is None or fact.events is None:
                    yield context.finding(
                        "appraisal-study",
                        record,
                        ("analyses", name, side),
                        f"{fact_name} is no fact with a count of patients.",
                        "Name a fact (key:id) that has events and n.",
                    )


@rule("certainty-words")
def certainties_name_what_exists(context: Context) -> Iterator[Finding]:
    """A certainty is of an outcome and diseases of the vocabulary, and of a trial that was appraised for it."""
    words = context.records.vocabulary
    for name, certainty in context.records.certainties.items():
        record = ("certainty", name)
        if certainty.outcome not in words.outcomes:
            yield context.finding(
                "certainty-words",
                record,
                ("outcome",),
                f"{certainty.outcome!r} is no outcome of the vocabulary.",
                "Correct the spelling, or add the outcome with its definition.",
            )
        for disease in certainty.diseases:
            if disease not in words.diseases:
                yield context.finding(
                    "certainty-words",
                    record,
                    ("diseases",),
                    f"{disease!r} is no disease of the vocabulary.",
                    "Correct the spelling, or add the disease with its definition.",
                )
        if certainty.trial is not None:
            appraisal = context.records.appraisals.get(certainty.trial)
            if appraisal is None or appraisal.outcome != certainty.outcome:
                yield context.finding(
                    "certainty-words",
                    record,
                    ("trial",),
                    f"{certainty.trial} has no rob-2 appraisal for {certainty.outcome}.",
                    f"Add one as evidence/appraisals/{certainty.trial}.yaml, or name another trial.",
                )


@rule("certainty-current")
def certainties_are_not_older_than_facts(context: Context) -> Iterator[Finding]:
    """A count that was read after the certainty was judged asks for a new judgement."""
    for name, certainty in context.records.certainties.items():
        newer = [
            f"{key}:{identifier}"
            for key, identifier, study, fact in context.facts()
            if fact.outcome == certainty.outcome and may_be_pooled(study) and fact.checked > certainty.judged
        ]
        if newer:
            yield context.finding(
                "certainty-current",
                ("certainty", name),
                ("judged",),
                f"The certainty of {certainty.outcome} was judged before {', '.join(newer)} was read.",
                "Judge it again with the new counts, and give the new date.",
                "warning",
            )
