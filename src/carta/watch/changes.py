"""The change set: what the watch found, for a reader and for a program."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from datetime import date
from typing import Any, Literal

from carta.evidence.records import WatchSource

#: ``changed``: the registry had the old value and has the new one. ``filled``: we had none. ``refined``: the same
#: date, more exactly. ``corrected``: our value had not been read in the registry.
ChangeKind = Literal["changed", "filled", "refined", "corrected"]


@dataclass(frozen=True)
class SourceReport:
    """How far one source was read."""

    source: WatchSource
    #: Records read, of all questions.
    records: int
    #: The search went back to this day, ISO 8601; nothing: without limit.
    since: str | None
    #: Why it may not be all; empty: it is all.
    problems: list[str]
    #: What was asked, in words.
    asked: str
    #: Whether ``--since`` left out days that no complete check has covered.
    gap: bool = False

    @property
    def complete(self) -> bool:
        """Whether all was read."""
        return not self.problems


@dataclass(frozen=True)
class NewTrial:
    """A registered trial that the base does not hold."""

    nct: str
    #: The record as it would be written.
    record: dict[str, Any]


@dataclass(frozen=True)
class FieldOfTrial:
    """One field of a known trial, as we have it and as the registry has it."""

    nct: str
    field: str
    old: Any
    new: Any
    kind: ChangeKind


@dataclass(frozen=True)
class NewPaper:
    """A work to screen."""

    id: str
    #: The entry as it would be written.
    record: dict[str, Any]
    abstract: str


@dataclass(frozen=True)
class NewNotice:
    """A retraction, correction or expression of concern on a source of ours."""

    key: str
    record: dict[str, Any]


@dataclass(frozen=True)
class NewDisagreement:
    """A value of ours that an index states otherwise, and that nobody has judged yet."""

    of: str
    field: str
    ours: str
    theirs: str
    source: WatchSource


@dataclass
class ChangeSet:
    """All that one run found. Nothing of it is written before ``--apply``."""

    today: date
    sources: list[SourceReport] = field(default_factory=list)
    notices: list[NewNotice] = field(default_factory=list)
    new_trials: list[NewTrial] = field(default_factory=list)
    trial_fields: list[FieldOfTrial] = field(default_factory=list)
    papers: list[NewPaper] = field(default_factory=list)
    disagreements: list[NewDisagreement] = field(default_factory=list)
    #: Disagreements on record that no longer exist: (of, field, source).
    settled: list[tuple[str, str, str]] = field(default_factory=list)
    #: How the papers were ranked.
    ranking: str = ""
    #: Records found by each search, for the flow diagram.
    found: dict[str, int] = field(default_factory=dict)
    duplicates: int = 0
    known: int = 0
    added: int = 0
    #: The earliest day that any search went back to; nothing: without limit.
    since: date | None = None
    #: What a reader should know besides.
    remarks: list[str] = field(default_factory=list)
    #: Why the change set must not be applied.
    refused: str | None = None

    @property
    def empty(self) -> bool:
        """Whether there is nothing new."""
        return not (
            self.notices
            or self.new_trials
            or self.trial_fields
            or self.papers
            or self.disagreements
            or self.settled
        )

    @property
    def complete(self) -> bool:
        """Whether every source that was to be asked was read whole."""
        return bool(self.sources) and all(report.complete for report in self.sources)

    @property
    def exit_code(self) -> int:
        """0: all was read, nothing is new; 1: all was read, changes found; 2: not all could be read."""
        if not self.complete or self.refused:
            return 2
        return 0 if self.empty else 1


def as_json(changes: ChangeSet) -> str:
    """The change set as a JSON object; ``complete`` and ``exit_code`` included."""
    content = asdict(changes)
    content["sources"] = [{**asdict(report), "complete": report.complete} for report in changes.sources]
    content |= {"complete": changes.complete, "exit_code": changes.exit_code}
    return json.dumps(content, ensure_ascii=False, indent=2, default=str)


def as_text(changes: ChangeSet) -> str:
    """The change set for a reader: gravest first, then what was and was not checked."""
    return "\n".join(_lines(changes))


def _lines(changes: ChangeSet) -> Iterator[str]:
    if changes.notices:
        yield f"Retractions and corrections of what we cite ({len(changes.notices)})"
        for notice in changes.notices:
            record = notice.record
            where = record.get("doi") or (
                f"PMID {record['pmid']}" if record.get("pmid") else record.get("note")
            )
            yield f"  {notice.key}: {record['kind']}, {record.get('date', 'no date')}: {where} [{record['source']}]"
        yield ""
    if changes.new_trials:
        yield f"New trials ({len(changes.new_trials)})"
        for trial in changes.new_trials:
            yield f"  {trial.nct}: {trial.record.get('title', '(no title)')}"
            facts = [trial.record.get(name) for name in ("phase", "status", "enrollment", "sponsor")]
            yield f"      {', '.join(str(fact) for fact in facts if fact is not None)}"
        yield ""
    if changes.trial_fields:
        trials = len({change.nct for change in changes.trial_fields})
        yield f"Fields of known trials ({len(changes.trial_fields)} in {trials} trials)"
        last = ""
        for change in changes.trial_fields:
            if change.nct != last:
                yield f"  {change.nct}"
                last = change.nct
            yield f"    {change.field}: {shown(change.old)} → {shown(change.new)} ({change.kind})"
        yield ""
    if changes.papers:
        yield f"New works to screen ({len(changes.papers)}); {changes.ranking}"
        for paper in changes.papers:
            score = paper.record.get("score")
            mark = f"{score:.2f}" if score is not None else "  – "
            yield f"  {mark}  {paper.record['title']} ({paper.record.get('year', 'no year')}) [{paper.id}]"
        yield ""
    if changes.disagreements:
        yield f"Where an index and we differ ({len(changes.disagreements)}); a person decides"
        for item in changes.disagreements:
            yield f"  {item.of}: {item.field}: ours {item.ours!r}, {item.source} {item.theirs!r}"
        yield ""
    if changes.settled:
        yield f"No longer in disagreement ({len(changes.settled)})"
        yield from (f"  {of}: {name} ({source})" for of, name, source in changes.settled)
        yield ""
    yield "What was checked"
    for report in changes.sources:
        state = "read whole" if report.complete else "NOT read whole"
        since = f" since {report.since}" if report.since else ""
        yield f"  {report.source}: {state}, {report.records} records{since}; {report.asked}"
        yield from (f"    not checked: {problem}" for problem in report.problems)
        if report.gap:
            yield f"    not checked: what was indexed before {report.since}; the next search without --since will"
    yield from (f"  {remark}" for remark in changes.remarks)
    if changes.refused:
        yield f"  Not applied: {changes.refused}"
    if changes.empty:
        yield "Nothing new." if changes.complete else "Nothing new in what could be read."


def shown(value: Any) -> str:
    """Write a value of a field on one line; nothing is a dash."""
    if value is None or value == []:
        return "–"
    return "; ".join(map(str, value)) if isinstance(value, list) else str(value)
