"""A student's answer in its plain form, whatever way it was given."""

from __future__ import annotations

import math
import re
from collections.abc import Iterable

#: A number as people write it: sign, digits, decimal point or comma, exponent.
_NUMBER = re.compile(r"[-+]?(?:\d+(?:[.,]\d*)?|[.,]\d+)(?:[eE][-+]?\d+)?")
#: May be twelve and a half or twelve thousand five hundred.
_AMBIGUOUS = re.compile(r"[-+]?[1-9]\d{0,2}(?:,\d{3})+")
#: Signs that stand for a hyphen, and spaces that group digits.
_PLAIN = str.maketrans({"−": "-", "–": "-", "\u00a0": None, "\u2009": None, "\u202f": None, " ": None})


class AnswerError(ValueError):
    """An answer that cannot be read; the message says what was expected."""


def is_untouched(answer: object) -> bool:
    """Return whether the answer is still the placeholder of the notebook, or nothing."""
    return answer is None or answer is ... or (isinstance(answer, str) and not answer.strip())


def letters(answer: object, known: str, *, several: bool) -> str:
    """Return the letters that were chosen: capitals, in order, each once.

    ``"b"``, ``"B"``, ``"A, C"``, ``["A", "C"]`` and ``{"A", "C"}`` are understood.

    Args:
        answer: what the student gave.
        known: the letters of the options, such as ``"ABCD"``.
        several: whether more than one may be chosen.

    Raises:
        AnswerError: when it names no option, an unknown one, or too many.
    """
    if isinstance(answer, str):
        parts = [part for part in re.split(r"[\s,;+&/]+", answer.strip()) if part]
        # "AC" is A and C where several may be chosen.
        if several and len(parts) == 1 and len(parts[0]) > 1:
            parts = list(parts[0])
    elif isinstance(answer, Iterable):
        parts = [str(part).strip() for part in answer]
    else:
        parts = [str(answer)]
    chosen = sorted({part.strip(".()").upper() for part in parts})
    listed = f"{', '.join(known[:-1])} or {known[-1]}"
    if not chosen or any(letter not in known or len(letter) != 1 for letter in chosen):
        raise AnswerError(f"Choose by letter: {listed}{', or several such as A, B' if several else ''}.")
    if len(chosen) > 1 and not several:
        raise AnswerError(f"Choose one: {listed}.")
    return "".join(chosen)


def number(answer: object, unit: str) -> float:
    """Return the number that was given; text may carry the unit: ``"3.5 %"``, ``"3,5"``.

    Raises:
        AnswerError: when it is no finite number, or has another unit.
    """
    if isinstance(answer, str):
        text = answer.translate(_PLAIN).strip()
        ending = unit.translate(_PLAIN)
        text = text.removesuffix(ending)
        if not _NUMBER.fullmatch(text):
            raise AnswerError(_expected(unit))
        if _AMBIGUOUS.fullmatch(text):
            raise AnswerError(f"Write {answer.strip()} without a comma, or with a point for the decimals.")
        value = float(text.replace(",", "."))
    else:
        try:
            # Also fractions, decimals and the scalars of NumPy; a truth value is no number here.
            value = math.nan if isinstance(answer, bool) else float(answer)  # type: ignore[arg-type]
        except (TypeError, ValueError, OverflowError):
            value = math.nan
    if not math.isfinite(value):
        raise AnswerError(_expected(unit))
    return value


def _expected(unit: str) -> str:
    return f"Give a number{f' in {unit}' if unit else ''}, such as 2.5."
