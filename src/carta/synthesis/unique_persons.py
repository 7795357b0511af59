"""Published patients, each person once, however often they were reported."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from carta.evidence.base import BoundPatient, Evidence


@dataclass(frozen=True)
class Person:
    """One person and all rows that report them."""

    #: The row with the longest follow-up, or the first by name.
    main: BoundPatient
    #: ``key:id`` of every row, sorted.
    rows: tuple[str, ...]
    #: Months of follow-up: the longest reported; None where none is.
    followup_months: float | None
    #: Whether a relapse is reported by any row; None where no row says.
    relapse: bool | None
    relapse_month: float | None
    #: What rows say differently, one sentence each.
    contradictions: tuple[str, ...]


def persons(
    base: Evidence, *, disease: str | None = None, statuses: Sequence[str] = ("read", "second-hand")
) -> tuple[Person, ...]:
    """Return every person of the base once, joined by ``same_patient_as``.

    Args:
        base: the evidence.
        disease: only patients of studies in this disease.
        statuses: how a row must have been read.
    """
    rows = {row.name: row for row in base.patients() if row.patient.status in statuses}
    home = {name: name for name in rows}

    def root(name: str) -> str:
        while home[name] != name:
            name = home[name]
        return name

    for name, row in rows.items():
        for other in row.patient.same_patient_as:
            if other in home:
                first, second = sorted((root(name), root(other)))
                home[second] = first
    together: dict[str, list[BoundPatient]] = {}
    for name in sorted(rows):
        together.setdefault(root(name), []).append(rows[name])
    wanted = None if disease is None else {row.name for row in base.patients(disease=disease)}
    return tuple(
        _person(members)
        for members in together.values()
        if wanted is None or any(member.name in wanted for member in members)
    )


def _person(members: list[BoundPatient]) -> Person:
    main = max(members, key=lambda row: (row.patient.followup_months or -1.0, [-ord(c) for c in row.name]))
    followups = [row.patient.followup_months for row in members if row.patient.followup_months is not None]
    said = {row.name: row.patient.relapse for row in members if row.patient.relapse is not None}
    months = [row.patient.relapse_month for row in members if row.patient.relapse_month is not None]
    contradictions = []
    if len(set(said.values())) > 1:
        contradictions.append(
            "Reports differ on relapse, which may be a matter of time: "
            + ", ".join(f"{name} {'yes' if value else 'no'}" for name, value in said.items())
            + "."
        )
    return Person(
        main=main,
        rows=tuple(row.name for row in members),
        followup_months=max(followups, default=None),
        # An earlier report cannot know of a relapse that came later.
        relapse=any(said.values()) if said else None,
        relapse_month=min(months, default=None),
        contradictions=tuple(contradictions),
    )
