"""A change set as files: what stands there now and what shall stand there."""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from carta.evidence.records import (
    OWN,
    REGISTRY,
    Disagreement,
    NoticeFile,
    ScreeningRound,
    SourceCheck,
    Trial,
    WatchFile,
)
from carta.evidence.yaml_edit import dated, dump, remove_field, set_field
from carta.evidence.yaml_files import parse
from carta.watch.changes import ChangeSet, FieldOfTrial, shown
from carta.watch.known import Known
from carta.watch.trial_fields import registry_address

_DATES = ("start", "primary_completion", "completion", "last_update")
NOTICES, WATCH = "evidence/notices.yaml", "evidence/watch.yaml"


def files_of(changes: ChangeSet, known: Known) -> dict[str, tuple[bytes | None, bytes]]:
    """Return the files that applying the change set writes; every one was read back and is a sound record.

    Files whose content would stay as it is are not there, so that an empty change set on the day of the last
    run gives nothing.

    Raises:
        ValueError: when a file cannot be edited without harm, or would not be a sound record.
    """
    planned: dict[str, str] = {}
    root = known.root
    for trial in changes.new_trials:
        planned[f"evidence/trials/{trial.nct}.yaml"] = _file("../schema/trial", trial.record, Trial)
    by_trial: dict[str, list[FieldOfTrial]] = {}
    for change in changes.trial_fields:
        by_trial.setdefault(change.nct, []).append(change)
    for nct, fields in by_trial.items():
        name = known.records.files["trial", nct]
        text = _changed_trial(nct, _read(root / name), known.records.trials[nct], fields, changes)
        Trial.model_validate(parse(text))
        planned[name] = text
    if changes.notices:
        planned[NOTICES] = _with_notices(root, changes)
    if changes.papers:
        planned[_round_name(root, changes)] = _file("../schema/screening", _round(changes), ScreeningRound)
    planned[WATCH] = _watch_file(changes, known)
    result = {}
    for name, text in planned.items():
        path = root / name
        old = path.read_bytes() if path.exists() else None
        if (new := text.encode("utf-8")) != old:
            result[name] = (old, new)
    return result


def _read(path: Path) -> str:
    return path.read_bytes().decode("utf-8")


def _file(schema: str, content: dict[str, Any], model: type[BaseModel]) -> str:
    text = f"# yaml-language-server: $schema={schema}.schema.json\n{dump(content)}"
    model.model_validate(parse(text))
    return text


def _changed_trial(
    nct: str, text: str, record: Trial, fields: Iterable[FieldOfTrial], changes: ChangeSet
) -> str:
    content = parse(text)
    history = list(content.get("history", []))
    read = list(content.get("read_fields", []))
    unverified = list(content.get("unverified_fields", []))
    for change in fields:
        new = dated(change.new) if change.field in _DATES else change.new
        old: dict[str, Any] = {"field": change.field, "value": _history_value(change, record)}
        if change.kind == "changed" and change.field != "last_update":
            as_of = record.last_update or record.added.isoformat()
            history.append(old | {"as_of": dated(as_of), "until": changes.today, "source": REGISTRY})
        else:
            # No earlier value of the registry, but what our own record said: views of earlier days need it.
            history.append(old | {"until": changes.today, "source": OWN})
        text = set_field(text, change.field, new)
        if change.field == "status" and record.status_note is not None:
            # The note spoke of the old status; it went into the history with it.
            text = remove_field(text, "status_note")
            read = [name for name in read if name != "status_note"]
        read += [] if change.field in read else [change.field]
        unverified = [name for name in unverified if name != change.field]
    if history != content.get("history", []):
        text = set_field(text, "history", history)
    if read != content.get("read_fields", []):
        text = set_field(text, "read_fields", read)
    if unverified != content.get("unverified_fields", []):
        text = (
            set_field(text, "unverified_fields", unverified)
            if unverified
            else remove_field(text, "unverified_fields")
        )
    places = list(content.get("read_at", []))
    if registry_address(nct) not in places:
        text = set_field(text, "read_at", [*places, registry_address(nct)])
    return text


def _history_value(change: FieldOfTrial, record: Trial) -> Any:
    if change.field == "status" and record.status_note:
        return f"{change.old} ({record.status_note})"
    return change.old if isinstance(change.old, int | float) else shown(change.old)


def _with_notices(root: Path, changes: ChangeSet) -> str:
    path = root / NOTICES
    text = (
        _read(path)
        if path.exists()
        else "# yaml-language-server: $schema=schema/notices.schema.json\nnotices: {}\n"
    )
    held = {key: list(items) for key, items in ((parse(text) or {}).get("notices") or {}).items()}
    for notice in changes.notices:
        held.setdefault(notice.key, []).append(notice.record)
    text = set_field(text, "notices", {key: held[key] for key in sorted(held)})
    NoticeFile.model_validate(parse(text))
    return text


def _round_name(root: Path, changes: ChangeSet) -> str:
    number, suffix = 1, ""
    while (root / f"evidence/screening/{changes.today}{suffix}.yaml").exists():
        number += 1
        suffix = f"-{number}"
    return f"evidence/screening/{changes.today}{suffix}.yaml"


def _round(changes: ChangeSet) -> dict[str, Any]:
    return {
        "date": changes.today,
        **({"since": changes.since} if changes.since else {}),
        "found": changes.found,
        "duplicates": changes.duplicates,
        "known": changes.known,
        "added": changes.added,
        "ranking": changes.ranking,
        "papers": {paper.id: paper.record for paper in changes.papers},
    }


def _watch_file(changes: ChangeSet, known: Known) -> str:
    before = known.records.watch
    checked = dict(before.checked)
    for report in changes.sources:
        last = checked.get(report.source)
        checked[report.source] = SourceCheck(
            date=changes.today,
            complete=report.complete,
            last_complete=changes.today
            if report.complete and not report.gap
            else (last.last_complete if last else None),
            note=" ".join(f"{problem.rstrip('.')}." for problem in report.problems[:5]) or None,
        )
    settled = set(changes.settled)
    open_ones = [item for item in before.disagreements if (item.of, item.field, item.source) not in settled]
    replaced = {(item.of, item.field, item.source) for item in changes.disagreements}
    open_ones = [item for item in open_ones if (item.of, item.field, item.source) not in replaced]
    open_ones += [
        Disagreement(
            of=item.of,
            field=item.field,
            ours=item.ours,
            theirs=item.theirs,
            source=item.source,
            found=changes.today,
        )
        for item in changes.disagreements
    ]
    open_ones.sort(key=lambda item: (item.of, item.field, item.source))
    file = WatchFile(checked={name: checked[name] for name in sorted(checked)}, disagreements=open_ones)
    content = file.model_dump(exclude_none=True, exclude_defaults=True)
    return _file("schema/watch", content, WatchFile)
