"""ClinicalTrials.gov, PubMed, Europe PMC and Crossref on this machine: their documented shapes, and their faults."""

from __future__ import annotations

import json
import re
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit
from xml.sax.saxutils import escape


@dataclass
class Work:
    """A work as PubMed, Europe PMC and Crossref would describe it."""

    pmid: str
    doi: str
    title: str
    abstract: str = ""
    journal: str = "A Journal of Cases"
    year: int = 2026
    #: (kind in PubMed's words, DOI of the notice, PMID of the notice)
    notices: list[tuple[str, str, str]] = field(default_factory=list)


def study(nct: str, **fields: Any) -> dict[str, Any]:
    """Make a study of the registry; ``fields`` by name: title, status, enrollment, start, conditions, intervention."""
    return {
        "protocolSection": {
            "identificationModule": {
                "nctId": nct,
                "briefTitle": fields.get("title", f"A study of CAR-T, {nct}"),
            },
            "statusModule": {
                "overallStatus": fields.get("status", "RECRUITING"),
                "startDateStruct": {"date": fields.get("start", "2024-02")},
                "completionDateStruct": {"date": "2028-03-01", "type": "ESTIMATED"},
                "lastUpdatePostDateStruct": {"date": fields.get("updated", "2026-10-01"), "type": "ACTUAL"},
            },
            "sponsorCollaboratorsModule": {"leadSponsor": {"name": "A Sponsor", "class": "INDUSTRY"}},
            "conditionsModule": {"conditions": fields.get("conditions", ["Systemic Lupus Erythematosus"])},
            "designModule": {
                "phases": fields.get("phases", ["PHASE1"]),
                "enrollmentInfo": {"count": fields.get("enrollment", 12), "type": "ESTIMATED"},
            },
            "armsInterventionsModule": {
                "interventions": [
                    {"type": "BIOLOGICAL", "name": fields.get("intervention", "CD19 CAR-T cells")}
                ]
            },
            "contactsLocationsModule": {"locations": [{"country": "Germany"}, {"country": "Germany"}]},
        },
        "hasResults": False,
    }


Answer = Callable[["_Handler"], None]


@dataclass
class World:
    """What the indexes hold, and how they misbehave: each fault answers one request of its path and is gone."""

    trials: list[dict[str, Any]] = field(default_factory=list)
    works: list[Work] = field(default_factory=list)
    #: Works that are in Crossref and Europe PMC by DOI, and in PubMed by PMID, but match no search.
    cited: list[Work] = field(default_factory=list)
    faults: dict[str, list[Answer]] = field(default_factory=dict)
    #: Answers to every request of a path, after all faults are used up.
    always: dict[str, Answer] = field(default_factory=dict)
    page: int = 1000
    #: Changes each page of results: for pages that repeat or skip.
    spoil: Callable[[str, dict[str, Any], int], dict[str, Any]] = lambda path, page, number: page
    #: Added to the clock of the server, in seconds.
    skew: float = 0.0
    requests: list[tuple[str, dict[str, str], dict[str, str]]] = field(default_factory=list)

    def asked(self, path: str) -> int:
        """How many requests a path had."""
        return sum(where == path for where, _, _ in self.requests)


class _Handler(BaseHTTPRequestHandler):
    world: World

    def log_message(self, *_: object) -> None:
        return None

    def date_time_string(self, timestamp: float | None = None) -> str:
        return super().date_time_string((time.time() if timestamp is None else timestamp) + self.world.skew)

    def do_GET(self) -> None:
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.world.requests.append((parts.path, query, dict(self.headers.items())))
        waiting = self.world.faults.get(parts.path)
        if waiting:
            waiting.pop(0)(self)
            return
        if parts.path in self.world.always:
            self.world.always[parts.path](self)
            return
        answer = _PATHS.get(parts.path)
        if answer is None:
            self.reply(b"not found", status=404)
        else:
            self.reply(answer(self.world, query))

    def reply(self, body: bytes | dict[str, Any], status: int = 200, **headers: str) -> None:
        raw = body if isinstance(body, bytes) else json.dumps(body).encode()
        self.send_response(status)
        for name, value in headers.items():
            self.send_header(name.replace("_", "-"), value)
        self.send_header("Content-Length", str(len(raw)))
        self.end_headers()
        self.wfile.write(raw)

    def whole(self) -> bytes:
        """What the server would have said without the fault."""
        parts = urlsplit(self.path)
        query = {name: values[0] for name, values in parse_qs(parts.query).items()}
        answer = _PATHS[parts.path](self.world, query)
        return answer if isinstance(answer, bytes) else json.dumps(answer).encode()


def _studies(world: World, query: dict[str, str]) -> dict[str, Any]:
    ids = query.get("filter.ids")
    found = world.trials
    if ids is not None:
        found = [t for t in found if t["protocolSection"]["identificationModule"]["nctId"] in ids.split("|")]
    if since := re.search(r"RANGE\[([\d-]+),MAX\]", query.get("filter.advanced", "")):
        found = [
            t
            for t in found
            if t["protocolSection"]["statusModule"]["lastUpdatePostDateStruct"]["date"] >= since[1]
        ]
    start = int(query.get("pageToken", "t0")[1:])
    size = min(int(query["pageSize"]), world.page)
    page: dict[str, Any] = {"studies": found[start : start + size]}
    if start == 0:
        page["totalCount"] = len(found)
    if start + size < len(found):
        page["nextPageToken"] = f"t{start + size}"
    return world.spoil("studies", page, start // size)


def _esearch(world: World, query: dict[str, str]) -> dict[str, Any]:
    first, last = query["mindate"], query["maxdate"]
    # Works enter PubMed in the middle of their year, spread over its months.
    found = [w for w in world.works if first <= f"{w.year}/{int(w.pmid) % 12 + 1:02d}/15" <= last]
    start, size = int(query["retstart"]), min(int(query["retmax"]), world.page)
    if start >= 9999:
        return {
            "esearchresult": {
                "ERROR": "Search Backend failed: Exception: 'retstart' cannot be larger than 9998."
            }
        }
    page = {
        "header": {"type": "esearch", "version": "0.3"},
        "esearchresult": {
            "count": str(len(found)),
            "retmax": str(size),
            "retstart": str(start),
            "idlist": [w.pmid for w in found[start : start + size]],
        },
    }
    return world.spoil("esearch", page, start // size)


def _efetch(world: World, query: dict[str, str]) -> bytes:
    wanted = set(query["id"].split(","))
    held = list({w.pmid: w for w in [*world.works, *world.cited]}.values())
    articles = [_article(work) for work in held if work.pmid in wanted]
    for work in held:
        for _, doi, pmid in work.notices:
            if pmid in wanted:
                articles.append(_article(Work(pmid, doi, f"Notice on: {work.title}")))
    return (
        '<?xml version="1.0" ?><!DOCTYPE PubmedArticleSet PUBLIC "-//NLM//DTD PubMedArticle, 1st January 2025//EN" '
        '"https://dtd.nlm.nih.gov/ncbi/pubmed/out/pubmed_250101.dtd">'
        f"<PubmedArticleSet>{''.join(articles)}</PubmedArticleSet>"
    ).encode()


def _article(work: Work) -> str:
    links = "".join(
        f'<CommentsCorrections RefType="{kind}"><RefSource>A Journal. 2026</RefSource>'
        f'<PMID Version="1">{pmid}</PMID></CommentsCorrections>'
        for kind, _, pmid in work.notices
    )
    return f"""<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="1">{work.pmid}</PMID>
<Article PubModel="Print"><Journal><JournalIssue CitedMedium="Internet"><PubDate><Year>{work.year}</Year></PubDate>
</JournalIssue><Title>{escape(work.journal)}</Title></Journal><ArticleTitle>{escape(work.title)}.</ArticleTitle>
<Abstract><AbstractText>{escape(work.abstract)}</AbstractText></Abstract></Article>
<CommentsCorrectionsList>{links}</CommentsCorrectionsList></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="pubmed">{work.pmid}</ArticleId>
<ArticleId IdType="doi">{escape(work.doi)}</ArticleId></ArticleIdList></PubmedData></PubmedArticle>"""


def _europe(world: World, query: dict[str, str]) -> dict[str, Any]:
    dois = re.findall(r'DOI:"([^"]+)"', query["query"])
    held = {w.pmid: w for w in [*world.works, *world.cited]}
    found = [w for w in held.values() if w.doi.lower() in dois] if dois else world.works
    start = 0 if query["cursorMark"] == "*" else int(query["cursorMark"][1:])
    size = min(int(query["pageSize"]), world.page)
    results = [
        {
            "id": w.pmid,
            "source": "MED",
            "pmid": w.pmid,
            "doi": w.doi,
            "title": f"{w.title}.",
            "pubYear": str(w.year),
            "abstractText": w.abstract,
            "journalInfo": {"journal": {"title": w.journal}},
        }
        for w in found[start : start + size]
    ]
    page: dict[str, Any] = {"version": "6.9", "hitCount": len(found), "resultList": {"result": results}}
    if results:
        page["nextCursorMark"] = f"c{start + len(results)}"
    return world.spoil("europe", page, start // size)


def _crossref(world: World, query: dict[str, str]) -> dict[str, Any]:
    asked = [part.split(":", 1) for part in query["filter"].split(",")]
    dois = {value for _, value in asked}
    held = list({w.pmid: w for w in [*world.works, *world.cited]}.values())
    items: list[dict[str, Any]] = []
    if asked[0][0] == "doi":
        items = [
            {
                "DOI": w.doi,
                "title": [w.title],
                "container-title": [w.journal],
                "issued": {"date-parts": [[w.year, 3]]},
            }
            for w in held
            if w.doi.lower() in dois
        ]
    else:
        words = {"RetractionIn": "retraction", "ErratumIn": "erratum"}
        items = [
            {
                "DOI": doi,
                "update-to": [
                    {
                        "DOI": w.doi,
                        "type": words[kind],
                        "updated": {"date-parts": [[2026, 11, 20]]},
                        "source": "publisher",
                    }
                ],
            }
            for w in held
            for kind, doi, _ in w.notices
            if w.doi.lower() in dois
        ]
    return {"status": "ok", "message": {"total-results": len(items), "items": items, "next-cursor": "x"}}


_PATHS: dict[str, Callable[[World, dict[str, str]], Any]] = {
    "/ct/studies": _studies,
    "/pm/esearch.fcgi": _esearch,
    "/pm/efetch.fcgi": _efetch,
    "/ep/search": _europe,
    "/cr/works": _crossref,
}


def status(code: int, **headers: str) -> Answer:
    """A fault: this status, with these headers."""
    return lambda handler: handler.reply(b"busy", status=code, **headers)


def cut(handler: _Handler) -> None:
    """A fault: the first half of the answer, announced as the whole of it."""
    raw = handler.whole()
    handler.reply(raw[: len(raw) // 2])


def broken_off(handler: _Handler) -> None:
    """A fault: the connection ends before the announced length."""
    raw = handler.whole()
    handler.send_response(200)
    handler.send_header("Content-Length", str(len(raw)))
    handler.end_headers()
    handler.wfile.write(raw[: len(raw) // 2])


def silent(seconds: float) -> Answer:
    """A fault: no answer for so long."""

    def wait(handler: _Handler) -> None:
        time.sleep(seconds)
        handler.close_connection = True

    return wait


def page(body: bytes) -> Answer:
    """A fault: this body instead of the answer."""
    return lambda handler: handler.reply(body)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of a client that gave up."""


@contextmanager
def indexes(world: World) -> Iterator[dict[str, str]]:
    """Serve the world and give the environment that points the watch at it, with short waits."""
    handler = type("Handler", (_Handler,), {"world": world})
    server = _Server(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02}, daemon=True)
    thread.start()
    base = f"http://127.0.0.1:{server.server_address[1]}"
    try:
        yield {
            "CARTA_CLINICALTRIALS_URL": f"{base}/ct",
            "CARTA_PUBMED_URL": f"{base}/pm",
            "CARTA_EUROPE_PMC_URL": f"{base}/ep",
            "CARTA_CROSSREF_URL": f"{base}/cr",
            "CARTA_WATCH_INTERVAL": "0",
            "CARTA_WATCH_FIRST_WAIT": "0.01",
            "CARTA_WATCH_TIMEOUT": "10",
            "CARTA_WATCH_ATTEMPTS": "3",
            "CARTA_CONTACT": "reader@example.org",
        }
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
