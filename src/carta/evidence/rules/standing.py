"""How a value is known: its status fits what was read, and no source confirms itself by a detour."""

from __future__ import annotations

import re
from collections.abc import Iterator

from carta.evidence.rules.rule import Context, rule
from carta.findings import Finding

#: Kinds of reading in which a value of the source itself can be seen.
_PRIMARY = frozenset({"fulltext", "abstract", "label", "registry"})

#: Locators that name another document than the source.
_ELSEWHERE = re.compile(
    r"\b(?:news|press|digest|citing|cited in|blog|company release|trade|re-implementation|third-party|commentary|essay|"
    r"secondary report|journal club)\b",
    re.I,
)


@rule("status-fits-access")
def status_fits_what_was_read(context: Context) -> Iterator[Finding]:
    """``read`` needs a source that was read itself, and a place in that source."""
    for key, identifier, study, fact in context.facts():
        if fact.status != "read":
            continue
        place = ("facts", identifier, "status")
        if study.access not in _PRIMARY:
            yield context.finding(
                "status-fits-access",
                ("study", key),
                place,
                f"{key}:{identifier} is marked as read, but of {key} only "
                f"{'a report about it' if study.access == 'news' else 'nothing'} was read.",
                "Mark it second-hand, or read the source and set access.",
            )
        elif match := _ELSEWHERE.search(fact.locator):
            yield context.finding(
                "status-fits-access",
                ("study", key),
                place,
                f"{key}:{identifier} is marked as read, but its locator names another document "
                f"({match.group(0)}).",
                "Mark it second-hand, or give its place in the source.",
            )
    for key, study in context.records.studies.items():
        for identifier, patient in study.patients.items():
            if patient.status == "read" and study.access not in _PRIMARY:
                yield context.finding(
                    "status-fits-access",
                    ("study", key),
                    ("patients", identifier, "status"),
                    f"{key}:{identifier} is marked as read, but the source itself was not read.",
                    "Mark the patient second-hand.",
                )


@rule("circular")
def circular_sources(context: Context) -> Iterator[Finding]:
    """Sources that repeat each other say so on both sides, count as second-hand, and prove no claim."""
    for key, study in context.records.studies.items():
        for other in study.circular:
            if other not in context.known_keys or other == key:
                yield context.finding(
                    "circular",
                    ("study", key),
                    ("circular",),
                    f"{key} names {other!r} as circular: no such other study.",
                    "Correct the key.",
                )
            elif key not in context.records.studies[other].circular:
                yield context.finding(
                    "circular",
                    ("study", other),
                    ("circular",),
                    f"{key} and {other} repeat each other, but {other} does not name {key}.",
                    f"Add {key} to circular of {other}.",
                )
        if not study.circular:
            continue
        for identifier, fact in study.facts.items():
            if fact.status == "read" and study.design not in {"news"}:
                yield context.finding(
                    "circular",
                    ("study", key),
                    ("facts", identifier, "status"),
                    f"{key}:{identifier} is marked as read, but {key} is known through "
                    f"{', '.join(study.circular)} only.",
                    "Mark it second-hand until the source itself was read.",
                )
    for name, file in context.records.claim_files.items():
        for identifier, claim in file.claims.items():
            place = ("claims", identifier, "sources")
            if file.audited in claim.sources and claim.verdict == "supported" and len(claim.sources) == 1:
                yield context.finding(
                    "circular",
                    ("claims", name),
                    place,
                    f"The claim {identifier} is called supported by the audited text itself.",
                    "Name an independent source, or change the verdict.",
                )
            elif (
                claim.verdict == "supported"
                and claim.confidence == "high"
                and claim.sources
                and all(
                    key in context.known_keys and file.audited in context.records.studies[key].circular
                    for key in claim.sources
                )
            ):
                yield context.finding(
                    "circular",
                    ("claims", name),
                    place,
                    f"The claim {identifier} is supported with high confidence only by what the audited "
                    "text repeats.",
                    "Name an independent source, or lower the confidence.",
                )
