"""Running the code of exercises, as their authors wrote it, the way the code of students is run."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator, Mapping
from typing import Any, Self

from carta.evidence import Evidence
from carta.exercises import Facts, Feedback, run_tests
from carta.exercises.keys import Key, code_key
from carta.findings import Finding
from carta.prose.options import TextAt
from carta.workbook.expressions import facts_from
from carta.workbook.model import Exercise
from carta.workbook.sandbox.session import Limits, Sandbox, SandboxError
from carta.workbook.values import facts_of

#: Time for one piece of code of an author; an endless loop in a wrong answer costs no more.
LIMITS = Limits(cell_seconds=3.0, total_seconds=600.0)
#: Parts of code shorter than this say nothing when they stand in tests and solution.
_TELLING = 16


class CodeChecker:
    """Runs code of many exercises in one sandboxed process, and starts another where one is lost."""

    def __init__(self, base: Evidence) -> None:
        self._base = base
        self._sandbox: Sandbox | None = None
        self._facts: dict[str, Mapping[str, Any]] = {}

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._close()

    def _close(self) -> None:
        if self._sandbox is not None:
            self._sandbox.__exit__(None, None, None)
            self._sandbox = None

    def run(self, exercise: Exercise, code: str) -> Feedback:
        """Run code as an answer to an exercise, and its tests on the function that it defines.

        Raises:
            UnknownRecordError: when a fact of the exercise does not exist.
        """
        assert exercise.tests is not None  # the parser's own rule
        facts = facts_from(self._base, facts_of(exercise))
        key = code_key(exercise.id, exercise.function, exercise.tests.text)
        try:
            return run_code(self._open(facts), key, code, facts)
        except SandboxError as error:
            self._close()
            return Feedback(exercise.id, "wrong", (f"Your code was stopped: {error}.",))

    def _open(self, facts: Mapping[str, Mapping[str, Any]]) -> Sandbox:
        # Facts are given at the start, so a process serves exercises with the same or fewer.
        if self._sandbox is None or not set(facts) <= set(self._facts):
            self._close()
            self._facts = {**self._facts, **facts}
            self._sandbox = Sandbox(self._facts, LIMITS).__enter__()
        return self._sandbox

    def carry(self, exercises: list[Exercise]) -> None:
        """Know the facts of these exercises from the start, so that one process does for all."""
        for exercise in exercises:
            try:
                self._facts.update(facts_from(self._base, facts_of(exercise)))
            except KeyError:
                continue  # a rule of its own reports it

    def findings(self, exercise: Exercise) -> Iterator[Finding]:
        """Yield what is wrong with the code of an exercise."""
        assert exercise.starter and exercise.tests and exercise.solution_code  # the parser's own rule

        def finding(text: TextAt, rule: str, message: str, mend: str) -> Finding:
            return Finding(
                f"exercises/{rule}", "error", exercise.file, text.line, f"{exercise.id}: {message}", mend
            )

        yield from _imports(exercise)
        if (shared := _shared(exercise)) is not None:
            message = f"the tests hold code of the solution, `{shared}`; students can read the tests."
            yield finding(
                exercise.tests,
                "tests-tell",
                message,
                "State examples and properties that the result must have.",
            )
        try:
            solved = self.run(exercise, exercise.solution_code.text)
            untouched = self.run(exercise, exercise.starter.text)
            wrong = [(item.answer, self.run(exercise, item.answer.text)) for item in exercise.wrong]
        except KeyError:
            return  # a rule of its own reports the fact
        if not solved.correct:
            message = f"the worked solution fails: {' '.join(solved.messages)}"
            yield finding(
                exercise.solution_code,
                "solution-fails",
                message,
                "Mend the solution, or the test that it fails.",
            )
        if untouched.correct:
            message = "the starter passes all tests as it stands."
            yield finding(
                exercise.starter,
                "starter-passes",
                message,
                "Leave the work out of it, or test what is asked.",
            )
        elif untouched.verdict == "unread":
            message = f"the starter does not define `{exercise.function}`."
            yield finding(exercise.starter, "starter-function", message, "Begin the function there.")
        told: dict[tuple[str, ...], int] = {}
        for text, feedback in wrong:
            if feedback.correct:
                message = "the wrong answer passes all tests."
                yield finding(
                    text, "wrong-passes", message, "Add a test that it fails, with a message that teaches."
                )
            elif feedback.messages in told:
                message = (
                    f"the wrong answer gets the feedback of line {told[feedback.messages]}, "
                    f"“{' '.join(feedback.messages)[:100]}”."
                )
                yield finding(
                    text, "same-feedback", message, "Order or add tests so that each meets its own first."
                )
            told.setdefault(feedback.messages, text.line)


def run_code(sandbox: Sandbox, key: Key, code: str, facts: Mapping[str, Mapping[str, Any]]) -> Feedback:
    """Run code inside, and the tests outside, which call the function inside: what runs inside cannot pass itself.

    Raises:
        SandboxError: when the process is lost.
    """
    ran, defined = sandbox.fresh(code, key.id, key.function)
    if ran.error:
        return Feedback(key.id, "wrong", (f"Your code stopped. {ran.error}",), ran.printed)
    if not defined:
        missing = f"There is no function `{key.function}` in your code. Keep its name as it was."
        return Feedback(key.id, "unread", (missing,), ran.printed)
    return run_remote(sandbox, key, facts)


def run_remote(sandbox: Sandbox, key: Key, facts: Mapping[str, Mapping[str, Any]]) -> Feedback:
    """Run the tests on a function that was handed over inside.

    Raises:
        SandboxError: when the process is lost.
    """
    lost: list[SandboxError] = []

    def call(*args: Any, **kwargs: Any) -> Any:
        try:
            return sandbox.call(key.id, args, kwargs)
        except SandboxError as error:
            lost.append(error)
            raise

    feedback = run_tests(key, call, Facts(facts))
    if lost:
        # A test that expects an error must not take the loss of the process for it.
        raise lost[0]
    return feedback


def _imports(exercise: Exercise) -> Iterator[Finding]:
    """Code of exercises runs in a browser, so the standard library and ``carta.exercises`` are all there is."""
    texts = [
        exercise.starter,
        exercise.tests,
        exercise.solution_code,
        *(wrong.answer for wrong in exercise.wrong),
    ]
    for text in texts:
        if text is None:
            continue
        for node in ast.walk(ast.parse(text.text)):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = [node.module or "."]
            else:
                continue
            for name in names:
                known = name.partition(".")[0] in sys.stdlib_module_names or name.startswith(
                    "carta.exercises"
                )
                if not known:
                    yield Finding(
                        "exercises/import",
                        "error",
                        exercise.file,
                        text.line + node.lineno - 1,
                        f"{exercise.id}: {name} is not there where readers run the code.",
                        "Use the standard library and carta.exercises alone.",
                    )


def _shared(exercise: Exercise) -> str | None:
    """Return a piece of the solution's code that the tests hold too, or None."""
    assert exercise.tests and exercise.solution_code  # the parser's own rule
    tests = ast.unparse(ast.parse(exercise.tests.text))
    given = ast.unparse(ast.parse(exercise.starter.text)) if exercise.starter else ""
    for node in ast.walk(ast.parse(exercise.solution_code.text)):
        if isinstance(node, ast.Return | ast.Assign | ast.AugAssign) and node.value is not None:
            piece = ast.unparse(node.value)
            # What the starter shows already, and a mere constant, tell nothing.
            telling = len(piece) >= _TELLING and not isinstance(node.value, ast.Constant)
            if telling and piece in tests and piece not in given:
                return piece
    return None
