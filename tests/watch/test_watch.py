"""The watch against local indexes: what it finds, what it writes, and what it does when they fail."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from carta.evidence import load
from carta.evidence.rules import check_evidence
from carta.watch.client import retry_after
from index_server import Answer, Work, World, broken_off, cut, indexes, page, silent, status
from watched_project import TRIAL, agreeing_world, eventful_world, files, found, run, watched_project


def test_a_whole_cycle_and_nothing_new_after_it(tmp_path: Path) -> None:
    root = watched_project(tmp_path / "project")
    before = files(root)
    with indexes(eventful_world()) as environment:
        first = run(root, environment)
        assert first.exit_code == 1, first.output
        assert files(root) == before, "something was written without --apply"
        assert "10.1000/retraction" in first.stdout
        applied = run(root, environment, "--apply")
        assert applied.exit_code == 1, applied.output
        after = files(root)
        again = run(root, environment, "--apply", "--fresh")
        assert again.exit_code == 0, again.output
        assert "Nothing new." in again.stdout
        assert files(root) == after
    assert check_evidence(root) == []
    base = load(root)
    trial = base.trial("NCT00000001")
    assert (trial.status, trial.enrollment, trial.start) == ("Completed", 6, "2024-02-10")
    # The old start was not read in the registry, and was only less exact: no history of the registry.
    told = [change for change in trial.history if change.source == "clinicaltrials"]
    history = {(change.field, change.value): change for change in told}
    assert set(history) == {("status", "Recruiting (as of May)"), ("enrollment", 12)}
    assert history["enrollment", 12].until == datetime.now(UTC).date()
    text = (root / "evidence/trials/NCT00000001.yaml").read_text(encoding="utf-8")
    for kept in (
        "# A remark that must stay.\n",
        "enrollment: 6  # read in the registry\n",
        "\n# Our own words.\n",
    ):
        assert kept in text
    assert "intervention: 'KYV-101: cells'" in text
    new = base.trial("NCT00000002")
    assert (new.diseases, new.targets, new.countries) == (["sle"], ["cd19"], ["Germany"])
    notices = base.notices("alpha-2024-journal")
    assert [(notice.kind, notice.doi, notice.date) for notice in notices] == [
        ("retraction", "10.1000/retraction", "2026-11-20")
    ]
    (search,) = base.screening().values()
    # Two works, and a trial that is not clearly ours; the record checks that the counts add up.
    assert set(search.papers) == {"doi:10.1000/new-1", "doi:10.1000/new-2", "nct:NCT00000003"}
    assert (search.found, search.duplicates) == ({"clinicaltrials": 3, "pubmed": 3, "europe-pmc": 3}, 3)
    assert search.papers["doi:10.1000/new-1"].found_in == ["pubmed", "europe-pmc"]
    years = {(item.of, item.field, item.source) for item in base.watched().disagreements}
    assert ("beta-2023-journal", "year", "crossref") in years
    assert base.watched().last_complete == datetime.now(UTC).date()


def test_a_disagreement_that_is_mended_is_settled(tmp_path: Path) -> None:
    root = watched_project(tmp_path / "project")
    world = eventful_world()
    with indexes(world) as environment:
        run(root, environment, "--apply")
        world.cited[1].year = 2023
        settled = found(root, environment, "--apply", "--fresh")
        assert ["beta-2023-journal", "year", "crossref"] in settled["settled"]
    assert load(root).watched().disagreements == []


def test_a_search_of_a_few_days_does_not_count_as_a_whole_one(tmp_path: Path) -> None:
    root, world = watched_project(tmp_path / "project"), eventful_world()
    with indexes(world) as environment:
        short = run(root, environment, "--apply", "--since", "2026-11-25")
        assert "what was indexed before 2026-11-25" in short.stdout
        checked = load(root).watched().checked
        assert checked["pubmed"].complete and checked["pubmed"].last_complete is None
        run(root, environment, "--apply")
        assert load(root).watched().last_complete == datetime.now(UTC).date()
    # Once all was searched, the next run goes back two weeks only.
    with indexes(world) as environment:
        run(root, environment, "--only", "clinicaltrials")
    (asked,) = [query["filter.advanced"] for _, query, _ in world.requests[-2:] if "query.term" in query]
    assert asked == f"AREA[LastUpdatePostDate]RANGE[{datetime.now(UTC).date() - timedelta(days=14)},MAX]"


def test_who_asks_is_said(tmp_path: Path) -> None:
    root, world = watched_project(tmp_path / "project"), agreeing_world()
    with indexes(world) as environment:
        run(root, environment | {"NCBI_API_KEY": "secret-key"})
    for path, query, headers in world.requests:
        assert (
            headers["User-Agent"].startswith("carta/")
            and "mailto:reader@example.org" in headers["User-Agent"]
        )
        assert (query.get("api_key") == "secret-key") == path.startswith("/pm/")
    remembered = b"".join(path.read_bytes() for path in (root / "_build" / "cache").iterdir())
    assert b"secret-key" not in remembered


def test_a_run_that_was_cut_short_does_not_ask_again(tmp_path: Path) -> None:
    root, world = watched_project(tmp_path / "project"), agreeing_world()
    with indexes(world) as environment:
        run(root, environment)
        asked = len(world.requests)
        run(root, environment)
        assert len(world.requests) == asked


@pytest.mark.parametrize(
    "fault",
    [
        status(429, Retry_After="0"),
        status(500),
        status(503),
        cut,
        broken_off,
        page(b"<html>busy</html>"),
        page(b""),
    ],
    ids=["429", "500", "503", "cut", "broken off", "html", "empty"],
)
def test_a_passing_fault_costs_nothing(tmp_path: Path, fault: Answer) -> None:
    root, world = watched_project(tmp_path / "project"), eventful_world()
    paths = ["/ct/studies", "/pm/esearch.fcgi", "/pm/efetch.fcgi", "/ep/search", "/cr/works"]
    with indexes(world) as environment:
        calm = found(root, environment)
        world.faults = {path: [fault, fault] for path in paths}
        assert found(root, environment, "--fresh") == calm
    assert world.faults == {path: [] for path in paths}
    assert calm["exit_code"] == 1


def test_a_silent_server_is_given_up_and_said_so(tmp_path: Path) -> None:
    root, world = watched_project(tmp_path / "project"), eventful_world()
    world.always["/ep/search"] = silent(1.0)
    with indexes(world) as environment:
        changes = found(
            root, environment | {"CARTA_WATCH_TIMEOUT": "0.2", "CARTA_WATCH_ATTEMPTS": "2"}, "--apply"
        )
    assert changes["exit_code"] == 2
    reports = {report["source"]: report for report in changes["sources"]}
    assert not reports["europe-pmc"]["complete"] and reports["pubmed"]["complete"]
    assert any("no answer within 0.2 s (tried 2 times)" in text for text in reports["europe-pmc"]["problems"])
    # What the others said is there, and written; the next search begins where this one failed.
    assert changes["new_trials"] and load(root).trial("NCT00000002")
    checked = load(root).watched().checked
    assert checked["europe-pmc"].last_complete is None and checked["pubmed"].last_complete is not None


def test_retry_after_is_obeyed_and_a_long_one_ends_the_source(tmp_path: Path) -> None:
    root, world = watched_project(tmp_path / "project"), agreeing_world()
    world.always["/cr/works"] = status(429, Retry_After="3600")
    with indexes(world) as environment:
        result = run(root, environment, "--only", "crossref")
    assert result.exit_code == 2
    assert "the server asks for 3600 s of patience" in result.stdout
    assert world.asked("/cr/works") == 2, "a server that asks for an hour was asked again at once"


def test_a_date_in_retry_after_is_read_by_the_servers_clock() -> None:
    here = datetime(2026, 11, 26, 12, tzinfo=UTC)
    there = here + timedelta(days=3)
    headers = {
        "Retry-After": format_datetime(there + timedelta(seconds=7), usegmt=True),
        "Date": format_datetime(there, usegmt=True),
    }
    assert retry_after(headers, here) == 7
    assert retry_after({"Retry-After": format_datetime(here - timedelta(hours=1), usegmt=True)}, here) == 0
    assert retry_after({"Retry-After": "soon"}, here) is None


def test_a_wrong_clock_writes_no_dates(tmp_path: Path) -> None:
    root, world = watched_project(tmp_path / "project"), eventful_world()
    world.skew = 3 * 86400.0
    before = files(root)
    with indexes(world) as environment:
        result = run(root, environment, "--apply")
    assert result.exit_code == 2
    assert "72 hours behind" in result.stdout
    assert files(root) == before


def test_no_network_at_all(tmp_path: Path) -> None:
    root = watched_project(tmp_path / "project")
    with indexes(World()) as environment:
        pass
    result = run(root, environment, "--apply")
    assert result.exit_code == 2
    assert result.stdout.count("NOT read whole") == 4
    assert "no connection" in result.stdout
    assert (root / "evidence/trials/NCT00000001.yaml").read_text(encoding="utf-8") == TRIAL
    checked = load(root).watched().checked
    assert all(not check.complete and check.last_complete is None for check in checked.values())


@pytest.mark.parametrize("where", ["studies", "esearch", "europe"])
def test_pages_that_repeat_are_noticed(tmp_path: Path, where: str) -> None:
    root, world = watched_project(tmp_path / "project"), eventful_world()
    world.page = 1
    first: dict[str, dict[str, Any]] = {}

    def again(path: str, answer: dict[str, Any], number: int) -> dict[str, Any]:
        if path != where:
            return answer
        return first.setdefault(json.dumps(sorted(answer)) if number == 0 else "page", answer)

    world.spoil = again
    with indexes(world) as environment:
        changes = found(root, environment)
    source = {"studies": "clinicaltrials", "esearch": "pubmed", "europe": "europe-pmc"}[where]
    problems = {report["source"]: report["problems"] for report in changes["sources"]}
    assert any("twice" in text or "announced" in text for text in problems[source]), problems
    assert changes["exit_code"] == 2


@pytest.mark.parametrize("where", ["studies", "esearch", "europe"])
def test_pages_that_skip_are_noticed(tmp_path: Path, where: str) -> None:
    root, world = watched_project(tmp_path / "project"), eventful_world()
    world.page = 1
    lists = {
        "studies": ["studies"],
        "esearch": ["esearchresult", "idlist"],
        "europe": ["resultList", "result"],
    }

    def skip(path: str, answer: dict[str, Any], number: int) -> dict[str, Any]:
        if path == where and number == 1:
            *way, last = lists[where]
            node = answer
            for step in way:
                node = node[step]
            node[last] = []
        return answer

    world.spoil = skip
    with indexes(world) as environment:
        changes = found(root, environment)
    source = {"studies": "clinicaltrials", "esearch": "pubmed", "europe": "europe-pmc"}[where]
    problems = {report["source"]: report["problems"] for report in changes["sources"]}
    assert any("announced" in text or "twice" in text for text in problems[source]), problems
    assert changes["exit_code"] == 2


def test_a_field_that_changes_its_type_is_left_alone(tmp_path: Path) -> None:
    root, world = watched_project(tmp_path / "project"), eventful_world()
    section = world.trials[0]["protocolSection"]
    section["designModule"]["enrollmentInfo"]["count"] = "6"
    section["statusModule"]["overallStatus"] = "ENROLMENT_DREAMT_OF"
    with indexes(world) as environment:
        changes = found(root, environment, "--apply")
    (report,) = [report for report in changes["sources"] if report["source"] == "clinicaltrials"]
    assert (
        "NCT00000001: enrollment was not read: designModule.enrollmentInfo.count is text, not a whole number"
        in report["problems"]
    )
    assert any("ENROLMENT_DREAMT_OF" in text for text in report["problems"])
    assert changes["exit_code"] == 2
    trial = load(root).trial("NCT00000001")
    assert (trial.enrollment, trial.status, trial.start) == (12, "Recruiting", "2024-02-10")


def test_ten_thousand_results(tmp_path: Path) -> None:
    root, world = watched_project(tmp_path / "project"), agreeing_world()
    world.works = [
        Work(
            str(10000 + n),
            f"10.1000/w{n}",
            f"A work on CAR T cells and lupus, number {n} of many",
            year=2020 + n % 6,
        )
        for n in range(10500)
    ]
    with indexes(world) as environment:
        changes = found(root, environment, "--only", "pubmed")
    assert changes["exit_code"] == 1, changes["sources"]
    # PubMed lists no more than 9,999 of one question, so the span of time was cut.
    assert len(changes["papers"]) == 10500


def test_malformed_queries_and_settings_are_told(tmp_path: Path) -> None:
    root = watched_project(tmp_path / "project")
    (root / "evidence/queries/pubmed.txt").write_text("# nothing\n", encoding="utf-8")
    with indexes(World()) as environment:
        result = run(root, environment)
        assert result.exit_code == 2 and "pubmed.txt: the file holds no query" in result.stderr
        result = run(root, environment | {"CARTA_WATCH_TIMEOUT": "long"}, "--only", "crossref")
        assert result.exit_code == 2 and "CARTA_WATCH_TIMEOUT='long' must be a number" in result.stderr
