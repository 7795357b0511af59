"""Numbers of an exercise: its answer and its wrong answers, computed from the evidence."""

from __future__ import annotations

import math
from dataclasses import dataclass

from carta.evidence import Evidence
from carta.evidence.formatting import format_number
from carta.workbook.expressions import ExpressionError, evaluate, fact_names
from carta.workbook.model import Exercise


@dataclass(frozen=True, slots=True)
class Values:
    """What the expressions of a number exercise come to."""

    answer: float
    #: In the order in which they are written.
    wrong: tuple[float, ...]


def values_of(exercise: Exercise, base: Evidence) -> Values:
    """Compute the answer and the wrong answers of a number exercise.

    Raises:
        ExpressionError: when one of them cannot be computed.
        ValueError: when the exercise asks for no number.
    """
    if exercise.answer is None:
        raise ValueError(f"the exercise {exercise.id} asks for no number")
    return Values(
        evaluate(exercise.answer.text, base),
        tuple(evaluate(wrong.answer.text, base) for wrong in exercise.wrong),
    )


def answer_text(exercise: Exercise, base: Evidence) -> str:
    """Return the answer of a number exercise with its unit, with as many digits as its tolerance makes sense of.

    Raises:
        ExpressionError: when it cannot be computed.
    """
    return with_unit(rounded(values_of(exercise, base).answer, exercise.tolerance or 1.0), exercise.unit)


def rounded(value: float, tolerance: float) -> str:
    """Write a number to one digit beyond its tolerance: 1.8276 with a tolerance of 0.5 is ``1.83``."""
    digits = max(0, 1 - math.floor(math.log10(tolerance)))
    return format_number(
        int(value + math.copysign(0.5, value)) if digits == 0 else float(f"{value:.{digits}f}")
    )


def with_unit(number: str, unit: str) -> str:
    """Write a number and its unit, which stay on one line."""
    return f"{number}\u00a0{unit}" if unit else number


def facts_of(exercise: Exercise) -> tuple[str, ...]:
    """Return the facts that an exercise must carry: those it lists, and those that its code and expressions name."""
    texts = [exercise.starter, exercise.tests, exercise.solution_code, exercise.answer]
    texts += [wrong.answer for wrong in exercise.wrong]
    named = [name for text in texts if text is not None for name in fact_names(text.text)]
    return tuple(dict.fromkeys([*exercise.facts, *named]))


__all__ = ["ExpressionError", "Values", "answer_text", "facts_of", "rounded", "values_of", "with_unit"]
