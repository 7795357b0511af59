"""What an exercise is: one frozen record, as its author wrote it beside the chapter."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from carta.prose.options import TextAt

Kind = Literal["concept", "estimate", "evidence", "code"]
Difficulty = Literal["easy", "medium", "hard"]
#: How it is answered: by choosing, with a number, or with a function.
Form = Literal["choice", "number", "code"]

KINDS: tuple[Kind, ...] = ("concept", "estimate", "evidence", "code")
DIFFICULTIES: tuple[Difficulty, ...] = ("easy", "medium", "hard")
#: Which forms each kind may have.
FORMS: dict[Kind, tuple[Form, ...]] = {
    "concept": ("choice",),
    "estimate": ("number",),
    "evidence": ("choice", "number"),
    "code": ("code",),
}
#: Points of an exercise where a teacher sets no others.
POINTS: dict[Difficulty, int] = {"easy": 1, "medium": 2, "hard": 3}
#: Options carry these letters, in the order in which they are written.
LETTERS = "ABCDEFGH"


@dataclass(frozen=True, slots=True)
class Option:
    """One option of a choice."""

    #: Inline MyST.
    text: TextAt
    correct: bool
    #: What a reader is told who chose it; MyST.
    feedback: TextAt

    @property
    def line(self) -> int:
        """Line of the directive."""
        return self.text.line


@dataclass(frozen=True, slots=True)
class Wrong:
    """A plausible wrong answer: an expression with feedback, or code (whose feedback comes from the tests)."""

    #: A Python expression, or the code of a function.
    answer: TextAt
    #: MyST; empty for code.
    feedback: TextAt


@dataclass(frozen=True, slots=True)
class Exercise:
    """One exercise of a chapter. What does not belong to its form is empty or None."""

    #: Unique in the book.
    id: str
    #: The page without suffix, relative to the project: ``book/mechanism/what-is-a-car``.
    chapter: str
    #: Its place among the exercises of the chapter, from one.
    number: int
    kind: Kind
    form: Form
    #: Number of the item in "What you will learn", from one.
    objective: int
    difficulty: Difficulty
    #: MyST.
    question: TextAt
    hint: TextAt
    #: MyST. For code: the words after the code.
    solution: TextAt
    #: Line of the opening fence.
    line: int
    options: tuple[Option, ...] = ()
    #: Whether any number of options may be right.
    several: bool = False
    #: A Python expression over facts.
    answer: TextAt | None = None
    unit: str = ""
    #: Absolute, in the unit.
    tolerance: float | None = None
    wrong: tuple[Wrong, ...] = ()
    #: Name of the function to write.
    function: str = ""
    #: Facts (``key:id``) that the page and the notebook must carry, besides those its expressions name.
    facts: tuple[str, ...] = ()
    starter: TextAt | None = None
    tests: TextAt | None = None
    #: The worked solution's code.
    solution_code: TextAt | None = None

    @property
    def points(self) -> int:
        """Points for a right answer."""
        return POINTS[self.difficulty]

    @property
    def file(self) -> str:
        """The page's file, relative to the project."""
        return f"{self.chapter}.md"

    @property
    def texts(self) -> tuple[TextAt, ...]:
        """All that is MyST, the solution last."""
        return (
            self.question,
            self.hint,
            *(option.text for option in self.options),
            *(option.feedback for option in self.options),
            *(wrong.feedback for wrong in self.wrong),
            self.solution,
        )

    @property
    def correct_letters(self) -> str:
        """The letters of the right options, in order."""
        return "".join(
            letter for letter, option in zip(LETTERS, self.options, strict=False) if option.correct
        )


@dataclass(frozen=True, slots=True)
class Chapter:
    """A page with what its exercises need to know of it."""

    #: The page without suffix, relative to the project.
    name: str
    title: str
    #: The items of "What you will learn"; MyST.
    objectives: tuple[TextAt, ...]
    #: Line of that section's heading, or of the title where there is none.
    objectives_line: int
    exercises: tuple[Exercise, ...]
    #: First and last line of the section that exercises belong in; None where there is none.
    section: tuple[int, int] | None = None

    @property
    def part(self) -> str:
        """The folder below ``book``, such as ``trials``; empty for a page that stands in none."""
        steps = self.name.split("/")
        return steps[1] if len(steps) > 2 else ""

    @property
    def file(self) -> str:
        """The page's file, relative to the project."""
        return f"{self.name}.md"
