"""What changed in the base, from its records: entries, changed registry fields, corrected facts, notices."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from typing import Literal

from carta.evidence.base import Evidence
from carta.evidence.formatting import format_fact, format_number
from carta.evidence.records import OWN, Fact, FieldChange, Notice, Trial, Vocabulary

Kind = Literal["study", "trial", "fact", "field", "correction", "notice"]

#: Fields of a trial in words; others are written with spaces.
_FIELD_WORDS = {
    "nct": "registry number",
    "enrollment": "participants",
    "enrollment_type": "whether participants are planned or counted",
    "last_update": "last update of the record",
    "cell": "cells",
    "status_note": "note on the status",
}
NOTICE_WORDS = {
    "retraction": "retracted",
    "expression-of-concern": "under an expression of concern",
    "correction": "corrected",
}


@dataclass(frozen=True)
class Change:
    """One change of the base."""

    #: The day on which the base changed.
    day: date
    kind: Kind
    #: Whose record: ``study`` or ``trial``.
    record: Literal["study", "trial"]
    #: Key or NCT number.
    name: str
    #: What happened, as a sentence without its subject: "entered the base."
    text: str
    #: Which of several changes of a record on a day; with the above it names the change for ever.
    part: str = ""


def field_words(field: str) -> str:
    """Return a field of a trial as people read it."""
    return _FIELD_WORDS.get(field, field.replace("_", " "))


def notice_words(notice: Notice) -> str:
    """Return what a notice says of its source: "corrected (2023-11), DOI 10.1000/1"."""
    parts = [NOTICE_WORDS[notice.kind]]
    if notice.date:
        parts[0] += f" ({notice.date})"
    if notice.doi:
        parts.append(f"DOI {notice.doi}")
    if notice.pmid:
        parts.append(f"PMID {notice.pmid}")
    return ", ".join(parts)


def changes(evidence: Evidence) -> list[Change]:
    """Return all changes, the latest first; those of a day by kind and name."""
    vocabulary = evidence.vocabulary()
    found: list[Change] = []
    for key, study in evidence.studies().items():
        found.append(Change(study.added, "study", "study", key, "entered the base."))
        for name, fact in study.facts.items():
            if fact.added is not None and fact.added > study.added:
                text = f"has a new fact: {fact.what}, {format_fact(fact, 'full', vocabulary)}."
                found.append(Change(fact.added, "fact", "study", key, text, name))
            found += _corrections(key, name, fact, vocabulary)
    for nct, trial in evidence.trials().items():
        found.append(Change(trial.added, "trial", "trial", nct, "entered the base."))
        found += [
            Change(
                change.until, "field", "trial", nct, _field_text(trial, change), f"{change.field} {number}"
            )
            for number, change in enumerate(trial.history)
            if change.until is not None and change.field != "last_update"
        ]
    for key, notices in evidence.all_notices().items():
        for number, notice in enumerate(notices):
            text = f"{'was ' if notice.kind != 'expression-of-concern' else 'is '}{notice_words(notice)}."
            if notice.note:
                text += f" {notice.note}"
            found.append(
                Change(notice.found, "notice", "study", key, text, notice.doi or notice.pmid or str(number))
            )
    order = ("notice", "correction", "field", "trial", "study", "fact")
    return sorted(found, key=lambda one: (-one.day.toordinal(), order.index(one.kind), one.name, one.part))


def _corrections(key: str, name: str, fact: Fact, vocabulary: Vocabulary) -> list[Change]:
    made: list[Change] = []
    now = fact
    for number, correction in reversed(list(enumerate(sorted(fact.corrections, key=lambda one: one.day)))):
        content = now.model_dump(mode="json") | correction.was | {"corrections": []}
        before = Fact.model_validate(content)
        old, new = (format_fact(each, "full", vocabulary) for each in (before, now))
        moved = f"from {old} to {new}" if old != new else "in its description"
        text = f"had a fact corrected in this base: {now.what}, {moved}. {correction.reason}"
        made.append(Change(correction.day, "correction", "study", key, text, f"{name} {number}"))
        now = before
    return made


def value_words(value: int | float | str) -> str:
    """Return a value of a registry field as people read it."""
    return value if isinstance(value, str) else format_number(value)


def successor(trial: Trial, change: FieldChange) -> str | None:
    """Return what replaced an earlier value: the next recorded one, or that of today; None where it is not recorded."""
    place = trial.history.index(change)
    for later in trial.history[place + 1 :]:
        if later.field == change.field:
            return value_words(later.value)
    return current(trial, change.field)


def current(trial: Trial, field: str) -> str | None:
    """Return what a field says today; None where the record has no such field or nothing in it."""
    value = getattr(trial, field, None) if field in Trial.model_fields else None
    if value is None or value == []:
        return None
    return "; ".join(value) if isinstance(value, list) else value_words(value)


def _field_text(trial: Trial, change: FieldChange) -> str:
    where = "was completed from the registry" if change.source == OWN else "changed in the registry"
    before, now = value_words(change.value), successor(trial, change) or "–"
    return f"{where}: {field_words(change.field)}, {before} → {now}."
