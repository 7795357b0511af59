"""Running the tests of a code exercise. They run where this is called: the caller sets the limits."""

from __future__ import annotations

import math
import traceback
from collections.abc import Callable
from typing import Any

from carta.exercises.expectations import NotMetError, expect, expect_close, expect_raises
from carta.exercises.facts import Facts
from carta.exercises.feedback import Feedback
from carta.exercises.keys import Key

#: The name of a student's code in a traceback.
ANSWER_FILE = "<your code>"
_TESTS_FILE = "<tests>"


def run_tests(key: Key, function: Callable[..., Any], facts: Facts) -> Feedback:
    """Run the tests of a code exercise on a function; the first that is not met is the feedback."""
    names: dict[str, Any] = {
        "__name__": "tests",
        "expect": expect,
        "expect_close": expect_close,
        "expect_raises": expect_raises,
        "fact": facts,
        "math": math,
        key.function: function,
    }
    try:
        exec(compile(key.tests, _TESTS_FILE, "exec", dont_inherit=True), names)
    except NotMetError as unmet:
        return Feedback(key.id, "wrong", (str(unmet),))
    except (Exception, SystemExit) as error:  # noqa: BLE001  whatever the student's function raises
        message = f"Your function stopped during the tests. {told(error)}"
        return Feedback(key.id, "wrong", (message,), error=traced(error))
    return Feedback(key.id, "right", ("All tests pass.",))


def told(error: BaseException) -> str:
    """Name an error and the line of the student's code on which it arose."""
    line = None
    if isinstance(error, SyntaxError) and error.filename == ANSWER_FILE:
        line, text = error.lineno, error.msg
    else:
        text = str(error)
        for frame in traceback.extract_tb(error.__traceback__):
            if frame.filename == ANSWER_FILE:
                line = frame.lineno
    where = f" (line {line})" if line else ""
    return f"{type(error).__name__}{': ' if text else ''}{text}{where}"


def traced(error: BaseException) -> str:
    """Return the traceback of an error, without the frames that are none of the student's."""
    shown = traceback.TracebackException.from_exception(error)
    kept = [frame for frame in shown.stack if frame.filename not in (__file__, _TESTS_FILE)]
    shown.stack = traceback.StackSummary.from_list(kept)
    return "".join(shown.format(chain=False))
