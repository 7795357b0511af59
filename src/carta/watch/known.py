"""What the base knows already: works by every name they have, and trials."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from carta.bibliography.entries import BibEntry
from carta.bibliography.identifiers import normalise_doi, normalise_pmcid, normalise_pmid
from carta.bibliography.reading import load_bibliography
from carta.bibliography.titles import is_description, normalise_title, tells_the_work
from carta.evidence.loading import EvidenceError, Records, read_base
from carta.watch.answers import Paper


@dataclass(frozen=True)
class Known:
    """The base and the bibliography, as the watch compares with them."""

    root: Path
    records: Records
    bibliography: Mapping[str, BibEntry]
    #: Every name of every work of ours, and of every work screened before.
    names: frozenset[str]
    #: Normalised DOI to key.
    by_doi: Mapping[str, str]
    #: PMID to key.
    by_pmid: Mapping[str, str]


def read_known(root: Path) -> Known:
    """Read the project.

    Raises:
        carta.evidence.EvidenceError: when a record is unsound.
        carta.bibliography.entries.BibliographyError: when ``references.bib`` is.
    """
    reading = read_base(root)
    if reading.findings:
        raise EvidenceError(reading.findings)
    bibliography = load_bibliography(root / "references.bib")
    names: set[str] = set()
    by_doi: dict[str, str] = {}
    by_pmid: dict[str, str] = {}
    for key, entry in bibliography.items():
        doi, pmid, pmcid = (entry.fields.get(name) for name in ("doi", "pmid", "pmcid"))
        if doi:
            by_doi[normalise_doi(doi)] = key
        if pmid:
            by_pmid[normalise_pmid(pmid)] = key
        names.update(
            names_of(
                normalise_doi(doi) if doi else None,
                normalise_pmid(pmid) if pmid else None,
                normalise_pmcid(pmcid) if pmcid else None,
                entry.fields.get("title", ""),
            )
        )
    for notices in reading.records.notices.values():
        for notice in notices:
            names.update(names_of(notice.doi, notice.pmid, None, ""))
    for search in reading.records.screening.values():
        for paper in search.papers.values():
            names.update(names_of(paper.doi, paper.pmid, paper.pmcid, paper.title))
            if paper.nct:
                names.add(f"nct:{paper.nct}")
    return Known(root, reading.records, bibliography, frozenset(names), by_doi, by_pmid)


def names_of(doi: str | None, pmid: str | None, pmcid: str | None, title: str) -> Iterator[str]:
    """Yield every name under which a work may be met again; a title only where it tells the work."""
    for scheme, value in (("doi", doi), ("pmid", pmid), ("pmcid", pmcid)):
        if value:
            yield f"{scheme}:{value}"
    normal = normalise_title(title)
    if tells_the_work(normal) and not is_description(title):
        yield f"title:{normal}"


@dataclass(frozen=True)
class Sorted:
    """What a search found, each work once."""

    #: New works, each with the sources that gave it.
    new: list[tuple[Paper, list[str]]]
    #: Records of a work that another record named already.
    duplicates: int
    #: Works that the base holds or that were screened before.
    known: int


def sort_papers(papers: Iterable[Paper], known: frozenset[str]) -> Sorted:
    """Join the records of one work, and part what is known from what is new.

    Two records are one work when any name is the same: DOI, PMID, PMCID, or a title that is long enough.
    """
    held = list(papers)
    names = [list(names_of(paper.doi, paper.pmid, paper.pmcid, paper.title)) for paper in held]
    # Union-find over shared names: A and C are one work when each shares a name with B.
    parent = list(range(len(held)))

    def root(number: int) -> int:
        while parent[number] != number:
            parent[number] = parent[parent[number]]
            number = parent[number]
        return number

    first: dict[str, int] = {}
    for number, own in enumerate(names):
        for name in own:
            other = first.setdefault(name, number)
            low, high = sorted((root(other), root(number)))
            parent[high] = low
    groups: dict[int, list[int]] = {}
    for number in range(len(held)):
        groups.setdefault(root(number), []).append(number)
    new, old = [], 0
    for members in groups.values():
        if any(name in known for number in members for name in names[number]):
            old += 1
            continue
        best = _joined([held[number] for number in members])
        new.append((best, list(dict.fromkeys(held[number].source for number in members))))
    return Sorted([(paper, list(sources)) for paper, sources in new], len(held) - len(groups), old)


def _joined(records: list[Paper]) -> Paper:
    """Return the first record with what the others know and it does not."""
    best = records[0]
    for name in ("doi", "pmid", "pmcid", "abstract", "journals", "years"):
        if not getattr(best, name):
            value = next((getattr(record, name) for record in records if getattr(record, name)), None)
            if value:
                best = replace(best, **{name: value})
    return best
