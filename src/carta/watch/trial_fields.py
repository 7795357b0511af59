"""A known trial against the registry, field by field; a new one as a record."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from typing import Any

from carta.bibliography.titles import normalise_title
from carta.evidence.records import Trial, Vocabulary
from carta.evidence.yaml_edit import dated
from carta.watch.answers import RegisteredTrial
from carta.watch.changes import ChangeKind, FieldOfTrial

#: Fields that are compared. Conditions and interventions are in our words, targets and diseases our judgement.
COMPARED = (
    "title",
    "acronym",
    "phase",
    "status",
    "enrollment",
    "enrollment_type",
    "start",
    "primary_completion",
    "completion",
    "last_update",
    "sponsor",
    "collaborators",
    "countries",
)
_DATES = ("start", "primary_completion", "completion", "last_update")

_CELLS = re.compile(
    r"chimeric[ -](antigen|autoantibody)[ -]receptor|\bCAR[ -]?(T|NK|M|Treg)s?\b|\bCAA?R[ -]?T|autoleucel|CAR\+",
    re.IGNORECASE,
)
#: A disease that is here only for comparison.
_COMPARISON = "cancer"


def compare_trial(nct: str, ours: Trial, theirs: RegisteredTrial) -> Iterator[FieldOfTrial]:
    """Yield the fields in which the registry and the record differ.

    A field that the registry leaves empty, or that could not be read, says nothing: our value stands.
    """
    for name in COMPARED:
        if name not in theirs.values:
            continue
        old, new = getattr(ours, name), theirs.values[name]
        if _same(name, old, new) or (
            name == "title" and theirs.official_title and _same(name, old, theirs.official_title)
        ):
            continue
        yield FieldOfTrial(nct, name, old, new, _kind(name, old, new, ours))


def _kind(name: str, old: Any, new: Any, ours: Trial) -> ChangeKind:
    if old is None or old == []:
        return "filled"
    if name in _DATES and new.startswith(old):
        return "refined"
    return "changed" if name in ours.read_fields else "corrected"


def _same(name: str, old: Any, new: Any) -> bool:
    if old is None or old == []:
        return False
    if name in _DATES:
        # The record may know the day where the registry states the month alone.
        return bool(old == new or old.startswith(f"{new}-"))
    if isinstance(new, list):
        return {_plain(item) for item in old} == {_plain(item) for item in new}
    if isinstance(new, str):
        return _plain(old) == _plain(new)
    return bool(old == new)


def _plain(text: str) -> str:
    return normalise_title(text)


def new_record(trial: RegisteredTrial, words: Vocabulary, today: date) -> dict[str, Any] | None:
    """Return a trial as a record of the base, or nothing where it is not clearly one of ours.

    Clearly ours is a trial whose conditions name a disease of the vocabulary and whose title or interventions
    name CAR cells. The others are screened by a person.
    """
    conditions = trial.values.get("conditions") or []
    diseases = sorted(diseases_of(conditions, words))
    if not diseases or not _CELLS.search(trial.text):
        return None
    targets = [name for name in words.targets if _names_target(trial.text, name)]
    record: dict[str, Any] = {}
    for name in Trial.model_fields:
        if name == "diseases":
            record[name] = diseases
        elif name == "targets" and targets:
            record[name] = targets
        elif name in trial.values:
            value = trial.values[name]
            record[name] = dated(value) if name in _DATES else value
    record["read_fields"] = ["nct", *(name for name in Trial.model_fields if name in trial.values)]
    record["read_at"] = [registry_address(trial.nct)]
    record["added"] = today
    record["note"] = "Diseases and targets were assigned from words of the record, and await a reader."
    return record


def registry_address(nct: str) -> str:
    """Return the canonical address of a trial."""
    return f"https://clinicaltrials.gov/study/{nct}"


def diseases_of(conditions: list[str], words: Vocabulary) -> set[str]:
    """Return the diseases of the vocabulary that the conditions name, by label or synonym."""
    found = set()
    for name, term in words.diseases.items():
        if name == _COMPARISON:
            continue
        labels = [_plain(label) for label in (term.label, *term.also)]
        for condition in conditions:
            text = f" {_plain(condition)} "
            # Short synonyms (MS, RA) are words of their own, and only where they are all of the condition.
            if any(f" {label} " in text if len(label) > 4 else text.strip() == label for label in labels):
                found.add(name)
    return found


def _names_target(text: str, name: str) -> bool:
    """Whether CD19, BCMA and so on is named; only names with a digit or of capitals are looked for."""
    if not re.fullmatch(r"cd\d+[a-z]?|bcma|baff-r|taci|musk|dsg3", name):
        return False
    return re.search(rf"(?<![A-Za-z0-9]){re.escape(name)}(?![0-9])", text, re.IGNORECASE) is not None
