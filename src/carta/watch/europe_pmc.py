"""Europe PMC, its RESTful search: pages by cursor, with the notices that it links to a work."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date
from typing import Any

from carta.bibliography.identifiers import normalise_doi, normalise_pmcid
from carta.evidence.records import NoticeKind
from carta.watch.answers import Answer, NoticeFound, Paper, ShapeError, batches, objects, one_line, take
from carta.watch.client import Client, SourceError

_PAGE = 1000
_NAMES = 25

_KINDS: dict[str, NoticeKind] = {
    "retraction in": "retraction",
    "erratum in": "correction",
    "corrected and republished in": "correction",
    "expression of concern in": "expression-of-concern",
}


def search_europe_pmc(client: Client, query: str, since: date | None, until: date) -> Answer[Paper]:
    """Return the works that match and were first indexed between two days, both included."""
    if since is not None:
        query = f"({query}) AND (FIRST_IDATE:[{since.isoformat()} TO {until.isoformat()}])"
    answer: Answer[Paper] = Answer()
    _read_pages(client, query, answer, [])
    return answer


def notices_by_doi(client: Client, dois: Iterable[str]) -> tuple[Answer[Paper], list[NoticeFound]]:
    """Return the works of these DOIs, and the notices that Europe PMC links to them."""
    answer: Answer[Paper] = Answer()
    notices: list[NoticeFound] = []
    for batch in batches(sorted(dois), _NAMES):
        _read_pages(client, " OR ".join(f'DOI:"{doi}"' for doi in batch), answer, notices)
    return answer, notices


def _read_pages(client: Client, query: str, answer: Answer[Paper], notices: list[NoticeFound]) -> None:
    parameters = {"query": query, "format": "json", "resultType": "core", "pageSize": str(_PAGE)}
    cursor, cursors = "*", {"*"}
    seen: set[str] = set()
    total: int | None = None
    while True:
        try:
            page = client.json("europe-pmc", "/search", {**parameters, "cursorMark": cursor})
            if message := take(page, "errMsg", str):
                raise SourceError(f"Europe PMC says: {message}")
            total = take(page, "hitCount", int) if total is None else total
            results = objects(page, "resultList.result")
            following = take(page, "nextCursorMark", str)
        except (SourceError, ShapeError) as error:
            answer.problem(
                f"{len(seen)} of {'an unknown number of' if total is None else total} works read, then: {error}"
            )
            return
        for result in results:
            _read_one(result, answer, notices, seen)
        if (
            not results
            or following is None
            or following == cursor
            or (total is not None and len(seen) >= total)
        ):
            break
        if following in cursors:
            answer.problem(f"Europe PMC gave one page twice; {len(seen)} of {total} works read")
            return
        cursors.add(following)
        cursor = following
    if total is not None and len(seen) < total:
        answer.problem(f"Europe PMC announced {total} works and gave {len(seen)}")


def _read_one(
    result: dict[str, Any], answer: Answer[Paper], notices: list[NoticeFound], seen: set[str]
) -> None:
    try:
        name = f"{take(result, 'source', str)}:{take(result, 'id', str)}"
        if name in seen:
            return
        paper = _paper(result)
        found = _notices(result, paper)
    except ShapeError as error:
        answer.problem(f"the work {result.get('id')} was not read: {error}")
        return
    seen.add(name)
    if not paper.title:
        answer.problem(f"the work {name} has no title and was not read")
        return
    answer.items.append(paper)
    notices.extend(found)


def _paper(result: dict[str, Any]) -> Paper:
    doi, pmcid = take(result, "doi", str), take(result, "pmcid", str)
    year = take(result, "pubYear", str)
    names = [take(result, f"journalInfo.journal.{name}", str) for name in ("title", "isoabbreviation")]
    online = take(result, "electronicPublicationDate", str) or take(result, "firstPublicationDate", str) or ""
    years = [text for text in (year, online[:4]) if text and text.isdigit()]
    return Paper(
        "europe-pmc",
        one_line(take(result, "title", str)).rstrip("."),
        doi=normalise_doi(doi) if doi else None,
        pmid=take(result, "pmid", str),
        pmcid=normalise_pmcid(pmcid) if pmcid else None,
        abstract=one_line(take(result, "abstractText", str)),
        journals=tuple(name for name in names if name),
        years=tuple(dict.fromkeys(int(text) for text in years)),
        volume=take(result, "journalInfo.volume", str),
        pages=take(result, "pageInfo", str),
    )


def _notices(result: dict[str, Any], paper: Paper) -> list[NoticeFound]:
    found = []
    for link in objects(result, "commentCorrectionList.commentCorrection"):
        kind = _KINDS.get((take(link, "type", str) or "").lower())
        if kind is not None:
            pmid = take(link, "id", str) if take(link, "source", str) == "MED" else None
            found.append(NoticeFound("europe-pmc", kind, of_doi=paper.doi, of_pmid=paper.pmid, pmid=pmid))
    return found
