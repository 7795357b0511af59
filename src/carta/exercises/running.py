"""Running a student's code and the tests of its exercise. It runs where it is called: the caller sets the limits."""

from __future__ import annotations

import contextlib
import io
import linecache
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


def run_source(key: Key, source: str, facts: Facts) -> Feedback:
    """Run a student's code, then the tests on the function that it defines.

    What the code prints is kept in the feedback. An endless loop is not stopped here.
    """
    output = io.StringIO()
    names: dict[str, Any] = {"__name__": "__main__", "fact": facts, "math": math}
    linecache.cache[ANSWER_FILE] = (len(source), None, source.splitlines(keepends=True), ANSWER_FILE)
    with contextlib.redirect_stdout(output), contextlib.redirect_stderr(output):
        try:
            exec(compile(source, ANSWER_FILE, "exec", dont_inherit=True), names)
        except (Exception, SystemExit) as error:  # noqa: BLE001  whatever the student's code raises
            return Feedback(
                key.id, "wrong", (f"Your code stopped. {told(error)}",), output.getvalue(), traced(error)
            )
        function = names.get(key.function)
        if not callable(function):
            missing = f"There is no function `{key.function}` in your code. Keep its name as it was."
            return Feedback(key.id, "unread", (missing,), output.getvalue())
        result = run_tests(key, function, facts)
    return Feedback(key.id, result.verdict, result.messages, output.getvalue(), result.error)


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
