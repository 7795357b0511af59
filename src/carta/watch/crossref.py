"""Crossref: the metadata that publishers deposited, and the updates (corrections, retractions) of a work."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from carta.bibliography.identifiers import normalise_doi
from carta.evidence.records import NoticeKind
from carta.watch.answers import (
    Answer,
    NoticeFound,
    Paper,
    ShapeError,
    batches,
    objects,
    one_line,
    take,
    texts,
)
from carta.watch.client import Client, SourceError

#: DOIs in one request: filters of one name are joined by "or".
_NAMES = 20
_ROWS = 100

_KINDS: dict[str, NoticeKind] = {
    "retraction": "retraction",
    "partial_retraction": "retraction",
    "removal": "retraction",
    "withdrawal": "retraction",
    "correction": "correction",
    "corrigendum": "correction",
    "erratum": "correction",
    "addendum": "correction",
    "expression_of_concern": "expression-of-concern",
}


def works_by_doi(client: Client, dois: Iterable[str]) -> tuple[Answer[Paper], list[NoticeFound]]:
    """Return the works of these DOIs as deposited, and the notices on them.

    A notice is known from the work (``updated-by``) or from the notice itself (``update-to``); both are asked for.
    """
    answer: Answer[Paper] = Answer()
    notices: list[NoticeFound] = []
    # A comma parts filters, and cannot be escaped.
    wanted = sorted(dois)
    usable = [doi for doi in wanted if "," not in doi]
    if usable != wanted:
        answer.problem(f"not asked, for a comma in the DOI: {', '.join(sorted(set(wanted) - set(usable)))}")
    for batch in batches(usable, _NAMES):
        for work in _works(client, "doi", batch, answer):
            try:
                paper = _paper(work)
                if paper.doi in batch:
                    answer.items.append(paper)
                for update in objects(work, "updated-by"):
                    notices.extend(_notice(update, of=paper.doi, by=take(update, "DOI", str)))
            except ShapeError as error:
                answer.problem(f"the work {work.get('DOI')} was not read: {error}")
        for work in _works(client, "updates", batch, answer):
            try:
                for update in objects(work, "update-to"):
                    of = normalise_doi(take(update, "DOI", str) or "")
                    if of in batch:
                        notices.extend(_notice(update, of=of, by=take(work, "DOI", str)))
            except ShapeError as error:
                answer.problem(f"the notice {work.get('DOI')} was not read: {error}")
    return answer, notices


def _works(client: Client, name: str, dois: list[str], answer: Answer[Paper]) -> list[dict[str, Any]]:
    works: list[dict[str, Any]] = []
    cursor = "*"
    while True:
        parameters = {
            "filter": ",".join(f"{name}:{doi}" for doi in dois),
            "rows": str(_ROWS),
            "cursor": cursor,
        }
        try:
            page = client.json("crossref", "/works", parameters)
            total = take(page, "message.total-results", int)
            listed = objects(page, "message.items")
            following = take(page, "message.next-cursor", str)
        except (SourceError, ShapeError) as error:
            answer.problem(f"{len(dois)} DOIs not asked for {_WHAT[name]}: {error}")
            return works
        works.extend(listed)
        if not listed or total is None or len(works) >= total or following is None or following == cursor:
            break
        cursor = following
    if total is not None and len(works) < total:
        answer.problem(f"Crossref announced {total} records and gave {len(works)}")
    return works


_WHAT = {"doi": "metadata", "updates": "corrections and retractions"}


def _notice(update: dict[str, Any], *, of: str | None, by: str | None) -> list[NoticeFound]:
    kind = _KINDS.get((take(update, "type", str) or "").lower().replace("-", "_").replace(" ", "_"))
    if kind is None or of is None or by is None:
        return []
    return [NoticeFound("crossref", kind, of_doi=of, date=_day(update, "updated"), doi=normalise_doi(by))]


def _parts(work: dict[str, Any], name: str) -> list[int]:
    nested = take(work, f"{name}.date-parts", list) or []
    parts = nested[0] if nested and isinstance(nested[0], list) else []
    return [part for part in parts if isinstance(part, int)]


def _day(work: dict[str, Any], name: str) -> str | None:
    parts = _parts(work, name)
    return "-".join(f"{part:0{4 if number == 0 else 2}d}" for number, part in enumerate(parts[:3])) or None


def _paper(work: dict[str, Any]) -> Paper:
    years = [parts[0] for name in _DATES if (parts := _parts(work, name))]
    return Paper(
        "crossref",
        one_line(" ".join(texts(work, "title")[:1])).rstrip("."),
        doi=normalise_doi(take(work, "DOI", str) or "") or None,
        journals=tuple(
            map(one_line, (*texts(work, "container-title"), *texts(work, "short-container-title")))
        ),
        years=tuple(dict.fromkeys(years)),
        volume=take(work, "volume", str),
        pages=take(work, "page", str) or take(work, "article-number", str),
    )


_DATES = ("issued", "published-print", "published-online", "published")
