"""What grading gives: marks for exercises, and a result for each notebook."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from carta.exercises.feedback import Verdict


@dataclass(frozen=True)
class Mark:
    """Points of one student for one exercise."""

    exercise: str
    number: int
    points: int
    of: int
    #: ``missing``: the notebook never asked to check it.
    verdict: Verdict | str
    feedback: str


@dataclass(frozen=True)
class Result:
    """What came of one submission."""

    student: str
    path: Path
    canvas_id: str
    #: The page whose exercises were marked, and its title; empty where none could be told.
    chapter: str
    title: str
    marks: tuple[Mark, ...]
    #: What a teacher should know: cells that failed, a notebook that hung, a file that is none.
    remarks: tuple[str, ...]
    #: Whether it ran to its end.
    whole: bool

    @property
    def points(self) -> int:
        """Points in all."""
        return sum(mark.points for mark in self.marks)

    @property
    def of(self) -> int:
        """Points that could be had."""
        return sum(mark.of for mark in self.marks)
