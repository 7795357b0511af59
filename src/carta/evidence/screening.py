"""What the recorded searches found and what became of it, counted as the PRISMA 2020 statement asks.

The numbers of the first collection were not kept, and are not made up: it appears as what it left in the base.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from carta.evidence.base import Evidence

#: Names of the sources as readers know them.
SOURCE_NAMES = {
    "clinicaltrials": "ClinicalTrials.gov",
    "pubmed": "PubMed",
    "europe-pmc": "Europe PMC",
    "crossref": "Crossref",
}


@dataclass(frozen=True)
class ScreeningFlow:
    """Counts of records, reports and studies over all recorded searches."""

    #: Sources and registered trials of the first collection; how many were looked at for them is not known.
    first_studies: int
    first_trials: int
    #: Recorded searches.
    rounds: int
    #: Records by source.
    found: dict[str, int]
    duplicates: int
    known: int
    #: Registered trials that a rule took into the base without a person's decision.
    added_trials: int
    #: Records that a person screens, or has screened.
    screened: int
    undecided: int
    #: Excluded on title and abstract, by reason.
    excluded_early: dict[str, int]
    not_retrieved: int
    #: Excluded on the report, by reason.
    excluded_late: dict[str, int]
    #: Included works, and included trials.
    included_studies: int
    included_trials: int

    @property
    def sought(self) -> int:
        """Reports that were wanted: included, excluded on the report, or not to be had."""
        return (
            self.included_studies
            + self.included_trials
            + sum(self.excluded_late.values())
            + self.not_retrieved
        )

    @property
    def assessed(self) -> int:
        """Reports that were had and read."""
        return self.sought - self.not_retrieved


def screening_flow(evidence: Evidence) -> ScreeningFlow:
    """Count over all recorded searches."""
    rounds = evidence.screening()
    papers = [paper for search in rounds.values() for paper in search.papers.values()]
    found: Counter[str] = Counter()
    for search in rounds.values():
        found.update(search.found)
    excluded = [paper for paper in papers if paper.decision == "excluded"]
    included = [paper for paper in papers if paper.decision == "included"]
    studies = {paper.study for paper in included if paper.study is not None}
    trials = {paper.nct for paper in included if paper.study is None and paper.nct is not None}
    added = sum(search.added for search in rounds.values())
    return ScreeningFlow(
        first_studies=len(set(evidence.keys()) - studies),
        first_trials=len(set(evidence.trials()) - trials) - added,
        rounds=len(rounds),
        found=dict(found),
        duplicates=sum(search.duplicates for search in rounds.values()),
        known=sum(search.known for search in rounds.values()),
        added_trials=added,
        screened=len(papers),
        undecided=sum(paper.decision == "undecided" for paper in papers),
        excluded_early=_reasons(paper.reason for paper in excluded if paper.stage == "title-abstract"),
        not_retrieved=sum(paper.stage == "not-retrieved" for paper in excluded),
        excluded_late=_reasons(paper.reason for paper in excluded if paper.stage == "full-text"),
        included_studies=sum(paper.study is not None for paper in included),
        included_trials=len(trials),
    )


def _reasons(reasons: Iterable[str | None]) -> dict[str, int]:
    # The record makes sure that whatever is excluded has a reason.
    counted = Counter(reason for reason in reasons if reason is not None)
    return dict(sorted(counted.items(), key=lambda item: (-item[1], item[0])))
