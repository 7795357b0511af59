"""The key that students get, and the facts it needs, made from an exercise and the evidence."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from carta.evidence import Evidence
from carta.exercises import Key, choice_key, code_key, number_key
from carta.workbook.expressions import facts_from
from carta.workbook.model import LETTERS, Exercise
from carta.workbook.rendering import Renderer
from carta.workbook.values import answer_text, facts_of, values_of


def key_of(exercise: Exercise, base: Evidence, renderer: Renderer | None = None) -> Key:
    """Return the key of an exercise: it judges answers, and holds none that could be read.

    Raises:
        ExpressionError: when a number cannot be computed.
    """
    renderer = renderer or Renderer(base)
    if exercise.form == "choice":
        options = [
            (option.correct, renderer.plain(option.feedback, chapter=exercise.chapter))
            for option in exercise.options
        ]
        return choice_key(exercise.id, LETTERS[: len(options)], options, several=exercise.several)
    if exercise.form == "number":
        values = values_of(exercise, base)
        wrong = [
            (value, renderer.plain(wrong.feedback, chapter=exercise.chapter))
            for value, wrong in zip(values.wrong, exercise.wrong, strict=True)
        ]
        return number_key(
            exercise.id,
            values.answer,
            exercise.tolerance or 0.0,
            wrong,
            unit=exercise.unit,
            praise=f"It is {answer_text(exercise, base)}.",
        )
    assert exercise.tests is not None  # the parser's own rule
    return code_key(exercise.id, exercise.function, exercise.tests.text)


def material_of(exercises: Iterable[Exercise], base: Evidence) -> dict[str, Any]:
    """Return keys and facts as JSON values, for :func:`carta.exercises.use`.

    Raises:
        ExpressionError: when a number cannot be computed.
        UnknownRecordError: when a fact does not exist.
    """
    renderer = Renderer(base)
    keys: dict[str, Any] = {}
    facts: dict[str, dict[str, Any]] = {}
    for exercise in exercises:
        keys[exercise.id] = key_of(exercise, base, renderer).to_json()
        if exercise.form == "code":
            facts.update(facts_from(base, facts_of(exercise)))
        else:
            # A notebook's reader may look at what the question is about; expressions would tell how to get the answer.
            facts.update(facts_from(base, exercise.facts))
    return {"exercises": keys, "facts": dict(sorted(facts.items()))}
