"""From key and answer to feedback."""

from __future__ import annotations

import math
from collections.abc import Callable

from carta.exercises.answers import AnswerError, is_untouched, letters, number
from carta.exercises.facts import Facts
from carta.exercises.feedback import Feedback
from carta.exercises.keys import Key, cell_of
from carta.exercises.running import run_tests
from carta.exercises.sealing import unseal


def judge(key: Key, answer: object, facts: Facts) -> Feedback:
    """Judge an answer: letters for a choice, a number, or the function itself for code. Never raises for an answer."""
    if is_untouched(answer):
        return Feedback(key.id, "untouched", ("Put your answer in its place, then run the cell again.",))
    try:
        if key.form == "choice":
            return _choice(key, answer)
        if key.form == "number":
            return _number(key, answer)
    except AnswerError as error:
        return Feedback(key.id, "unread", (str(error),))
    return _code(key, answer, facts)


def _choice(key: Key, answer: object) -> Feedback:
    chosen = letters(answer, key.letters, several=key.several)
    found = [unseal(letter, key.id, key.sealed) for letter in chosen]
    told = [(bool(entry[0]), str(entry[1])) for entry in found if entry is not None]
    # One feedback speaks for itself; of several each says which option it is about.
    messages = tuple(
        f"{letter}: {text}" if key.several else text
        for letter, (_, text) in zip(chosen, told, strict=True)
        if text
    )
    if not all(correct for correct, _ in told):
        return Feedback(key.id, "wrong", messages)
    if key.several and unseal(f"={chosen}", key.id, key.sealed) is None:
        more = "What you chose is right, and something is still missing."
        return Feedback(key.id, "partly", (*messages, more))
    return Feedback(key.id, "right", messages)


def _number(key: Key, answer: object) -> Feedback:
    value = number(answer, key.unit)
    # Far beyond any cell; a hash of it would be no answer either.
    bands = None if abs(value) > 1e300 else unseal(str(cell_of(value, key.cell)), key.id, key.sealed)
    nearest: tuple[int, float, str] | None = None
    for low, high, correct, text in bands or ():
        if low <= value <= high:
            candidate = (0 if correct else 1, math.fabs(value - (low + high) / 2), str(text))
            nearest = min(nearest, candidate) if nearest else candidate
    if nearest is None:
        general = "The number is not within the tolerance. Look at the unit, at what is divided by what, and at the hint."
        return Feedback(key.id, "wrong", (general,))
    return Feedback(key.id, "wrong" if nearest[0] else "right", (nearest[2],) if nearest[2] else ())


def _code(key: Key, answer: object, facts: Facts) -> Feedback:
    if not callable(answer):
        return Feedback(
            key.id,
            "unread",
            (f'Pass the function itself, without calling it: check("{key.id}", {key.function}).',),
        )
    function: Callable[..., object] = answer
    return run_tests(key, function, facts)
