"""The evidence as an appendix: for each source its facts, with value, place and standing."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from carta.evidence import UnknownRecordError
from carta.evidence.formatting import format_number
from carta.evidence.records import Fact
from carta.site.project import Project

#: How a fact was read, as short as a narrow column wants it.
STATUS = {"read": "read", "second-hand": "second-hand", "unverified": "not verified"}


@dataclass(frozen=True)
class Row:
    """One fact in words."""

    id: str
    #: What was measured, in whom and when.
    what: str
    #: The value with its unit, interval and n.
    value: str
    #: Where in the source it stands.
    locator: str
    #: How it was read.
    status: str


@dataclass(frozen=True)
class StudyTable:
    """The facts of one source."""

    key: str
    label: str
    #: The reference, and what kind of source it is.
    about: str
    url: str | None
    rows: tuple[Row, ...]


def study_tables(project: Project) -> Iterator[StudyTable]:
    """Yield the sources that have facts, by their labels."""
    studies = project.evidence.studies()
    tables = []
    for key, study in studies.items():
        try:
            source = project.source(key)
            label, full, url = source.label, source.full, source.url
        except UnknownRecordError:
            label, full, url = key, key, None
        design = project.label("designs", study.design)
        rows = tuple(_row(project, name, fact) for name, fact in study.facts.items())
        tables.append(StudyTable(key, label, f"{full} {design}.", url, rows))
    yield from sorted(tables, key=lambda table: (table.label.casefold(), table.key))


def _row(project: Project, name: str, fact: Fact) -> Row:
    what = fact.what[:1].upper() + fact.what[1:]
    details = [
        fact.arm,
        fact.timepoint,
        fact.country,
        f"prices of {fact.price_year}" if fact.price_year else None,
    ]
    said = "; ".join(part for part in details if part)
    value = project.write(fact, "full")
    if fact.n is not None and fact.events is None:
        value += f" (n = {format_number(fact.n)})"
    return Row(name, f"{what} ({said})" if said else what, value, fact.locator, STATUS[fact.status])
