"""The tables of the pages of evidence: patients of a source, and the index of all sources and trials."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

from carta.bibliography.entries import BibEntry
from carta.bibliography.formatting import shown_title
from carta.bibliography.years import year_of
from carta.evidence.formatting import format_number
from carta.evidence.records import Patient, Product, Study, Trial
from carta.site.project import Project

#: What of a source was read, in words.
ACCESS = {
    "fulltext": "the full text",
    "abstract": "the abstract",
    "label": "the product's label",
    "registry": "the registry record",
    "news": "news or a release about it",
    "none": "nothing: known from other documents",
}
#: The same in two words, to choose by.
_READ = {
    "fulltext": "Read: full text",
    "abstract": "Read: abstract",
    "label": "Read: label",
    "registry": "Read: registry record",
    "news": "Read: news",
    "none": "Not read",
}
#: Several values of a cell of the index stand with this between them; its script parts them there.
BETWEEN = "; "
#: A longer title is cut in the index; its page has the whole.
_LONGEST_TITLE = 120


class Same(NamedTuple):
    """The same person in another report."""

    study: str
    id: str


class Person(NamedTuple):
    """A row of the table of patients."""

    name: str
    cells: list[str]
    status: str
    same_as: list[Same]


class People(NamedTuple):
    """The patients of a source; only columns in which something stands."""

    heads: list[str]
    rows: list[Person]


def _number(number: float | None) -> str:
    return "" if number is None else format_number(number)


def _yes_no(answer: bool | None) -> str:
    return "" if answer is None else "yes" if answer else "no"


def _relapse(patient: Patient) -> str:
    said = _yes_no(patient.relapse)
    if patient.relapse_month is None:
        return said
    month = f"month {format_number(patient.relapse_month)}"
    return f"{said}, {month}" if said else month


def _measured(patient: Patient) -> str:
    return "; ".join(
        f"{reading.what}: {reading.value}{f' {reading.unit}' if reading.unit else ''}"
        for reading in patient.measurements.values()
    )


_PATIENT: tuple[tuple[str, Callable[[Patient], str]], ...] = (
    ("Disease", lambda patient: patient.disease),
    ("Age, years", lambda patient: _number(patient.age)),
    ("Sex", lambda patient: {"F": "female", "M": "male"}.get(patient.sex or "", "")),
    ("Years ill", lambda patient: _number(patient.disease_years)),
    ("Product", lambda patient: patient.product or ""),
    ("Dose", lambda patient: patient.dose or ""),
    ("Infused", lambda patient: patient.infused or ""),
    ("Follow-up, months", lambda patient: _number(patient.followup_months)),
    ("CRS grade", lambda patient: _number(patient.crs_grade)),
    ("ICANS grade", lambda patient: _number(patient.icans_grade)),
    ("Outcome", lambda patient: patient.outcome or ""),
    ("Relapse", _relapse),
    ("Free of drugs", lambda patient: _yes_no(patient.drug_free)),
    ("Measured", _measured),
    ("Note", lambda patient: patient.note or ""),
)


def people(study: Study) -> People:
    """Return the table of a source's patients."""
    whole = [
        (name, patient, [write(patient) for _, write in _PATIENT]) for name, patient in study.patients.items()
    ]
    kept = [at for at in range(len(_PATIENT)) if any(cells[at] for _, _, cells in whole)]
    rows = [
        Person(
            name,
            [cells[at] or "–" for at in kept],
            patient.status,
            [Same(*other.split(":", 1)) for other in patient.same_patient_as if ":" in other],
        )
        for name, patient, cells in whole
    ]
    return People([_PATIENT[at][0] for at in kept], rows)


def shared(study: Study) -> dict[str, list[str]]:
    """Return what is known of shared patients, and the reports of which it is known."""
    told: dict[str, list[str]] = {}
    for other, what in study.overlaps.items():
        told.setdefault(what, []).append(other)
    return told


class OwnWords(NamedTuple):
    """What a source itself calls target and cells, where that says more than the words of the vocabulary."""

    target: str | None
    cell: str | None


def own_words(project: Project, given: Product | Trial | None) -> OwnWords:
    """Return the source's own words for what was given, without those that only repeat the vocabulary."""
    if given is None:
        return OwnWords(None, None)
    targets = " ".join(project.label("targets", word) for word in given.targets)
    cells = project.label("cell_sources", given.cell_source) if given.cell_source else ""
    return OwnWords(_unless_in(given.target, targets), _unless_in(given.cell, cells))


def _unless_in(words: str | None, said: str) -> str | None:
    return None if words is None or words.casefold() in said.casefold() else words


class IndexColumn(NamedTuple):
    """A column of the index; ``key`` is what its script and addresses call it."""

    key: str
    label: str


INDEX_COLUMNS = (
    IndexColumn("name", "Source or trial"),
    IndexColumn("design", "Design"),
    IndexColumn("disease", "Diseases"),
    IndexColumn("target", "Targets"),
    IndexColumn("year", "Year"),
    IndexColumn("people", "People"),
    IndexColumn("facts", "Facts"),
    IndexColumn("status", "Status"),
)
#: What the index calls a registered trial where a source has its design.
TRIAL_DESIGN = "Registered trial"


class IndexRow(NamedTuple):
    """A source or a trial in the index; ``cells`` follow :data:`INDEX_COLUMNS` behind the first."""

    name: str
    label: str
    title: str
    cells: list[str]


def index_rows(project: Project, labels: dict[str, str]) -> list[IndexRow]:
    """Return all sources by their label, those that begin with no letter last, then all trials by their number.

    Args:
        labels: key of each source to its short citation.
    """
    evidence = project.evidence
    studies = sorted(
        evidence.studies().items(),
        key=lambda item: (not labels[item[0]][:1].isalpha(), labels[item[0]].casefold(), item[0]),
    )
    return [
        *(_study_row(project, key, study, labels[key]) for key, study in studies),
        *(_trial_row(project, nct, trial) for nct, trial in evidence.trials().items()),
    ]


def _study_row(project: Project, key: str, study: Study, label: str) -> IndexRow:
    entry = project.bibliography.get(key)
    product = study.product
    return IndexRow(
        key,
        label,
        _title(entry),
        [
            project.label("designs", study.design),
            _words(project, "diseases", study.diseases),
            _words(project, "targets", product.targets if product else []),
            _year(entry, study),
            _number(study.n) or "–",
            str(len(study.facts)),
            _READ[study.access],
        ],
    )


def _trial_row(project: Project, nct: str, trial: Trial) -> IndexRow:
    return IndexRow(
        nct,
        f"{trial.acronym} ({nct})" if trial.acronym else nct,
        _cut(trial.title or ", ".join(trial.conditions)),
        [
            TRIAL_DESIGN,
            _words(project, "diseases", trial.diseases),
            _words(project, "targets", trial.targets),
            trial.start[:4] if trial.start else "–",
            _number(trial.enrollment) or "–",
            "–",
            trial.status or "Status not read",
        ],
    )


def _words(project: Project, kind: str, words: list[str]) -> str:
    return BETWEEN.join(project.label(kind, word) for word in words) or "–"


def _year(entry: BibEntry | None, study: Study) -> str:
    year = year_of(entry.fields) if entry is not None else None
    if year is not None and year.isdigit():
        return year
    return study.published[:4] if study.published else "–"


def _title(entry: BibEntry | None) -> str:
    return _cut(shown_title(entry)) if entry is not None else ""


def _cut(text: str) -> str:
    if len(text) <= _LONGEST_TITLE:
        return text
    return text[:_LONGEST_TITLE].rsplit(" ", 1)[0] + " …"
