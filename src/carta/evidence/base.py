"""The evidence base as the rest of CARTA asks it; every answer is traced (:mod:`carta.evidence.trace`)."""

from __future__ import annotations

import functools
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any, Concatenate, ParamSpec, TypeVar, cast

from pydantic import BaseModel

from carta.evidence import trace
from carta.evidence.appraisals import Appraisal, Certainty
from carta.evidence.loading import EvidenceError, Records, read_base
from carta.evidence.records import (
    Claim,
    Fact,
    Notice,
    Parameter,
    ParameterFile,
    Patient,
    ScreeningRound,
    Study,
    Trial,
    Vocabulary,
    WatchFile,
)
from carta.evidence.snapshot import read_marker
from carta.evidence.views import view_of
from carta.files import digest, find_root

P = ParamSpec("P")
R = TypeVar("R")


class UnknownRecordError(KeyError):
    """A study, fact, trial, claim or parameter that the base does not hold."""

    def __init__(self, kind: str, name: str, known: Iterable[str]) -> None:
        self.kind, self.name = kind, name
        self.near = _nearest(name, known)
        super().__init__(name)

    def __str__(self) -> str:
        hint = f" Did you mean {' or '.join(self.near)}?" if self.near else ""
        return f"There is no {self.kind} {self.name!r} in the evidence base.{hint}"


class NotYetKnownError(UnknownRecordError):
    """A record that the base holds today, but not on the day of the view."""

    def __init__(self, kind: str, name: str, day: date) -> None:
        super().__init__(kind, name, ())
        self.day = day

    def __str__(self) -> str:
        return f"The {self.kind} {self.name!r} was not yet known on {self.day.isoformat()}."


def _nearest(name: str, known: Iterable[str]) -> list[str]:
    from difflib import get_close_matches

    return get_close_matches(name, list(known), n=2, cutoff=0.6)


@dataclass(frozen=True)
class BoundFact:
    """A fact and where it belongs."""

    #: Key of the study, as in ``references.bib``.
    study: str
    #: Identifier of the fact within the study.
    id: str
    fact: Fact

    @property
    def name(self) -> str:
        """``key:id``, as prose names it."""
        return f"{self.study}:{self.id}"


@dataclass(frozen=True)
class BoundPatient:
    """A published patient and the report."""

    study: str
    id: str
    patient: Patient

    @property
    def name(self) -> str:
        """``key:id``."""
        return f"{self.study}:{self.id}"


def _plain(value: Any) -> Any:
    if isinstance(value, BaseModel):
        return value.model_dump(mode="json")
    if isinstance(value, BoundFact):
        return [value.study, value.id, _plain(value.fact)]
    if isinstance(value, BoundPatient):
        return [value.study, value.id, _plain(value.patient)]
    if isinstance(value, dict):
        return {str(key): _plain(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    return value


def answer_digest(answer: Any) -> str:
    """Return the digest of an answer: of its content, not of where it came from."""
    return digest(json.dumps(_plain(answer), sort_keys=True, ensure_ascii=False))


def _question(method: Callable[Concatenate[Evidence, P], R]) -> Callable[Concatenate[Evidence, P], R]:
    """Make a method of :class:`Evidence` traced. Its arguments must be JSON values."""

    @functools.wraps(method)
    def ask(self: Evidence, *args: P.args, **kwargs: P.kwargs) -> R:
        answer = method(self, *args, **kwargs)
        if trace.is_traced():
            question = json.dumps([method.__name__, list(args), kwargs], sort_keys=True)
            trace.record(question, answer_digest(answer))
        return answer

    return cast("Callable[Concatenate[Evidence, P], R]", ask)


@dataclass(frozen=True)
class Evidence:
    """All records with questions to ask of them. Lists come in the order of keys and identifiers."""

    root: Path
    _records: Records
    #: The day as of which this is; None for today.
    day: date | None = None
    _later: frozenset[tuple[str, str]] = frozenset()

    def as_of(self, when: date, published: Mapping[str, str] | None = None) -> Evidence:
        """Return the evidence as it stood at the end of a day (:mod:`carta.evidence.views`).

        Whoever asks it for a record that came later gets :class:`NotYetKnownError`.

        Args:
            when: the day.
            published: dates of publication of studies whose record has none, by key; they count for days before the
                base began.
        """
        view = view_of(self._records, when, published or {})
        return Evidence(self.root, view.records, when, view.later | self._later)

    def records(self) -> Records:
        """All records at once, for writing them out. Not traced: pages ask for what they show."""
        return self._records

    def later(self) -> frozenset[tuple[str, str]]:
        """Kind and name of what is in today's base and not in this view. Not traced."""
        return self._later

    def _unknown(self, kind: str, name: str, known: Iterable[str]) -> UnknownRecordError:
        if self.day is not None and (kind, name) in self._later:
            return NotYetKnownError(kind, name, self.day)
        return UnknownRecordError(kind, name, known)

    @_question
    def vocabulary(self) -> Vocabulary:
        """The words that records may use."""
        return self._records.vocabulary

    @_question
    def study(self, key: str) -> Study:
        """One study, whole.

        Raises:
            UnknownRecordError: when there is none of that key.
        """
        return self._study(key)

    @_question
    def study_outline(self, key: str) -> Study:
        """One study without its facts and patients: what stays when a value changes."""
        return self._study(key).model_copy(update={"facts": {}, "patients": {}})

    @_question
    def studies(
        self,
        *,
        disease: str | None = None,
        target: str | None = None,
        design: str | Sequence[str] | None = None,
        topic: str | None = None,
    ) -> dict[str, Study]:
        """Studies by key, those that match all that is given (without any: all)."""
        return {
            key: study
            for key, study in self._records.studies.items()
            if (disease is None or disease in study.diseases)
            and (target is None or (study.product is not None and target in study.product.targets))
            and (design is None or study.design in ([design] if isinstance(design, str) else design))
            and (topic is None or topic in study.topics)
        }

    @_question
    def keys(self) -> list[str]:
        """The keys of all studies."""
        return sorted(self._records.studies)

    @_question
    def fact(self, name: str) -> BoundFact:
        """One fact by ``key:id``.

        Raises:
            UnknownRecordError: when the study or the fact does not exist.
        """
        key, _, identifier = name.partition(":")
        study = self._study(key)
        if identifier not in study.facts:
            raise self._unknown("fact", name, [f"{key}:{known}" for known in study.facts])
        return BoundFact(key, identifier, study.facts[identifier])

    @_question
    def facts(
        self,
        *,
        study: str | None = None,
        outcome: str | None = None,
        status: str | None = None,
        unit: str | None = None,
        disease: str | None = None,
        topic: str | None = None,
    ) -> list[BoundFact]:
        """Facts that match all that is given (without any: all)."""
        chosen = self._records.studies if study is None else {study: self._study(study)}
        return [
            BoundFact(key, identifier, fact)
            for key, record in chosen.items()
            if (disease is None or disease in record.diseases) and (topic is None or topic in record.topics)
            for identifier, fact in record.facts.items()
            if (outcome is None or fact.outcome == outcome)
            and (status is None or fact.status == status)
            and (unit is None or fact.unit == unit)
        ]

    @_question
    def patients(self, *, study: str | None = None, disease: str | None = None) -> list[BoundPatient]:
        """Published patients; one person in two reports stands here twice (``same_patient_as``)."""
        chosen = self._records.studies if study is None else {study: self._study(study)}
        return [
            BoundPatient(key, identifier, patient)
            for key, record in chosen.items()
            if disease is None or disease in record.diseases
            for identifier, patient in record.patients.items()
        ]

    @_question
    def trial(self, nct: str) -> Trial:
        """One registered trial.

        Raises:
            UnknownRecordError: when there is none of that number.
        """
        if nct not in self._records.trials:
            raise self._unknown("trial", nct, self._records.trials)
        return self._records.trials[nct]

    @_question
    def trials(
        self, *, disease: str | None = None, target: str | None = None, status: str | None = None
    ) -> dict[str, Trial]:
        """Registered trials by NCT number, those that match all that is given."""
        return {
            nct: trial
            for nct, trial in self._records.trials.items()
            if (disease is None or disease in trial.diseases)
            and (target is None or target in trial.targets)
            and (status is None or trial.status == status)
        }

    @_question
    def claim(self, name: str) -> Claim:
        """One audited claim.

        Raises:
            UnknownRecordError: when there is none of that name.
        """
        claims = self._records.claims
        if name not in claims:
            raise self._unknown("claim", name, claims)
        return claims[name]

    @_question
    def claims(self, *, kind: str | None = None, verdict: str | None = None) -> dict[str, Claim]:
        """Audited claims by name, in the order of the file."""
        return {
            name: claim
            for name, claim in self._records.claims.items()
            if (kind is None or claim.kind == kind) and (verdict is None or claim.verdict == verdict)
        }

    @_question
    def parameters(self, model: str) -> ParameterFile:
        """The parameters of one model, by the name of its file.

        Raises:
            UnknownRecordError: when there is no such model.
        """
        if model not in self._records.parameters:
            raise self._unknown("model", model, self._records.parameters)
        return self._records.parameters[model]

    @_question
    def models(self) -> list[str]:
        """Names of the models that have a file of parameters."""
        return sorted(self._records.parameters)

    @_question
    def parameter(self, name: str) -> Parameter:
        """One parameter by ``model:id``.

        Raises:
            UnknownRecordError: when the model or the parameter does not exist.
        """
        model, _, identifier = name.partition(":")
        if model not in self._records.parameters:
            raise self._unknown("model", model, self._records.parameters)
        held = self._records.parameters[model].parameters
        if identifier not in held:
            raise self._unknown("parameter", name, [f"{model}:{known}" for known in held])
        return held[identifier]

    @_question
    def appraisal(self, key: str) -> Appraisal:
        """The risk of bias of one study.

        Raises:
            UnknownRecordError: when it was not appraised.
        """
        if key not in self._records.appraisals:
            raise self._unknown("appraisal", key, self._records.appraisals)
        return self._records.appraisals[key]

    @_question
    def appraisals(self) -> dict[str, Appraisal]:
        """All appraisals, by the key of the study."""
        return dict(self._records.appraisals)

    @_question
    def certainty(self, name: str) -> Certainty:
        """The recorded judgements of one outcome.

        Raises:
            UnknownRecordError: when there are none of that name.
        """
        if name not in self._records.certainties:
            raise self._unknown("certainty", name, self._records.certainties)
        return self._records.certainties[name]

    @_question
    def certainties(self) -> dict[str, Certainty]:
        """The recorded judgements of all outcomes, by the name of the file."""
        return dict(self._records.certainties)

    @_question
    def last_checked(self) -> str:
        """The latest date on which any fact was checked, ISO 8601."""
        dates = [fact.checked for study in self._records.studies.values() for fact in study.facts.values()]
        return max(dates).isoformat() if dates else ""

    @_question
    def notices(self, key: str) -> list[Notice]:
        """Retractions, corrections and expressions of concern on one source; none where it has none."""
        return list(self._records.notices.get(key, ()))

    @_question
    def all_notices(self) -> dict[str, list[Notice]]:
        """Retractions, corrections and expressions of concern, by the key of the source."""
        return {key: list(held) for key, held in self._records.notices.items()}

    @_question
    def watched(self) -> WatchFile:
        """Which source was last asked for news, when, and whether its answer was whole."""
        return self._records.watch

    @_question
    def screening(self) -> dict[str, ScreeningRound]:
        """What each recorded search found and what was decided, by the name of the file."""
        return dict(self._records.screening)

    def file_of(self, kind: str, name: str) -> str:
        """Return the file of a record, relative to the root. Not traced: it is no evidence."""
        return self._records.files[kind, name]

    def ask(self, question: str) -> str:
        """Ask a recorded question again and return the digest of today's answer.

        A question whose record is gone, or that no longer exists, has the answer ``"none"``.
        """
        name, args, kwargs = json.loads(question)
        method = getattr(type(self), name, None)
        if method is None or not hasattr(method, "__wrapped__"):
            return "none"
        try:
            return answer_digest(method.__wrapped__(self, *args, **kwargs))
        except (UnknownRecordError, TypeError):
            return "none"

    def _study(self, key: str) -> Study:
        if key not in self._records.studies:
            raise self._unknown("study", key, self._records.studies)
        return self._records.studies[key]


def load(root: Path | None = None) -> Evidence:
    """Load the base of the project at ``root`` (found from the working folder when not given).

    Raises:
        EvidenceError: when any record is unsound; its findings name file, line and mend.
        carta.files.ProjectNotFoundError: when there is no project.
    """
    place = find_root(root)
    reading = read_base(place)
    if reading.findings:
        raise EvidenceError(reading.findings)
    day, later = read_marker(place)
    return Evidence(place, reading.records, day, later)
