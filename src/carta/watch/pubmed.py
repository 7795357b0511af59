"""PubMed through the E-utilities: ESearch for numbers, EFetch for the works and the notices on them."""

from __future__ import annotations

import re
from collections.abc import Iterable
from datetime import date, timedelta
from xml.etree.ElementTree import Element

from carta.bibliography.identifiers import normalise_doi, normalise_pmcid
from carta.evidence.records import NoticeKind
from carta.watch.answers import Answer, NoticeFound, Paper, ShapeError, batches, one_line, take, texts
from carta.watch.client import Client, SourceError

#: ESearch gives no more than this many numbers of one question; longer ones are cut by date.
MOST = 9999
_PAGE = 1000
_FETCH = 200
#: PubMed's first entry date is earlier than any work on CAR T cells; the search needs a lower limit to halve.
_BEGINNING = date(1990, 1, 1)

_KINDS: dict[str, NoticeKind] = {
    "RetractionIn": "retraction",
    "PartialRetractionIn": "retraction",
    "ErratumIn": "correction",
    "CorrectedandRepublishedIn": "correction",
    "ExpressionOfConcernIn": "expression-of-concern",
}


def search_pubmed(client: Client, query: str, since: date | None, until: date) -> Answer[Paper]:
    """Return the works that match and entered PubMed between two days, both included."""
    answer: Answer[Paper] = Answer()
    numbers: list[str] = []
    _numbers(client, query, since or _BEGINNING, until, numbers, answer)
    papers, _ = _fetch(client, dict.fromkeys(numbers), answer)
    answer.items = papers
    return answer


def works_of(client: Client, pmids: Iterable[str]) -> tuple[Answer[Paper], list[NoticeFound]]:
    """Return the works of these numbers, and the notices that PubMed links to them."""
    answer: Answer[Paper] = Answer()
    answer.items, notices = _fetch(client, sorted(pmids), answer)
    return answer, notices


def _numbers(
    client: Client, query: str, first: date, last: date, numbers: list[str], answer: Answer[Paper]
) -> None:
    """Add the numbers of all matches; a span with too many is cut in two."""
    parameters = {
        "db": "pubmed",
        "term": query,
        "datetype": "edat",
        "mindate": first.strftime("%Y/%m/%d"),
        "maxdate": last.strftime("%Y/%m/%d"),
        "retmode": "json",
        "retmax": str(_PAGE),
        "sort": "pub_date",
    }
    start, total = 0, 0
    found: dict[str, None] = {}
    while True:
        try:
            page = client.json("pubmed", "/esearch.fcgi", {**parameters, "retstart": str(start)})
            if error := take(page, "esearchresult.ERROR", str) or take(page, "error", str):
                raise SourceError(f"PubMed says: {error}")
            count = take(page, "esearchresult.count", str)
            if count is None or not count.isdigit():
                raise ShapeError(f"esearchresult.count is {count!r}, not a number")
            listed = texts(page, "esearchresult.idlist")
        except (SourceError, ShapeError) as error:
            answer.problem(f"{len(found)} of {total or 'an unknown number of'} numbers listed, then: {error}")
            break
        total = int(count)
        if total > MOST:
            if first >= last:
                answer.problem(f"{total} works of one day ({first}); PubMed lists no more than {MOST}")
            else:
                middle = first + timedelta(days=(last - first).days // 2)
                _numbers(client, query, first, middle, numbers, answer)
                _numbers(client, query, middle + timedelta(days=1), last, numbers, answer)
                return
        fresh = [number for number in listed if number not in found]
        found.update(dict.fromkeys(listed))
        start += len(listed)
        if start >= min(total, MOST):
            break
        if not fresh:
            answer.problem(f"PubMed gave one page twice; {len(found)} of {total} numbers listed")
            break
    if answer.complete and len(found) < total:
        answer.problem(f"PubMed announced {total} works and listed {len(found)}")
    numbers.extend(found)


def _fetch(
    client: Client, pmids: Iterable[str], answer: Answer[Paper]
) -> tuple[list[Paper], list[NoticeFound]]:
    papers: dict[str, Paper] = {}
    notices: list[NoticeFound] = []
    for batch in batches(pmids, _FETCH):
        try:
            root = client.xml(
                "pubmed",
                "/efetch.fcgi",
                {"db": "pubmed", "id": ",".join(batch), "retmode": "xml"},
                root="PubmedArticleSet",
            )
        except SourceError as error:
            answer.problem(f"{len(batch)} works not read: {error}")
            continue
        for article in root.iter("PubmedArticle"):
            paper = _paper(article)
            if paper is None or paper.pmid is None:
                answer.problem("a work without number or title could not be read")
                continue
            papers[paper.pmid] = paper
            notices.extend(_notices(article, paper))
        missing = [number for number in batch if number not in papers]
        # Books and withdrawn numbers have no PubmedArticle.
        missing = [number for number in missing if root.find(f".//PMID[.='{number}']") is None]
        if missing:
            answer.problem(
                f"PubMed gave no record of {', '.join(missing[:5])}{' ...' if missing[5:] else ''}"
            )
    return list(papers.values()), notices


def _all_text(element: Element | None) -> str:
    return one_line("".join(element.itertext())) if element is not None else ""


def _paper(article: Element) -> Paper | None:
    pmid = _all_text(article.find("MedlineCitation/PMID"))
    title = _all_text(article.find("MedlineCitation/Article/ArticleTitle")) or _all_text(
        article.find("MedlineCitation/Article/VernacularTitle")
    )
    if not re.fullmatch(r"[1-9]\d{0,8}", pmid) or not title:
        return None
    ids = {
        item.get("IdType"): _all_text(item) for item in article.findall("PubmedData/ArticleIdList/ArticleId")
    }
    doi = ids.get("doi") or _all_text(article.find("MedlineCitation/Article/ELocationID[@EIdType='doi']"))
    journal = article.find("MedlineCitation/Article/Journal")
    names = (
        [_all_text(journal.find(name)) for name in ("Title", "ISOAbbreviation")]
        if journal is not None
        else []
    )
    years = [_all_text(article.find("MedlineCitation/Article/ArticleDate/Year"))]
    if journal is not None:
        years.append(_all_text(journal.find("JournalIssue/PubDate/Year")))
        years.append(_all_text(journal.find("JournalIssue/PubDate/MedlineDate"))[:4])
    return Paper(
        "pubmed",
        title.rstrip("."),
        doi=normalise_doi(doi) if doi else None,
        pmid=pmid,
        pmcid=normalise_pmcid(ids["pmc"]) if ids.get("pmc") else None,
        abstract=" ".join(
            _all_text(part) for part in article.findall("MedlineCitation/Article/Abstract/AbstractText")
        ),
        journals=tuple(name for name in names if name),
        years=tuple(dict.fromkeys(int(year) for year in years if re.fullmatch(r"\d{4}", year))),
        volume=_all_text(journal.find("JournalIssue/Volume")) or None if journal is not None else None,
        pages=_all_text(article.find("MedlineCitation/Article/Pagination/MedlinePgn")) or None,
    )


def _notices(article: Element, paper: Paper) -> list[NoticeFound]:
    found = []
    for link in article.findall("MedlineCitation/CommentsCorrectionsList/CommentsCorrections"):
        kind = _KINDS.get(link.get("RefType", ""))
        if kind is None:
            continue
        doi = re.search(r"doi:\s*(10\.\S+)", _all_text(link.find("RefSource")))
        found.append(
            NoticeFound(
                "pubmed",
                kind,
                of_doi=paper.doi,
                of_pmid=paper.pmid,
                doi=normalise_doi(doi[1].rstrip(".;,")) if doi else None,
                pmid=_all_text(link.find("PMID")) or None,
            )
        )
    return found
