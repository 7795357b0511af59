"""From a submission to its marks."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Any

from carta.evidence import Evidence
from carta.exercises import Facts, Feedback, judge
from carta.exercises.keys import Key, code_key
from carta.workbook.code import run_remote
from carta.workbook.expressions import facts_from
from carta.workbook.grading.marks import Mark, Result
from carta.workbook.grading.submissions import Code, Submission, UnreadableError, read_code
from carta.workbook.material import key_of
from carta.workbook.model import Chapter
from carta.workbook.notebooks import notebook_name
from carta.workbook.rendering import Renderer
from carta.workbook.sandbox.isolation import Isolation, find_isolation
from carta.workbook.sandbox.plain import Foreign
from carta.workbook.sandbox.session import Limits, Sandbox, SandboxError
from carta.workbook.values import facts_of

#: Errors of cells that are named in the remarks.
_MOST_ERRORS = 3
_LONGEST_REMARK = 200
_PREPARE = "from carta.exercises import check, fact, numbers"


class Grader:
    """Marks submissions by the exercises of a book. Keys and tests stay on this side of the sandbox.

    Args:
        chapters: pages with exercises.
        base: the evidence.
        limits: of time and space for each notebook.
        isolation: the walls of the sandbox; those of the machine where not given.
        chapter: the page to mark, whatever a notebook says of itself.

    Raises:
        ExpressionError: when an answer cannot be computed.
        UnknownRecordError: when a fact does not exist.
    """

    def __init__(
        self,
        chapters: Sequence[Chapter],
        base: Evidence,
        *,
        limits: Limits | None = None,
        isolation: Isolation | None = None,
        chapter: Chapter | None = None,
    ) -> None:
        self._chapters = {page.name: page for page in chapters}
        self._forced = chapter
        self._limits = limits or Limits()
        self._isolation = isolation or find_isolation()
        self._base = base
        self._renderer = Renderer(base)
        self._keys: dict[str, dict[str, Key]] = {}
        self._facts: dict[str, dict[str, Mapping[str, Any]]] = {}
        if chapter is not None:
            self._prepare(chapter)
        else:
            for page in chapters:
                self._prepare(page)

    def _prepare(self, chapter: Chapter) -> None:
        """Compute facts now; the keys, which take time, once a chapter is needed."""
        names = [name for exercise in chapter.exercises for name in facts_of(exercise)]
        self._facts[chapter.name] = dict(facts_from(self._base, names))

    def grade(self, submissions: Sequence[Submission], workers: int = 2) -> Iterator[Result]:
        """Mark submissions, several at a time; yield results in their order. Never raises for a submission."""
        codes = [self._read(submission) for submission in submissions]
        for _, chapter in codes:
            if chapter is not None and chapter.name not in self._keys:
                self._keys[chapter.name] = {
                    exercise.id: (
                        code_key(exercise.id, exercise.function, exercise.tests.text)
                        if exercise.tests
                        else key_of(exercise, self._base, self._renderer)
                    )
                    for exercise in chapter.exercises
                }
        with ThreadPoolExecutor(max_workers=workers) as pool:
            yield from pool.map(self._grade, submissions, codes)

    def _read(self, submission: Submission) -> tuple[Code | UnreadableError, Chapter | None]:
        try:
            code = read_code(submission.path)
        except UnreadableError as error:
            return error, self._forced
        return code, self._forced or self._chapter_of(code, submission)

    def _chapter_of(self, code: Code, submission: Submission) -> Chapter | None:
        """The page that the notebook names, else that of its file name, else the one whose exercises it checks."""
        if code.chapter in self._chapters:
            return self._chapters[code.chapter]
        for page in self._chapters.values():
            if notebook_name(page.name) in submission.path.stem:
                return page
        text = "\n".join(source for _, source in code.cells)
        named = {
            page.name: sum(f'"{exercise.id}"' in text for exercise in page.exercises)
            for page in self._chapters.values()
        }
        best = max(named, key=lambda name: named[name], default=None)
        return self._chapters[best] if best is not None and named[best] else None

    def _grade(self, submission: Submission, read: tuple[Code | UnreadableError, Chapter | None]) -> Result:
        code, chapter = read
        if isinstance(code, UnreadableError):
            return self._result(submission, chapter, {}, [f"Not marked: {code}."], whole=False)
        if chapter is None:
            remark = "Not marked: it cannot be told which exercises it answers; name them with --chapter."
            return self._result(submission, None, {}, [remark], whole=False)
        return _Run(self, submission, code, chapter).result()

    def _result(
        self,
        submission: Submission,
        chapter: Chapter | None,
        feedback: Mapping[str, Feedback],
        remarks: Sequence[str],
        *,
        whole: bool,
    ) -> Result:
        marks = []
        for exercise in chapter.exercises if chapter else ():
            given = feedback.get(exercise.id)
            marks.append(
                Mark(
                    exercise.id,
                    exercise.number,
                    exercise.points if given is not None and given.correct else 0,
                    exercise.points,
                    given.verdict if given else "missing",
                    " ".join(given.messages) if given else "No answer was checked.",
                )
            )
        return Result(
            submission.student,
            submission.path,
            submission.canvas_id,
            chapter.name if chapter else "",
            chapter.title if chapter else "",
            tuple(marks),
            tuple(remarks),
            whole,
        )


class _Run:
    """One notebook on its way through the sandbox."""

    def __init__(self, grader: Grader, submission: Submission, code: Code, chapter: Chapter) -> None:
        self._grader = grader
        self._submission = submission
        self._code = code
        self._chapter = chapter
        self._keys = grader._keys[chapter.name]
        self._facts = grader._facts[chapter.name]
        self._answers: dict[str, Any] = {}
        self._feedback: dict[str, Feedback] = {}
        self._errors: list[str] = []
        self._stopped: list[str] = []

    def result(self) -> Result:
        """Run the notebook; where a cell takes the process down, once more without it."""
        skipped: set[int] = set()
        for _ in range(2):
            culprit = self._attempt(skipped)
            if culprit is None:
                break
            skipped.add(culprit)
        self._judge_plain()
        for identifier, key in self._keys.items():
            if key.form == "code" and identifier in self._answers and identifier not in self._feedback:
                unmarked = "The code could not be run to its end."
                self._feedback[identifier] = Feedback(identifier, "wrong", (unmarked,))
        remarks = [*self._stopped, *self._errors[:_MOST_ERRORS]]
        if len(self._errors) > _MOST_ERRORS:
            remarks.append(f"{len(self._errors) - _MOST_ERRORS} more cells failed.")
        return self._grader._result(
            self._submission,
            self._chapter,
            self._feedback,
            [remark[:_LONGEST_REMARK] for remark in remarks],
            whole=not self._stopped,
        )

    def _attempt(self, skipped: set[int]) -> int | None:
        """Run all cells but some, then the tests; return the number of the cell that took the process down."""
        self._errors = []
        at: int | None = None
        try:
            with Sandbox(self._facts, self._grader._limits, self._grader._isolation) as sandbox:
                sandbox.run(_PREPARE, "<start>")
                for number, source in self._code.cells:
                    if number in skipped:
                        continue
                    at = number
                    ran = sandbox.run(source, f"<cell {number}>")
                    self._answers.update(ran.answers)
                    if ran.error:
                        self._errors.append(f"Cell {number}: {ran.error}")
                at = None
                self._judge_code(sandbox)
        except SandboxError as error:
            where = f"In cell {at}" if at is not None else "While the tests ran"
            self._stopped.append(f"{where}, {error}.")
            return at
        except OSError as error:
            self._stopped.append(f"The sandbox could not start: {error.strerror}.")
        return None

    def _judge_code(self, sandbox: Sandbox) -> None:
        for identifier, key in self._keys.items():
            if key.form == "code" and identifier in self._answers:
                if isinstance(self._answers[identifier], Foreign):
                    self._feedback[identifier] = run_remote(sandbox, key, self._facts)
                else:
                    self._feedback[identifier] = judge(key, self._answers[identifier], Facts({}))

    def _judge_plain(self) -> None:
        for identifier, key in self._keys.items():
            if key.form != "code" and identifier in self._answers:
                self._feedback[identifier] = judge(key, self._answers[identifier], Facts({}))
