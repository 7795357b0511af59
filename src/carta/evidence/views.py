"""The records as they stood on a day.

Two clocks count. From the day on which the base began, the *record* clock: what had been entered by then, with
every later change of a trial's field and every later correction of a fact undone. Before that day there was no
base; the *publication* clock then says what a reader could have known: reports published by that day, trials with a
date by then, and registry values of versions that old. A date known to the month or the year counts from its last
day, since earlier it is not certain.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from pydantic import TypeAdapter, ValidationError

from carta.evidence.loading import Records
from carta.evidence.records import Fact, FieldChange, Study, Trial

#: Joins the members of a list in a recorded earlier value.
LIST_JOIN = "; "
#: Recorded as the earlier value of a field that was not there.
NOT_STATED = "–"
#: What is known of where a value was read has no history, so views leave it out.
_WITHOUT_HISTORY: dict[str, Any] = {"read_fields": [], "unverified_fields": [], "read_at": []}


@dataclass(frozen=True)
class View:
    """Records as they stood, and what of today's was not yet known."""

    records: Records
    #: ``("study", key)``, ``("fact", "key:id")``, ``("trial", NCT number)`` and so on.
    later: frozenset[tuple[str, str]]


def last_day(partial: str) -> date:
    """Return the last day that a date known to the year, month or day may mean."""
    parts = [int(part) for part in partial.split("-")]
    year = parts[0]
    month = parts[1] if len(parts) > 1 else 12
    day = parts[2] if len(parts) > 2 else calendar.monthrange(year, month)[1]
    return date(year, month, day)


def began(records: Records) -> date | None:
    """Return the day on which the base began: the first on which a record was entered; None for an empty base."""
    days = {study.added for study in records.studies.values()}
    days |= {trial.added for trial in records.trials.values()}
    return min(days, default=None)


def view_of(records: Records, when: date, published: Mapping[str, str]) -> View:
    """Return the records as they stood at the end of a day.

    Args:
        records: all records of today.
        when: the day.
        published: dates of publication (to the year, month or day) of studies whose record has none.
    """
    start = began(records)
    kept = start is not None and when >= start
    studies = {
        key: _study(study, when, kept)
        for key, study in records.studies.items()
        if (study.added <= when if kept else _by(study.published or published.get(key), when))
    }
    trials = {
        nct: _trial(trial, when, kept)
        for nct, trial in records.trials.items()
        if (trial.added <= when if kept else _was_registered(trial, when))
    }
    studies = {key: _among(study, studies) for key, study in studies.items()}
    view = replace(
        records,
        studies=studies,
        trials=trials,
        appraisals={
            key: appraisal
            for key, appraisal in records.appraisals.items()
            if key in studies and (not kept or appraisal.appraised <= when)
        },
        certainties={
            name: certainty for name, certainty in records.certainties.items() if certainty.judged <= when
        },
        claim_files={
            name: file.model_copy(
                update={
                    "claims": {
                        key: claim.model_copy(
                            update={
                                "sources": [
                                    source
                                    for source in claim.sources
                                    if source in studies or source not in records.studies
                                ]
                            }
                        )
                        for key, claim in file.claims.items()
                    }
                }
            )
            for name, file in records.claim_files.items()
        },
        notices={
            key: chosen
            for key, held in records.notices.items()
            if key in studies or key not in records.studies
            if (
                chosen := [
                    notice for notice in held if (notice.found <= when if kept else _by(notice.date, when))
                ]
            )
        },
        watch=_watch(records.watch, when),
        screening={name: search for name, search in records.screening.items() if search.date <= when},
    )
    return View(view, frozenset(_names(records) - _names(view)))


def _by(partial: str | None, when: date) -> bool:
    return partial is not None and last_day(partial) <= when


def _names(records: Records) -> set[tuple[str, str]]:
    named: set[tuple[str, str]] = {("study", key) for key in records.studies}
    named |= {("fact", f"{key}:{name}") for key, study in records.studies.items() for name in study.facts}
    named |= {("trial", nct) for nct in records.trials}
    named |= {("appraisal", key) for key in records.appraisals}
    named |= {("certainty", name) for name in records.certainties}
    return named


def _study(study: Study, when: date, kept: bool) -> Study:
    if not kept:
        return study
    facts = {
        name: _fact(fact, when, study.added)
        for name, fact in study.facts.items()
        if fact.added is None or fact.added <= when
    }
    return study if facts == study.facts else study.model_copy(update={"facts": facts})


def _fact(fact: Fact, when: date, entered: date) -> Fact:
    """Undo what was corrected later, and later checks."""
    changed: dict[str, Any] = {}
    for correction in sorted(fact.corrections, key=lambda one: one.day, reverse=True):
        if correction.day > when:
            changed |= correction.was
    if changed or any(correction.day > when for correction in fact.corrections):
        past = [one for one in fact.corrections if one.day <= when]
        content = fact.model_dump(mode="json") | changed | {"corrections": [one.model_dump() for one in past]}
        fact = Fact.model_validate(content)
    if fact.checked > when:
        # It was checked again since; when it entered, it had been checked.
        fact = fact.model_copy(update={"checked": fact.added or entered})
    return fact


def _among(study: Study, known: Mapping[str, Study]) -> Study:
    """Leave out what the record says of studies that were not known."""
    overlaps = {key: text for key, text in study.overlaps.items() if key in known}
    circular = [key for key in study.circular if key in known]
    patients = {
        name: patient.model_copy(
            update={
                "same_patient_as": [
                    other for other in patient.same_patient_as if other.partition(":")[0] in known
                ]
            }
        )
        for name, patient in study.patients.items()
    }
    update = {"overlaps": overlaps, "circular": circular, "patients": patients}
    changed = study.model_copy(update=update)
    return study if changed == study else changed


def _was_registered(trial: Trial, when: date) -> bool:
    dates = [trial.start, trial.last_update, *(change.as_of for change in trial.history)]
    return any(_by(stated, when) for stated in dates)


def _trial(trial: Trial, when: date, kept: bool) -> Trial:
    update: dict[str, Any] = dict(_WITHOUT_HISTORY)
    if kept:
        later = [change for change in trial.history if change.until is not None and change.until > when]
        for change in sorted(later, key=lambda one: one.until or when, reverse=True):
            _put(update, change)
        if later:
            update["history"] = [change for change in trial.history if change not in later]
    else:
        for field in dict.fromkeys(change.field for change in trial.history):
            if field in Trial.model_fields and not _by(trial.last_update, when):
                versions = [
                    change for change in trial.history if change.field == field and _by(change.as_of, when)
                ]
                update[field] = _empty(field)
                for change in sorted(versions, key=lambda one: last_day(one.as_of or "1900")):
                    _put(update, change)
        if not _by(trial.last_update, when):
            # A status is that of its day.
            update |= {"status": update.get("status"), "status_note": None, "last_update": None}
        if trial.history:
            update["history"] = [change for change in trial.history if _by(change.as_of, when)]
    return Trial.model_validate(trial.model_dump(mode="json") | update)


def _empty(field: str) -> list[str] | None:
    return [] if isinstance(Trial.model_fields[field].get_default(call_default_factory=True), list) else None


def _fits(field: str, value: int | float | str) -> bool:
    """Return whether a field holds one value of this form; a version may have had only words ("up to 12")."""
    form: Any = Trial.model_fields[field].annotation
    try:
        TypeAdapter(form).validate_python(value)
    except ValidationError:
        return False
    return True


def _put(update: dict[str, Any], change: FieldChange) -> None:
    field, value = change.field, change.value
    if field not in Trial.model_fields:
        return
    if value == NOT_STATED:
        update[field] = _empty(field)
    elif _empty(field) == [] or field == "conditions":
        update[field] = str(value).split(LIST_JOIN)
    elif field == "status":
        # A note on the status is kept behind it, in parentheses.
        status, _, note = str(value).partition(" (")
        update |= {"status": status, "status_note": note.removesuffix(")") or None}
    else:
        update[field] = value if _fits(field, value) else _empty(field)


def _watch(watch: Any, when: date) -> Any:
    checked = {source: check for source, check in watch.checked.items() if check.date <= when}
    open_then = [each for each in watch.disagreements if each.found <= when]
    return watch.model_copy(update={"checked": checked, "disagreements": open_then})
