"""The typed records of the evidence base. What a field means stands beside it."""

from __future__ import annotations

import re
from datetime import date
from datetime import date as date_type
from typing import Annotated, Any, Literal, Self, get_args

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, model_validator

#: Where the value was read: in the source itself, in another document about it, or nowhere yet.
Status = Literal["read", "second-hand", "unverified"]
#: What of a source was read. ``none``: known only from other documents.
Access = Literal["fulltext", "abstract", "label", "registry", "news", "none"]
#: A word that limits a number: "over 90 percent" is not 90 percent.
Qualifier = Literal["about", "over", "under", "up to", "at least", "at most"]
#: Settings of a model carry their own standing besides that of a read value.
ParameterStatus = Literal[
    "read", "second-hand", "unverified", "re-implementation", "derived", "calibrated", "assumed"
]
Verdict = Literal["supported", "partly", "contradicted", "unverifiable", "opinion"]
Confidence = Literal["high", "medium", "low"]

_PARTIAL_DATE = re.compile(r"\d{4}(-(0[1-9]|1[0-2])(-(0[1-9]|[12]\d|3[01]))?)?")
_IDENTIFIER = re.compile(r"[a-z0-9]+(?:[-.][a-z0-9]+)*")


def _partial_date(value: str) -> str:
    if not _PARTIAL_DATE.fullmatch(value):
        raise ValueError("is no date: write YYYY, YYYY-MM or YYYY-MM-DD")
    if len(value) == len("2024-01-31"):
        date.fromisoformat(value)
    return value


def _identifier(value: str) -> str:
    if not _IDENTIFIER.fullmatch(value):
        raise ValueError("is no identifier: use lower-case letters, digits and single hyphens")
    return value


def _nct(value: str) -> str:
    if not re.fullmatch(r"NCT\d{8}", value):
        raise ValueError("is no ClinicalTrials.gov number: write NCT and eight digits")
    return value


def _iso(value: Any) -> Any:
    # YAML reads an unquoted 2024-05-06 as a date and an unquoted 2024 as a number.
    if isinstance(value, date):
        return value.isoformat()
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


#: A date known to the year, the month or the day.
PartialDate = Annotated[str, BeforeValidator(_iso), AfterValidator(_partial_date)]
Identifier = Annotated[str, AfterValidator(_identifier)]
NctNumber = Annotated[str, AfterValidator(_nct)]
Number = Annotated[int | float, Field(allow_inf_nan=False)]
Interval = tuple[Number, Number]
Text = Annotated[str, Field(min_length=1)]


class Record(BaseModel):
    """A record that refuses fields it does not know, so that a misspelt one is seen."""

    model_config = ConfigDict(extra="forbid", frozen=True, str_strip_whitespace=True)


class Correction(Record):
    """A correction of a fact in this base: what its fields said until that day."""

    day: date = Field(
        description="The day from which the fact reads as it does now (or as the next correction has it)."
    )
    was: dict[str, Any] = Field(
        min_length=1, description="Fields and what they said before; null for a field that was not there."
    )
    reason: Text = Field(description="Why it was corrected, in a sentence for readers.")


class Fact(Record):
    """One reported result with its unit, its place in the source and how it was read.

    Exactly one centre is given (``value``, ``mean``, ``median``, ``events`` of ``n``, or ``text``), or an
    interval without one.
    """

    what: Text = Field(description="What was measured, in words a reader understands.")
    value: Number | None = Field(None, description="A single reported number of no further kind.")
    mean: Number | None = Field(None, description="An arithmetic mean.")
    median: Number | None = Field(None, description="A median.")
    events: Annotated[int, Field(ge=0)] | None = Field(None, description="Patients with the event, of n.")
    text: Text | None = Field(None, description="A result in words.")
    n: Annotated[int, Field(ge=0)] | None = Field(None, description="How many it was measured in.")
    unit: Text | None = Field(None, description="A unit of the vocabulary.")
    sd: Annotated[float, Field(ge=0)] | None = Field(None, description="Standard deviation.")
    plus_minus: Annotated[float, Field(ge=0)] | None = Field(
        None, description="A plus-minus whose kind (deviation or error) the source does not name."
    )
    ci95: Interval | None = Field(None, description="95 % confidence (or credible) interval.")
    iqr: Interval | None = Field(None, description="Interquartile range: first and third quartile.")
    range: Interval | None = Field(None, description="Lowest and highest value.")
    range_width: Annotated[float, Field(ge=0)] | None = Field(
        None, description="The width of the range, where a source prints one number for it."
    )
    qualifier: Qualifier | None = Field(None, description="A word that limits the number.")
    p: Annotated[float, Field(ge=0, le=1)] | None = Field(None, description="Reported p value.")
    i2: Annotated[float, Field(ge=0, le=100)] | None = Field(
        None, description="Heterogeneity of a reported pooled estimate, per cent."
    )
    outcome: Identifier | None = Field(None, description="An outcome of the vocabulary, for synthesis.")
    arm: Text | None = Field(None, description="The group of patients, where not all.")
    timepoint: Text | None = Field(None, description="When it was measured.")
    year: Annotated[int, Field(ge=1900, le=2100)] | None = Field(None, description="Year the figure is for.")
    price_year: Annotated[int, Field(ge=1900, le=2100)] | None = Field(
        None, description="Year of the prices."
    )
    country: Text | None = Field(None, description="Country of a price or cost, ISO 3166.")
    derived: bool = Field(False, description="Computed from values of the source, not printed there.")
    source_inconsistency: Text | None = Field(
        None, description="How the source contradicts itself here; checks of consistency then pass it by."
    )
    locator: Text = Field(description="The place in the source: a table, a page, the abstract.")
    status: Status = Field(description="How the value was read.")
    checked: date = Field(description="When it was last checked.")
    note: Text | None = Field(None, description="What a user of the value must know.")
    added: date | None = Field(
        None, description="When the fact entered the base, where that is later than its study."
    )
    corrections: list[Correction] = Field(
        default_factory=list, description="What the record of the fact said before, oldest first."
    )

    @model_validator(mode="after")
    def _one_centre(self) -> Self:
        centres = [
            name for name in ("value", "mean", "median", "events", "text") if getattr(self, name) is not None
        ]
        if len(centres) > 1:
            raise ValueError(f"has {' and '.join(centres)}: give one of them")
        if not centres and self.range is None and self.iqr is None and self.ci95 is None:
            raise ValueError("has no result: give value, mean, median, events, text, or a range")
        if self.events is not None and self.n is None:
            raise ValueError("has events without n: give how many patients they are of")
        return self

    @property
    def centre(self) -> int | float | None:
        """The number in the middle: value, mean, median, or the proportion in per cent; none for words."""
        if self.events is not None:
            return 100 * self.events / self.n if self.n else None
        for number in (self.value, self.mean, self.median):
            if number is not None:
                return number
        return None


class Measurement(Record):
    """A single patient's reading."""

    what: Text
    value: Number | Text | bool
    unit: Text | None = None


class Patient(Record):
    """One patient as published. Ages in years, follow-up in months; grades as ASTCT defines them."""

    disease: Text
    age: Annotated[float, Field(ge=0, le=120)] | None = Field(None, description="Years.")
    sex: Literal["F", "M"] | None = None
    disease_years: Annotated[float, Field(ge=0)] | None = Field(None, description="Years since diagnosis.")
    product: Text | None = None
    dose: Text | None = None
    infused: Text | None = Field(None, description="When the cells were given.")
    followup_months: Annotated[float, Field(ge=0)] | None = None
    crs_grade: Annotated[int, Field(ge=0, le=5)] | None = None
    icans_grade: Annotated[int, Field(ge=0, le=5)] | None = None
    outcome: Text | None = None
    relapse: bool | None = None
    relapse_month: Annotated[float, Field(ge=0)] | None = None
    drug_free: bool | None = None
    measurements: dict[Identifier, Measurement] = Field(default_factory=dict)
    same_patient_as: list[Text] = Field(
        default_factory=list, description="The same person in another report: KEY:ID."
    )
    status: Status
    note: Text | None = None


class Product(Record):
    """What was given."""

    name: Text | None = None
    target: Text | None = Field(None, description="As the source names it.")
    targets: list[Identifier] = Field(default_factory=list, description="Targets of the vocabulary.")
    cell: Text | None = Field(None, description="As the source names it.")
    cell_source: Identifier | None = Field(None, description="A cell source of the vocabulary.")
    vector: Text | None = None
    costimulation: Text | None = None
    lymphodepletion: Text | None = None


class Study(Record):
    """A source: paper, abstract, label, registry record, report or news item, under its key of ``references.bib``."""

    design: Identifier = Field(description="A design of the vocabulary.")
    topics: list[Text] = Field(default_factory=list)
    diseases: list[Identifier] = Field(default_factory=list, description="Diseases of the vocabulary.")
    registrations: list[NctNumber] = Field(default_factory=list)
    product: Product | None = None
    n: Annotated[int, Field(ge=0)] | None = Field(None, description="Patients (or records) in the report.")
    access: Access = Field(description="What of it was read.")
    read_at: list[Text] = Field(
        default_factory=list, description="Canonical addresses at which it was read; never a mirror."
    )
    published: PartialDate | None = None
    added: date = Field(description="When the record entered the base.")
    cohort: Identifier | None = Field(None, description="Who the patients are; a cohort of the vocabulary.")
    overlaps: dict[Text, Text] = Field(
        default_factory=dict, description="Other reports that share patients: key, and what is known of it."
    )
    circular: list[Text] = Field(
        default_factory=list,
        description="Sources that this one repeats or is repeated by, so that neither confirms the other.",
    )
    also_known_as: list[Text] = Field(default_factory=list, description="Former keys of the same work.")
    notes: list[Text] = Field(default_factory=list)
    facts: dict[Identifier, Fact] = Field(default_factory=dict)
    patients: dict[Identifier, Patient] = Field(default_factory=dict)


#: Source of a value that an earlier version of the registry record itself held.
REGISTRY = "clinicaltrials"
#: Source of a value that our own record held, which the registry may never have said.
OWN = "carta"


class FieldChange(Record):
    """A value that a registry field once had."""

    field: Text = Field(description="A field of the trial, or in words what else the registry states.")
    value: Number | Text = Field(description="What it said; the members of a list are joined by '; '.")
    as_of: PartialDate | None = Field(None, description="Date of the registry version that said so.")
    until: date_type | None = Field(None, description="The day on which the base took the next value.")
    source: Text = Field(
        description="Key of a source; clinicaltrials for an earlier version of the registry record; carta for "
        "what our own record said, which the registry may never have."
    )


class Trial(Record):
    """A registered trial. Fields not named in ``read_fields`` were not read in a registry record."""

    title: Text | None = None
    acronym: Text | None = None
    conditions: list[Text] = Field(min_length=1)
    diseases: list[Identifier] = Field(default_factory=list, description="Diseases of the vocabulary.")
    phase: (
        Literal[
            "Early Phase 1",
            "Phase 1",
            "Phase 1/Phase 2",
            "Phase 2",
            "Phase 2/Phase 3",
            "Phase 3",
            "Phase 4",
            "NA",
        ]
        | None
    ) = None
    status: (
        Literal[
            "Not yet recruiting",
            "Recruiting",
            "Enrolling by invitation",
            "Active, not recruiting",
            "Completed",
            "Suspended",
            "Terminated",
            "Withdrawn",
            "Unknown",
        ]
        | None
    ) = None
    status_note: Text | None = Field(None, description="The date or doubt attached to the status.")
    enrollment: Annotated[int, Field(ge=0)] | None = None
    enrollment_type: Literal["estimated", "actual"] | None = None
    start: PartialDate | None = None
    primary_completion: PartialDate | None = None
    completion: PartialDate | None = None
    last_update: PartialDate | None = None
    sponsor: Text | None = None
    collaborators: list[Text] = Field(default_factory=list)
    countries: list[Text] = Field(default_factory=list)
    intervention: Text | None = None
    target: Text | None = None
    targets: list[Identifier] = Field(default_factory=list, description="Targets of the vocabulary.")
    cell: Text | None = None
    cell_source: Identifier | None = Field(None, description="A cell source of the vocabulary.")
    vector: Text | None = None
    read_fields: list[Text] = Field(default_factory=list)
    unverified_fields: list[Text] = Field(default_factory=list)
    read_at: list[Text] = Field(default_factory=list)
    history: list[FieldChange] = Field(default_factory=list)
    added: date
    note: Text | None = None


class Parameter(Record):
    """A quantity of a model, with the standing of its value."""

    symbol: Text = Field(description="TeX, without dollars.")
    what: Text
    value: Number | list[Number] | None = Field(None, description="Typical value; a list for a vector.")
    text: Text | None = Field(None, description="The value in words, where it is no single number.")
    unit: Text | None = None
    range: Interval | None = Field(
        None, description="Plausible range, quartiles or limits, as range_kind says."
    )
    range_kind: Literal["plausible", "quartiles", "ci95", "observed"] | None = None
    between_subject: Annotated[float, Field(ge=0)] | None = Field(
        None, description="Between-subject spread on the log scale, as printed."
    )
    status: ParameterStatus
    sources: list[Text] = Field(default_factory=list)
    basis: Text | None = Field(None, description="How the value was come by.")
    note: Text | None = None

    @model_validator(mode="after")
    def _has_value(self) -> Self:
        if self.value is None and self.text is None:
            raise ValueError("has no value: give value or text")
        if self.status in ("read", "second-hand", "re-implementation") and not self.sources:
            raise ValueError(f"is {self.status} but names no source")
        return self


class ParameterFile(Record):
    """The parameters of one model."""

    model: Text
    about: Text
    notes: list[Text] = Field(default_factory=list)
    parameters: dict[Identifier, Parameter]


class Claim(Record):
    """A claim of an audited text, in our own words, and what the sources say of it."""

    claim: Text
    where: list[Text]
    kind: Identifier
    verdict: Verdict
    finding: Text = Field(description="What the sources say.")
    sources: list[Text]
    confidence: Confidence
    note: Text | None = None
    also_known_as: list[Identifier] = Field(
        default_factory=list,
        description="Former names; the addresses that they gave keep leading to the claim.",
    )


class ClaimFile(Record):
    """The claims of one audited text."""

    audited: Text = Field(description="Key of the audited text.")
    about: Text
    claims: dict[Identifier, Claim]


class Term(Record):
    """A word of the vocabulary."""

    label: Text
    definition: Text | None = None
    also: list[Text] = Field(default_factory=list, description="Synonyms and abbreviations.")


class UnitTerm(Record):
    """How a unit is printed, and what pint takes it for."""

    one: Text = Field(description="Printed after 1.")
    many: Text = Field(description="Printed after any other number.")
    pint: Text = Field(description="The expression that pint reads.")
    prefix: bool = Field(False, description="Printed before the number, as a currency sign is.")


class Vocabulary(Record):
    """The words that records may use."""

    diseases: dict[Identifier, Term]
    targets: dict[Identifier, Term]
    cell_sources: dict[Identifier, Term]
    designs: dict[Identifier, Term]
    outcomes: dict[Identifier, Term]
    cohorts: dict[Identifier, Term]
    claim_kinds: dict[Identifier, Term]
    units: dict[str, UnitTerm]
    #: Products and trial acronyms whose digits are part of a name.
    names: list[Text] = Field(default_factory=list)


#: What a publisher says about a work after it came out.
NoticeKind = Literal["retraction", "expression-of-concern", "correction"]
#: Where CARTA looks for what is new; the names of ``carta.watch``.
WatchSource = Literal["clinicaltrials", "pubmed", "europe-pmc", "crossref"]


class Notice(Record):
    """A retraction, correction or expression of concern on a source."""

    kind: NoticeKind
    date: PartialDate | None = Field(None, description="When the notice was published, where that is known.")
    doi: Text | None = Field(None, description="DOI of the notice itself.")
    pmid: Text | None = Field(None, description="PMID of the notice itself.")
    source: WatchSource | Literal["publisher"] = Field(description="Where the notice was found.")
    found: date_type = Field(description="The day on which it entered the base.")
    note: Text | None = Field(None, description="What it changes in this review.")

    @model_validator(mode="after")
    def _can_be_looked_up(self) -> Self:
        if self.doi is None and self.pmid is None and self.note is None:
            raise ValueError(
                "cannot be looked up: give the doi or pmid of the notice, or say in a note why none"
            )
        return self


class NoticeFile(Record):
    """``evidence/notices.yaml``: what publishers said about our sources after they came out."""

    notices: dict[Text, list[Notice]] = Field(
        default_factory=dict, description="Key of the source, and its notices, oldest first."
    )


class SourceCheck(Record):
    """The last time that one source was asked."""

    date: date_type = Field(description="The day on which the source was asked.")
    complete: bool = Field(description="Whether all of its answer was read.")
    #: A day on which the answer was complete; it stays when a later check fails.
    last_complete: date_type | None = Field(None, description="The last day with a complete answer.")
    note: Text | None = Field(None, description="What was not read, and why.")


class Disagreement(Record):
    """A value of ours that an index states otherwise. A person decides which is right."""

    of: Text = Field(description="Key of the source, or NCT number of the trial.")
    field: Text
    ours: Text
    theirs: Text
    source: WatchSource
    found: date_type


class WatchFile(Record):
    """``evidence/watch.yaml``: which source was asked when, whether the answer was whole, and what is open."""

    checked: dict[WatchSource, SourceCheck] = Field(default_factory=dict)
    disagreements: list[Disagreement] = Field(
        default_factory=list, description="Where an index and we differ, until a person has decided."
    )

    @property
    def last_complete(self) -> date_type | None:
        """The day up to which every source was read whole: the oldest of their last complete days."""
        days = [check.last_complete for check in self.checked.values()]
        if len(days) < len(get_args(WatchSource)) or any(day is None for day in days):
            return None
        return min(day for day in days if day is not None)


class ScreenedPaper(Record):
    """A work that a search found, and what was decided on it."""

    title: Text
    year: Annotated[int, Field(ge=1900, le=2100)] | None = None
    journal: Text | None = None
    doi: Text | None = None
    pmid: Text | None = None
    pmcid: Text | None = None
    nct: NctNumber | None = Field(None, description="The number, where it is a registered trial.")
    found_in: list[WatchSource] = Field(min_length=1)
    score: Annotated[float, Field(ge=0, le=1)] | None = Field(
        None, description="How much it reads like included works; an order for reading, and no decision."
    )
    decision: Literal["undecided", "included", "excluded"] = "undecided"
    stage: Literal["title-abstract", "full-text", "not-retrieved"] | None = Field(
        None, description="What the decision was taken on; not-retrieved: the report could not be had."
    )
    reason: Text | None = Field(None, description="Why it was excluded, in a few words; they are counted.")
    decided: date_type | None = None
    study: Text | None = Field(None, description="Key of the study, where it was included.")

    @model_validator(mode="after")
    def _decision_is_whole(self) -> Self:
        if self.decision == "excluded" and (self.reason is None or self.stage is None):
            raise ValueError("is excluded without reason or stage: give both")
        if self.decision == "included" and self.study is None and self.nct is None:
            raise ValueError("is included: give the key of its study")
        if self.decision != "undecided" and self.decided is None:
            raise ValueError("has a decision without its day: give decided")
        if self.decision == "undecided" and (self.reason is not None or self.decided is not None):
            raise ValueError("has a reason or a day, but no decision")
        return self


class ScreeningRound(Record):
    """``evidence/screening/<date>.yaml``: what one search found, what was known, what was decided."""

    date: date_type = Field(description="The day of the search.")
    since: PartialDate | None = Field(
        None, description="The search went back to this day; without: no limit."
    )
    found: dict[WatchSource, Annotated[int, Field(ge=0)]] = Field(description="Records of each source.")
    duplicates: Annotated[int, Field(ge=0)] = Field(
        description="Records of a work that another record named."
    )
    known: Annotated[int, Field(ge=0)] = Field(description="Works already in the base or screened earlier.")
    added: Annotated[int, Field(ge=0)] = Field(0, description="Trials that went straight into the base.")
    ranking: Text | None = Field(None, description="How the scores were made.")
    papers: dict[Text, ScreenedPaper]

    @model_validator(mode="after")
    def _adds_up(self) -> Self:
        found = sum(self.found.values())
        accounted = self.duplicates + self.known + self.added + len(self.papers)
        if found != accounted:
            raise ValueError(
                f"does not add up: {found} records found, but duplicates, known, added and papers are {accounted}"
            )
        return self
