"""Exercises that answer at once, in a notebook or in a page. The standard library is all they need.

In a notebook::

    from carta.exercises import check, fact

    check("binder-or-signal", "A")
"""

from __future__ import annotations

from carta.exercises import numbers
from carta.exercises.checking import judge
from carta.exercises.expectations import NotMetError, expect, expect_close, expect_raises
from carta.exercises.facts import CarriedFact, Facts, UnknownFactError
from carta.exercises.feedback import Feedback
from carta.exercises.keys import Key, choice_key, code_key, number_key
from carta.exercises.material import Material, UnknownExerciseError, current, read_material, use
from carta.exercises.running import run_tests

__all__ = [
    "CarriedFact",
    "Facts",
    "Feedback",
    "Key",
    "Material",
    "NotMetError",
    "UnknownExerciseError",
    "UnknownFactError",
    "check",
    "choice_key",
    "code_key",
    "current",
    "expect",
    "expect_close",
    "expect_raises",
    "fact",
    "judge",
    "number_key",
    "numbers",
    "read_material",
    "run_tests",
    "use",
]


def check(identifier: str, answer: object = ...) -> Feedback:
    """Judge an answer, print what there is to learn from it, and return that.

    Args:
        identifier: of the exercise.
        answer: a letter (``"B"``), letters (``"A, C"`` or a list), a number, or the function asked for.

    Raises:
        UnknownExerciseError: when this material has no such exercise.
    """
    material = current()
    feedback = judge(material.key(identifier), answer, material.facts)
    print(feedback)
    return feedback


def fact(name: str) -> CarriedFact:
    """Return a fact of the evidence base by ``key:id``, such as ``fact("castle-2025-blood:icans").events``.

    Raises:
        UnknownFactError: when this material does not bring it.
    """
    return current().facts(name)
