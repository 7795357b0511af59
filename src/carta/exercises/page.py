"""Running a reader's code in a page, where Python itself runs in the browser, apart from the page.

Output goes where ``sys.stdout`` goes, as it is written, so that also a loop without end shows what it prints. Stopping
is not done here: the page ends the whole interpreter.
"""

from __future__ import annotations

import json
import linecache
import math
import traceback
from typing import Any

from carta.exercises.facts import Facts
from carta.exercises.keys import code_key
from carta.exercises.material import use
from carta.exercises.running import ANSWER_FILE, run_tests, told


def run(code: str, tests: str | None, exercise: str) -> str:
    """Run code, and the tests on it where there are any.

    Args:
        code: what the reader wrote.
        tests: the tests of the exercise; None to run the code alone.
        exercise: JSON with ``id``, ``function`` and ``facts`` (records by ``key:id``).

    Returns:
        JSON: ``{"error": {"short", "text", "line"}}`` where the code stopped (``text`` is a traceback of the reader's
        own lines, ``line`` is 0 where none is known), ``{"met", "message"}`` of the tests, or ``{}``.
    """
    given = json.loads(exercise)
    material = use({"exercises": {}, "facts": given["facts"]})
    return json.dumps(_run(code, tests, given, material.facts))


def _run(code: str, tests: str | None, given: dict[str, Any], facts: Facts) -> dict[str, Any]:
    names: dict[str, Any] = {"__name__": "__main__", "fact": facts, "math": math, "input": _no_input}
    linecache.cache[ANSWER_FILE] = (len(code), None, code.splitlines(keepends=True), ANSWER_FILE)
    try:
        exec(compile(code, ANSWER_FILE, "exec", dont_inherit=True), names)
    except (Exception, SystemExit) as error:  # noqa: BLE001  whatever the reader's code raises
        return {"error": _error(error)}
    if tests is None:
        return {}
    function = names.get(given["function"])
    if not callable(function):
        missing = f"There is no function {given['function']} in your code. Keep its name as it was."
        return {"met": False, "message": missing}
    feedback = run_tests(code_key(given["id"], given["function"], tests), function, facts)
    return {"met": feedback.correct, "message": " ".join(feedback.messages)}


def _no_input(prompt: object = "") -> str:
    raise RuntimeError(
        "nobody can type an answer here: give the value to the function instead of asking for it"
    )


def _error(error: BaseException) -> dict[str, Any]:
    shown = traceback.TracebackException.from_exception(error)
    own = [frame for frame in shown.stack if frame.filename == ANSWER_FILE]
    shown.stack = traceback.StackSummary.from_list(own)
    line = own[-1].lineno if own else None
    if isinstance(error, SyntaxError) and error.filename == ANSWER_FILE:
        line = error.lineno
    return {
        "short": told(error),
        "text": "".join(shown.format(chain=False)).rstrip("\n"),
        "line": line or 0,
    }
