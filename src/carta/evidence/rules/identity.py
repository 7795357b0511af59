"""One record for each work, known to the bibliography; every name that a record uses exists."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from carta.evidence.records import OWN, REGISTRY
from carta.evidence.rules.rule import Context, rule
from carta.findings import Finding


@rule("bibliography-entry")
def study_and_bibliography_agree(context: Context) -> Iterator[Finding]:
    """A study has an entry in ``references.bib``, and an entry has a study."""
    if context.bibliography is None:
        return
    for key in sorted(context.known_keys - set(context.bibliography)):
        yield context.finding(
            "bibliography-entry",
            ("study", key),
            (),
            f"The study {key} has no entry in references.bib.",
            "Add an entry with this key, or rename the file after the entry's key.",
        )
    # An entry without a study is found by the bibliography's own check, which knows the entry's line.


@rule("one-record-for-each-work")
def one_record_for_each_work(context: Context) -> Iterator[Finding]:
    """A key given up in a merge is not used again; shared DOIs and titles are the bibliography's to find."""
    former: dict[str, str] = {}
    for key, study in context.records.studies.items():
        for alias in study.also_known_as:
            if alias in context.known_keys or alias in former:
                other = former.get(alias, alias)
                yield context.finding(
                    "one-record-for-each-work",
                    ("study", key),
                    ("also_known_as",),
                    f"{alias} is a former key of {key}, but belongs to {other} too.",
                    "Merge the two records and keep one key.",
                )
            former[alias] = key


@rule("nct")
def registration_numbers(context: Context) -> Iterator[Finding]:
    """A registration of a study that looks like one of ours is a trial of the base, or is known not to be."""
    for nct, trial in context.records.trials.items():
        if "nct" in trial.read_fields and "nct" in trial.unverified_fields:
            yield context.finding(
                "nct",
                ("trial", nct),
                ("unverified_fields",),
                f"{nct}: the number is named as read and as unverified.",
                "Keep the one that is true.",
            )
        unknown = (set(trial.read_fields) | set(trial.unverified_fields)) - {*type(trial).model_fields, "nct"}
        for name in sorted(unknown):
            yield context.finding(
                "nct",
                ("trial", nct),
                ("read_fields",),
                f"{nct}: there is no field {name}.",
                "Correct the name.",
            )


@rule("vocabulary")
def words_are_known(context: Context) -> Iterator[Finding]:
    """Diseases, targets, designs, outcomes, cohorts and kinds are words of the vocabulary."""
    words = context.records.vocabulary

    def unknown(
        record: tuple[str, str],
        place: tuple[str | int, ...],
        used: Iterable[str | None],
        known: Mapping[str, object],
    ) -> Iterator[Finding]:
        for word in used:
            if word is not None and word not in known:
                yield context.finding(
                    "vocabulary",
                    record,
                    place,
                    f"{word!r} is not in the vocabulary.",
                    "Correct the spelling, or add the word to evidence/vocabulary.yaml with a definition.",
                )

    for key, study in context.records.studies.items():
        record = ("study", key)
        yield from unknown(record, ("design",), [study.design], words.designs)
        yield from unknown(record, ("diseases",), study.diseases, words.diseases)
        yield from unknown(record, ("cohort",), [study.cohort], words.cohorts)
        if study.product is not None:
            yield from unknown(record, ("product", "targets"), study.product.targets, words.targets)
            yield from unknown(
                record, ("product", "cell_source"), [study.product.cell_source], words.cell_sources
            )
        for identifier, fact in study.facts.items():
            yield from unknown(record, ("facts", identifier, "outcome"), [fact.outcome], words.outcomes)
    for nct, trial in context.records.trials.items():
        record = ("trial", nct)
        yield from unknown(record, ("diseases",), trial.diseases, words.diseases)
        yield from unknown(record, ("targets",), trial.targets, words.targets)
        yield from unknown(record, ("cell_source",), [trial.cell_source], words.cell_sources)
    for name, file in context.records.claim_files.items():
        for identifier, claim in file.claims.items():
            yield from unknown(
                ("claims", name), ("claims", identifier, "kind"), [claim.kind], words.claim_kinds
            )


@rule("known-source")
def sources_exist(context: Context) -> Iterator[Finding]:
    """Claims, parameters, registry histories and notices name studies that exist."""
    known = context.known_keys

    def missing(
        record: tuple[str, str], place: tuple[str | int, ...], used: Iterable[str]
    ) -> Iterator[Finding]:
        for key in used:
            if key not in known:
                yield context.finding(
                    "known-source",
                    record,
                    place,
                    f"There is no study {key!r}.",
                    "Correct the key, or add the study.",
                )

    for name, claims in context.records.claim_files.items():
        yield from missing(("claims", name), ("audited",), [claims.audited])
        for identifier, claim in claims.claims.items():
            yield from missing(("claims", name), ("claims", identifier, "sources"), claim.sources)
    for model, file in context.records.parameters.items():
        for identifier, parameter in file.parameters.items():
            yield from missing(
                ("parameters", model), ("parameters", identifier, "sources"), parameter.sources
            )
    for nct, trial in context.records.trials.items():
        told = [change.source for change in trial.history if change.source not in (REGISTRY, OWN)]
        yield from missing(("trial", nct), ("history",), told)
    for name, search in context.records.screening.items():
        for identifier, paper in search.papers.items():
            if paper.study is not None:
                yield from missing(("screening", name), ("papers", identifier, "study"), [paper.study])
    for key in context.records.notices:
        if key not in known and (context.bibliography is None or key not in context.bibliography):
            yield from missing(("notices", "notices"), ("notices", key), [key])
