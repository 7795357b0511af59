"""One run of the watch: every source is asked, each by itself, and the answers become a change set."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from itertools import chain
from pathlib import Path
from typing import Any

from carta.evidence.records import WatchSource
from carta.watch import crossref, europe_pmc, pubmed
from carta.watch.answers import Answer, NoticeFound, Paper, RegisteredTrial
from carta.watch.changes import ChangeSet, NewDisagreement, NewPaper, NewTrial, SourceReport
from carta.watch.client import TOLERATED_SKEW, Client
from carta.watch.clinicaltrials import search_trials, trials_by_number
from carta.watch.known import Known, read_known, sort_papers
from carta.watch.metadata import disagreements, new_notices
from carta.watch.queries import read_query
from carta.watch.ranking import rank
from carta.watch.settings import Settings
from carta.watch.trial_fields import compare_trial, new_record

SOURCES: tuple[WatchSource, ...] = ("clinicaltrials", "pubmed", "europe-pmc", "crossref")
#: Indexes list works days after their date, so a search begins this long before the last complete one.
OVERLAP = timedelta(days=14)


def watch(
    root: Path,
    settings: Settings,
    *,
    sources: Sequence[WatchSource] = SOURCES,
    since: date | None = None,
    fresh: bool = False,
    cache: Path | None = None,
    say: Callable[[str], None] = lambda text: None,
    today: date | None = None,
) -> tuple[ChangeSet, Known]:
    """Ask the sources and compare with the base; nothing is written but remembered answers.

    Args:
        since: how far searches go back; by default, for each source, 14 days before its last complete check,
            or without limit. Trials and works that the base holds are always asked for.

    Raises:
        carta.watch.queries.QueryError: for a query that is missing.
        carta.evidence.EvidenceError, carta.bibliography.entries.BibliographyError: for a base that is unsound.
    """
    known = read_known(root)
    day = today or datetime.now(UTC).date()
    changes = ChangeSet(day)
    queries = {name: read_query(root, name) for name in sources if name != "crossref"}
    papers: list[Paper] = []
    described: list[Paper] = []
    notices: list[NoticeFound] = []
    loose_trials: list[RegisteredTrial] = []
    other: list[NewDisagreement] = []
    starts: list[date | None] = []
    with Client(settings, cache=cache, fresh=fresh, say=say) as client:
        for name in sources:
            due = _start(known, name, day, changes)
            start = since or due
            gap = name != "crossref" and start is not None and (due is None or start > due)
            if name != "crossref":
                starts.append(start)
            say(f"asking {name}")
            if name == "clinicaltrials":
                report = _trials(client, known, queries[name], start, changes, loose_trials, other)
            elif name == "pubmed":
                search = pubmed.search_pubmed(client, queries[name], start, day)
                ours, linked = pubmed.works_of(client, known.by_pmid)
                notices += _resolved(client, linked, ours)
                papers += search.items
                described += ours.items
                changes.found[name] = len(search.items)
                report = _report(name, start, "search, and works that we cite by PMID", search, ours)
            elif name == "europe-pmc":
                search = europe_pmc.search_europe_pmc(client, queries[name], start, day)
                ours, linked = europe_pmc.notices_by_doi(client, known.by_doi)
                papers += search.items
                described += ours.items
                notices += linked
                changes.found[name] = len(search.items)
                report = _report(name, start, "search, and works that we cite by DOI", search, ours)
            else:
                ours, linked = crossref.works_by_doi(client, known.by_doi)
                described += ours.items
                notices += linked
                report = _report(name, None, "works that we cite by DOI, and what updates them", ours)
            changes.sources.append(replace(report, gap=gap))
        skew = client.skew
    changes.since = None if None in starts else min((day for day in starts if day), default=None)
    changes.notices = new_notices(known, notices, day)
    _screen(known, papers, loose_trials, changes)
    _disagree(known, [*disagreements(known, described), *other], changes)
    for name in SOURCES:
        if name not in sources:
            changes.remarks.append(f"{name}: not asked")
    if settings.contact is None:
        changes.remarks.append("no contact was given to the indexes: set CARTA_CONTACT to an e-mail address")
    if abs(skew) > TOLERATED_SKEW:
        changes.refused = (
            f"the clock of this machine is {abs(skew).total_seconds() / 3600:.0f} hours "
            f"{'behind' if skew > timedelta(0) else 'ahead of'} that of a server; set it right, "
            "since every record would get a wrong date"
        )
    return changes, known


def _start(known: Known, name: WatchSource, today: date, changes: ChangeSet) -> date | None:
    check = known.records.watch.checked.get(name)
    if check is None or check.last_complete is None:
        return None
    if check.last_complete > today:
        changes.remarks.append(
            f"{name}: the last check is dated {check.last_complete}, in the future; searched without limit"
        )
        return None
    return check.last_complete - OVERLAP


def _report(name: WatchSource, since: date | None, asked: str, *answers: Answer[Any]) -> SourceReport:
    problems = list(dict.fromkeys(chain.from_iterable(answer.problems for answer in answers)))
    records = sum(len(answer.items) for answer in answers)
    return SourceReport(name, records, since.isoformat() if since else None, problems, asked)


def _trials(
    client: Client,
    known: Known,
    query: str,
    since: date | None,
    changes: ChangeSet,
    loose: list[RegisteredTrial],
    other: list[NewDisagreement],
) -> SourceReport:
    ours = trials_by_number(client, known.records.trials)
    search = search_trials(client, query, since)
    held = known.records.trials
    for trial in sorted(ours.items, key=lambda trial: trial.nct):
        if trial.nct in held:
            changes.trial_fields.extend(compare_trial(trial.nct, held[trial.nct], trial))
    # Only a whole answer shows that a number is not there.
    if ours.complete:
        for nct in sorted(set(held) - {trial.nct for trial in ours.items}):
            other.append(NewDisagreement(nct, "nct", nct, "not in the registry", "clinicaltrials"))
    changes.found["clinicaltrials"] = len(search.items)
    for trial in sorted(search.items, key=lambda trial: trial.nct):
        if trial.nct in held or f"nct:{trial.nct}" in known.names:
            changes.known += 1
            continue
        record = new_record(trial, known.records.vocabulary, changes.today)
        if record is None:
            loose.append(trial)
        else:
            changes.new_trials.append(NewTrial(trial.nct, record))
            changes.added += 1
    asked = "search, and the trials of the base by number"
    return _report("clinicaltrials", since, asked, ours, search)


def _resolved(client: Client, linked: list[NoticeFound], answer: Answer[Paper]) -> list[NoticeFound]:
    """Give notices that PubMed names by PMID their DOI, so that other indexes' notices can be told the same."""
    nameless = {notice.pmid for notice in linked if notice.pmid and not notice.doi}
    if not nameless:
        return linked
    found, _ = pubmed.works_of(client, nameless)
    for problem in found.problems:
        answer.problem(problem)
    dois = {paper.pmid: paper.doi for paper in found.items}
    return [notice if notice.doi else replace(notice, doi=dois.get(notice.pmid)) for notice in linked]


def _screen(known: Known, papers: list[Paper], loose: list[RegisteredTrial], changes: ChangeSet) -> None:
    """Put what is new in the order of reading."""
    found = sort_papers(papers, known.names)
    changes.duplicates += found.duplicates
    changes.known += found.known
    trials = [
        (Paper("clinicaltrials", trial.values.get("title", trial.nct), abstract=trial.text), trial.nct)
        for trial in loose
    ]
    candidates = [paper for paper, _ in found.new] + [paper for paper, _ in trials]
    if not candidates:
        return
    ranking = rank(known, candidates)
    changes.ranking = ranking.about
    entries: list[NewPaper] = []
    alike: Counter[str] = Counter()
    names: list[tuple[list[str], str | None]] = [(sources, None) for _, sources in found.new]
    names += [(["clinicaltrials"], nct) for _, nct in trials]
    for paper, score, (sources, nct) in zip(candidates, ranking.scores, names, strict=True):
        record: dict[str, Any] = {"title": paper.title}
        if paper.years:
            record["year"] = min(paper.years)
        if paper.journals:
            record["journal"] = paper.journals[0]
        record |= {name: value for name in ("doi", "pmid", "pmcid") if (value := getattr(paper, name))}
        record |= {"nct": nct} if nct else {}
        record["found_in"] = sources
        record |= {"score": score} if score is not None else {}
        record["decision"] = "undecided"
        identity = f"nct:{nct}" if nct else paper.identity
        # Works known by a short title alone ("Editorial") may share it.
        alike[identity] += 1
        if alike[identity] > 1:
            identity += f"#{alike[identity]}"
        entries.append(NewPaper(identity, record, paper.abstract))
    changes.papers = sorted(entries, key=lambda entry: (-(entry.record.get("score") or 0.0), entry.id))


def _disagree(known: Known, found: list[NewDisagreement], changes: ChangeSet) -> None:
    """Part what is on record from what is new, and find what is settled: only where the source was read whole."""
    held = {
        (item.of, item.field, item.source): (item.ours, item.theirs)
        for item in known.records.watch.disagreements
    }
    now = {(item.of, item.field, item.source): item for item in found}
    changes.disagreements = [
        item for name, item in sorted(now.items()) if held.get(name) != (item.ours, item.theirs)
    ]
    whole = {report.source for report in changes.sources if report.complete}
    changes.settled = [name for name in sorted(held) if name not in now and name[2] in whole]
