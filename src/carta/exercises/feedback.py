"""What a student is told about an answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

#: ``unread``: no answer of the form asked for; ``untouched``: none was given yet.
Verdict = Literal["right", "partly", "wrong", "unread", "untouched"]

_WORDS: dict[str, str] = {
    "right": "✓ Right.",
    "partly": "◐ Not complete.",
    "wrong": "✗ Not yet.",
    "unread": "? That cannot be read.",
    "untouched": "○ Not answered yet.",
}


@dataclass(frozen=True)
class Feedback:
    """The verdict on one answer, and what to learn from it."""

    #: Identifier of the exercise.
    exercise: str
    verdict: Verdict
    #: What to think of next; never the right answer, unless it was given.
    messages: tuple[str, ...] = ()
    #: What the student's code printed.
    output: str = ""
    #: The error that stopped the student's code, with its line.
    error: str = ""

    @property
    def correct(self) -> bool:
        """Whether the answer is right."""
        return self.verdict == "right"

    def __str__(self) -> str:
        return "\n".join(part for part in (_WORDS[self.verdict], *self.messages) if part)

    def _ipython_display_(self) -> None:
        """Show nothing more in a notebook, where :func:`carta.exercises.check` has printed it."""
