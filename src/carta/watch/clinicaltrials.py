"""ClinicalTrials.gov, API version 2: pages of studies by token, studies by number."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from datetime import date
from typing import Any

from carta.watch.answers import Answer, RegisteredTrial, ShapeError, batches, objects, take, texts
from carta.watch.client import Client, SourceError

_PAGE = 1000
#: Numbers in one request; the address stays short enough for every server between.
_NUMBERS = 100

_STATUS = {
    "NOT_YET_RECRUITING": "Not yet recruiting",
    "RECRUITING": "Recruiting",
    "ENROLLING_BY_INVITATION": "Enrolling by invitation",
    "ACTIVE_NOT_RECRUITING": "Active, not recruiting",
    "COMPLETED": "Completed",
    "SUSPENDED": "Suspended",
    "TERMINATED": "Terminated",
    "WITHDRAWN": "Withdrawn",
    "UNKNOWN": "Unknown",
}
_PHASES = {
    ("EARLY_PHASE1",): "Early Phase 1",
    ("PHASE1",): "Phase 1",
    ("PHASE1", "PHASE2"): "Phase 1/Phase 2",
    ("PHASE2",): "Phase 2",
    ("PHASE2", "PHASE3"): "Phase 2/Phase 3",
    ("PHASE3",): "Phase 3",
    ("PHASE4",): "Phase 4",
    ("NA",): "NA",
}


def search_trials(client: Client, query: str, since: date | None) -> Answer[RegisteredTrial]:
    """Return the trials that match an Essie expression and were updated since a day (all without it)."""
    parameters = {"query.term": query}
    if since is not None:
        parameters["filter.advanced"] = f"AREA[LastUpdatePostDate]RANGE[{since.isoformat()},MAX]"
    answer: Answer[RegisteredTrial] = Answer()
    _read_pages(client, parameters, answer)
    return answer


def trials_by_number(client: Client, numbers: Iterable[str]) -> Answer[RegisteredTrial]:
    """Return the trials of these NCT numbers, as far as the registry has them."""
    answer: Answer[RegisteredTrial] = Answer()
    for batch in batches(sorted(numbers), _NUMBERS):
        _read_pages(client, {"filter.ids": "|".join(batch)}, answer)
    return answer


def _read_pages(client: Client, parameters: dict[str, str], answer: Answer[RegisteredTrial]) -> None:
    parameters = {**parameters, "pageSize": str(_PAGE), "countTotal": "true", "format": "json"}
    known = {trial.nct for trial in answer.items}
    seen: set[str] = set()
    tokens: set[str] = set()
    total: int | None = None
    while True:
        try:
            page = client.json("clinicaltrials", "/studies", parameters)
            total = take(page, "totalCount", int) if total is None else total
            studies = objects(page, "studies")
            token = take(page, "nextPageToken", str)
        except (SourceError, ShapeError) as error:
            answer.problem(f"{len(seen)} of {_of(total)} trials read, then: {error}")
            return
        for study in studies:
            trial = _trial(study, answer.problem)
            if trial is None:
                continue
            seen.add(trial.nct)
            if trial.nct not in known:
                known.add(trial.nct)
                answer.items.append(trial)
        if token is None:
            break
        if token in tokens:
            answer.problem(f"the registry gave one page twice; {len(seen)} of {_of(total)} trials read")
            return
        tokens.add(token)
        parameters["pageToken"] = token
    if total is not None and len(seen) < total:
        answer.problem(f"the registry announced {total} trials and gave {len(seen)}")


def _of(total: int | None) -> str:
    return "an unknown number of" if total is None else str(total)


def _trial(study: dict[str, Any], problem: Callable[[str], None]) -> RegisteredTrial | None:
    try:
        nct = take(study, "protocolSection.identificationModule.nctId", str)
    except ShapeError as error:
        problem(f"a trial could not be read: {error}")
        return None
    if nct is None:
        problem("a trial without a number could not be read")
        return None
    values: dict[str, Any] = {}
    section = study["protocolSection"]
    for name, read in _FIELDS.items():
        try:
            value = read(section)
        except (ShapeError, ValueError) as error:
            problem(f"{nct}: {name} was not read: {error}")
            continue
        if value is not None and value != []:
            values[name] = value
    try:
        official = take(section, "identificationModule.officialTitle", str)
        text = " ".join(_text(section))
    except ShapeError as error:
        problem(f"{nct}: {error}")
        official, text = None, ""
    return RegisteredTrial(nct, values, official, text)


def _text(section: dict[str, Any]) -> Iterator[str]:
    for name in ("briefTitle", "officialTitle", "acronym"):
        yield take(section, f"identificationModule.{name}", str) or ""
    for item in objects(section, "armsInterventionsModule.interventions"):
        yield take(item, "name", str) or ""
        yield take(item, "description", str) or ""


def _status(section: dict[str, Any]) -> str | None:
    word = take(section, "statusModule.overallStatus", str)
    if word is not None and word not in _STATUS:
        raise ValueError(f"{word!r} is no status that CARTA knows")
    return _STATUS[word] if word else None


def _phase(section: dict[str, Any]) -> str | None:
    words = tuple(texts(section, "designModule.phases"))
    if words and words not in _PHASES:
        raise ValueError(f"{' and '.join(words)} is no phase that CARTA knows")
    return _PHASES[words] if words else None


def _enrollment(section: dict[str, Any]) -> int | None:
    count = take(section, "designModule.enrollmentInfo.count", int)
    if count is not None and count < 0:
        raise ValueError(f"an enrolment of {count}")
    return count


def _enrollment_type(section: dict[str, Any]) -> str | None:
    word = take(section, "designModule.enrollmentInfo.type", str)
    if word is None:
        return None
    if word not in ("ESTIMATED", "ACTUAL"):
        raise ValueError(f"{word!r} is no kind of enrolment that CARTA knows")
    return word.lower()


def _date(path: str) -> Callable[[dict[str, Any]], str | None]:
    def read(section: dict[str, Any]) -> str | None:
        value = take(section, f"statusModule.{path}.date", str)
        if value is not None:
            # Months without a day are usual in this registry.
            date.fromisoformat(value if len(value) > len("2024-01") else f"{value}-01")
        return value

    return read


def _words(path: str) -> Callable[[dict[str, Any]], str | None]:
    def read(section: dict[str, Any]) -> str | None:
        value = take(section, path, str)
        return " ".join(value.split()) or None if value is not None else None

    return read


def _names(path: str, name: str) -> Callable[[dict[str, Any]], list[str]]:
    def read(section: dict[str, Any]) -> list[str]:
        found = (take(item, name, str) for item in objects(section, path))
        return list(dict.fromkeys(" ".join(word.split()) for word in found if word))

    return read


_FIELDS: dict[str, Callable[[dict[str, Any]], Any]] = {
    "title": _words("identificationModule.briefTitle"),
    "acronym": _words("identificationModule.acronym"),
    "conditions": lambda section: texts(section, "conditionsModule.conditions"),
    "phase": _phase,
    "status": _status,
    "enrollment": _enrollment,
    "enrollment_type": _enrollment_type,
    "start": _date("startDateStruct"),
    "primary_completion": _date("primaryCompletionDateStruct"),
    "completion": _date("completionDateStruct"),
    "last_update": _date("lastUpdatePostDateStruct"),
    "sponsor": _words("sponsorCollaboratorsModule.leadSponsor.name"),
    "collaborators": _names("sponsorCollaboratorsModule.collaborators", "name"),
    "countries": _names("contactsLocationsModule.locations", "country"),
    "intervention": lambda section: (
        "; ".join(_names("armsInterventionsModule.interventions", "name")(section)) or None
    ),
}
