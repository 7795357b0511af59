"""What the tests of a code exercise are written with. The first one that is not met is the feedback."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any


class NotMetError(AssertionError):
    """An expectation is not met; the message is for the student."""


def expect(condition: object, message: str) -> None:
    """Expect a condition to be true.

    Raises:
        NotMetError: with the message, when it is not.
    """
    if not condition:
        raise NotMetError(message)


def expect_close(actual: object, expected: float, message: str, tolerance: float = 1e-6) -> None:
    """Expect a number within an absolute ``tolerance`` of another.

    Raises:
        NotMetError: when it lies farther away, or is no number at all.
    """
    if isinstance(actual, bool) or not _is_number(actual):
        raise NotMetError(f"{message} Your function returned {_named(actual)}, not a number.")
    if not math.isclose(float(actual), expected, rel_tol=0.0, abs_tol=tolerance):  # type: ignore[arg-type]
        raise NotMetError(message)


def expect_raises(error: type[BaseException], function: Callable[[], Any], message: str) -> None:
    """Expect a call without arguments to raise an error.

    Raises:
        NotMetError: when it returns, or raises another error.
    """
    try:
        function()
    except error:
        return
    except Exception as other:  # noqa: BLE001  whatever the student's code raises
        raise NotMetError(f"{message} It raised {type(other).__name__} instead.") from None
    raise NotMetError(message)


def _is_number(value: object) -> bool:
    try:
        float(value)  # type: ignore[arg-type]
    except (TypeError, ValueError, OverflowError):
        return False
    return not isinstance(value, str | bytes)


def _named(value: object) -> str:
    if value is None:
        return "nothing (None)"
    return f"a value of the type {type(value).__name__}"
