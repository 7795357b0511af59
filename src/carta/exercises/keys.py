"""The key of an exercise as student material carries it: it can tell right from wrong and does not say what is right."""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any, Literal

from carta.exercises.sealing import seal

#: Slack for rounding: a share of the tolerance, and some units in the last place of the number.
_SLACK, _LAST_PLACES = 1e-9, 4


@dataclass(frozen=True)
class Key:
    """How answers to one exercise are judged. What does not belong to its form is empty."""

    id: str
    form: Literal["choice", "number", "code"]
    #: Letters of the options.
    letters: str = ""
    several: bool = False
    unit: str = ""
    #: Width of the cells into which numbers are sorted before they are hashed: twice the tolerance.
    cell: float = 0.0
    #: Feedback hidden under the answer it belongs to (:mod:`carta.exercises.sealing`).
    sealed: Mapping[str, str] = field(default_factory=dict)
    #: Name of the function to write.
    function: str = ""
    #: Python that states what the function must do.
    tests: str = ""

    def to_json(self) -> dict[str, Any]:
        """Return it as JSON values, without what is empty."""
        return {name: value for name, value in asdict(self).items() if value}

    @classmethod
    def from_json(cls, values: Mapping[str, Any]) -> Key:
        """Return the key written by :meth:`to_json`."""
        return cls(**values)


def choice_key(
    identifier: str, letters: str, options: Sequence[tuple[bool, str]], *, several: bool = False
) -> Key:
    """Make the key of a choice.

    Args:
        identifier: of the exercise.
        letters: of the options, in order.
        options: whether each is right, and the feedback for choosing it.
        several: whether any number may be chosen.
    """
    entries = [
        seal(letter, identifier, [int(correct), feedback])
        for letter, (correct, feedback) in zip(letters, options, strict=True)
    ]
    if several:
        right = "".join(letter for letter, (correct, _) in zip(letters, options, strict=True) if correct)
        entries.append(seal(f"={right}", identifier, [1, ""]))
    return Key(identifier, "choice", letters=letters, several=several, sealed=_in_order(entries))


def number_key(
    identifier: str,
    answer: float,
    tolerance: float,
    wrong: Iterable[tuple[float, str]],
    *,
    unit: str = "",
    praise: str = "",
) -> Key:
    """Make the key of a number.

    The line of numbers is cut into cells twice as wide as the tolerance. The cells that the band around the answer
    touches hold its limits, sealed under the number of the cell; so the tolerance is exact, and only a number about
    as near as the tolerance can open a cell. Wrong answers are kept alike, with their feedback.

    Args:
        identifier: of the exercise.
        answer: the right number.
        tolerance: how far an answer may lie from it, above 0.
        wrong: wrong numbers and the feedback on each.
        unit: of the numbers.
        praise: what is said of the right answer.
    """
    cell = 2 * tolerance
    cells: dict[int, list[list[Any]]] = {}
    for value, correct, feedback in [(answer, 1, praise), *((value, 0, text) for value, text in wrong)]:
        reach = tolerance * (1 + _SLACK) + _LAST_PLACES * math.ulp(value)
        for index in range(cell_of(value - reach, cell), cell_of(value + reach, cell) + 1):
            cells.setdefault(index, []).append([value - reach, value + reach, correct, feedback])
    entries = [seal(str(index), identifier, bands) for index, bands in cells.items()]
    return Key(identifier, "number", unit=unit, cell=cell, sealed=_in_order(entries))


def code_key(identifier: str, function: str, tests: str) -> Key:
    """Make the key of a code exercise: the tests themselves, which hold no solution."""
    return Key(identifier, "code", function=function, tests=tests)


def cell_of(value: float, cell: float) -> int:
    """Return the number of the cell in which a value lies."""
    return math.floor(value / cell)


def _in_order(entries: Iterable[tuple[str, str]]) -> dict[str, str]:
    """Sort by the hash, so that the order says nothing."""
    return dict(sorted(entries))
