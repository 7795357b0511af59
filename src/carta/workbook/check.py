"""The rules that exercises must keep: pages in, findings out."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from carta.evidence import Evidence
from carta.findings import Finding, Severity, sort_findings
from carta.prose.skeleton import is_chapter
from carta.workbook.book import read_pages
from carta.workbook.code import CodeChecker
from carta.workbook.expressions import ExpressionError, evaluate, fact_names, facts_from
from carta.workbook.model import KINDS, LETTERS, Chapter, Exercise
from carta.workbook.parsing import OBJECTIVES, SECTION
from carta.workbook.rendering import Renderer
from carta.workbook.values import answer_text, facts_of

#: Every chapter has as many exercises, of as many kinds.
FEWEST, FEWEST_KINDS = 5, 3
FEWEST_OPTIONS, MOST_OPTIONS = 3, 5
FEWEST_WRONG = 2


def check_exercises(
    root: Path, base: Evidence, *, progress: Callable[[str], None] = lambda text: None
) -> list[Finding]:
    """Check all exercises of the book, its chapters for having enough of them, and run their code.

    Args:
        root: the project's folder.
        base: its evidence.
        progress: takes a line now and then.
    """
    chapters, findings = read_pages(root)
    return sort_findings([*findings, *check_chapters(chapters, root, base, progress=progress)])


def check_chapters(
    chapters: Iterable[Chapter],
    root: Path,
    base: Evidence,
    *,
    progress: Callable[[str], None] = lambda text: None,
) -> list[Finding]:
    """Check chapters that were read (:func:`carta.workbook.read_pages`)."""
    chapters = list(chapters)
    findings = [*_identifiers(chapters)]
    renderer = Renderer(base)
    code: list[Exercise] = []
    for chapter in chapters:
        if is_chapter(root / chapter.file, root):
            findings += _enough(chapter)
        if chapter.exercises:
            findings += _section(chapter)
            findings += _letters(chapter)
        for exercise in chapter.exercises:
            findings += _Rules(chapter, exercise, base, renderer).findings()
            if exercise.form == "code":
                code.append(exercise)
    findings += _parts([chapter for chapter in chapters if is_chapter(root / chapter.file, root)])
    if code:
        progress(f"running the code of {len(code)} exercises")
        with CodeChecker(base) as checker:
            checker.carry(code)
            for exercise in code:
                findings += checker.findings(exercise)
    return sort_findings(findings)


def _finding(
    chapter: Chapter, line: int, rule: str, message: str, mend: str, severity: Severity = "error"
) -> Finding:
    return Finding(f"exercises/{rule}", severity, chapter.file, line, message, mend)


def _identifiers(chapters: Iterable[Chapter]) -> Iterator[Finding]:
    places: dict[str, str] = {}
    for chapter in chapters:
        for exercise in chapter.exercises:
            if exercise.id in places:
                message = f"The exercise {exercise.id} stands also at {places[exercise.id]}."
                yield _finding(chapter, exercise.line, "duplicate-id", message, "Give it another identifier.")
            else:
                places[exercise.id] = f"{chapter.file}:{exercise.line}"


def _enough(chapter: Chapter) -> Iterator[Finding]:
    kinds = {exercise.kind for exercise in chapter.exercises}
    if len(chapter.exercises) < FEWEST or len(kinds) < FEWEST_KINDS:
        listed = ", ".join(kind for kind in KINDS if kind in kinds) or "none"
        yield _finding(
            chapter,
            1,
            "too-few",
            f"The chapter has {len(chapter.exercises)} exercises of {len(kinds)} kinds ({listed}); "
            f"{FEWEST} of {FEWEST_KINDS} kinds are the least.",
            f"Add exercises under `## {SECTION}`; the kinds are {', '.join(KINDS)}.",
        )
    trained = {exercise.objective for exercise in chapter.exercises}
    for number, objective in enumerate(chapter.objectives, 1):
        if chapter.exercises and number not in trained:
            message = f"No exercise trains the objective {number}, “{objective.text[:80]}”."
            mend = "Write an exercise for it, where it can be trained by one."
            yield _finding(chapter, objective.line, "objective-untrained", message, mend, "notice")


def _parts(chapters: Iterable[Chapter]) -> Iterator[Finding]:
    """Every part of the book that has exercises has all kinds."""
    parts: dict[str, list[Chapter]] = {}
    for chapter in chapters:
        parts.setdefault(chapter.part, []).append(chapter)
    for part, members in parts.items():
        kinds = {exercise.kind for chapter in members for exercise in chapter.exercises}
        lacking = [kind for kind in KINDS if kind not in kinds]
        if kinds and lacking:
            message = f"The part “{part}” has no exercise of the kind {' or '.join(lacking)}."
            yield _finding(members[0], 1, "part-kinds", message, "Add one to a chapter of the part.")


def _section(chapter: Chapter) -> Iterator[Finding]:
    first, last = chapter.section or (1, 0)
    for exercise in chapter.exercises:
        if not first < exercise.line <= last:
            yield _finding(
                chapter,
                exercise.line,
                "section",
                f"The exercise {exercise.id} does not stand under a heading `## {SECTION}`.",
                f"Put it at the end of the chapter, under `## {SECTION}`.",
            )


def _letters(chapter: Chapter) -> Iterator[Finding]:
    """The place of the right option must not tell it."""
    single = [e for e in chapter.exercises if e.form == "choice" and len(e.correct_letters) == 1]
    if len(single) > 1 and len({exercise.correct_letters for exercise in single}) == 1:
        yield _finding(
            chapter,
            single[1].line,
            "same-place",
            f"The right option of all {len(single)} choices of the chapter stands at {single[0].correct_letters}.",
            "Move the right option of some of them to another place.",
        )


class _Rules:
    """The rules on one exercise that need no running of code."""

    def __init__(self, chapter: Chapter, exercise: Exercise, base: Evidence, renderer: Renderer) -> None:
        self.renderer = renderer
        self.chapter = chapter
        self.exercise = exercise
        self.base = base

    def finding(self, line: int, rule: str, message: str, mend: str) -> Finding:
        """Make a finding that names the exercise."""
        return _finding(self.chapter, line, rule, f"{self.exercise.id}: {message}", mend)

    def findings(self) -> Iterator[Finding]:
        """Yield all findings."""
        yield from self._objective()
        yield from self._facts()
        yield from self._wrong_count()
        if self.exercise.form == "choice":
            yield from self._choice()
        elif self.exercise.form == "number":
            yield from self._number()
        yield from self._texts()

    def _objective(self) -> Iterator[Finding]:
        count = len(self.chapter.objectives)
        if self.exercise.objective > count:
            yield self.finding(
                self.exercise.line,
                "objective",
                f"there is no objective {self.exercise.objective}; the chapter has {count or 'none'}.",
                f"Number the items under “{OBJECTIVES}” from 1 (line {self.chapter.objectives_line}).",
            )

    def _facts(self) -> Iterator[Finding]:
        numbers = [self.exercise.answer, *(wrong.answer for wrong in self.exercise.wrong)]
        in_expressions = {name for text in numbers if text for name in fact_names(text.text)}
        for name in facts_of(self.exercise):
            if self.exercise.form == "number" and name in in_expressions and name not in self.exercise.facts:
                continue  # the rule on expressions names it on its line
            try:
                facts_from(self.base, [name])
            except KeyError as error:
                mend = "Check the name; `carta facts --study KEY` lists the facts of a study."
                yield self.finding(self.exercise.line, "unknown-fact", str(error), mend)

    def _wrong_count(self) -> Iterator[Finding]:
        exercise = self.exercise
        wrong = (
            sum(not option.correct for option in exercise.options)
            if exercise.form == "choice"
            else len(exercise.wrong)
        )
        if wrong < FEWEST_WRONG:
            yield self.finding(
                exercise.line,
                "too-few-wrong",
                f"it has {wrong} wrong answers.",
                f"Give it at least {FEWEST_WRONG} plausible ones, each with its own feedback.",
            )
        feedback: dict[str, int] = {}
        texts = [(option.feedback, option.line) for option in exercise.options]
        texts += [(item.feedback, item.answer.line) for item in exercise.wrong if item.feedback.text]
        for text, line in texts:
            words = " ".join(text.text.split()).casefold()
            if words in feedback:
                message = f"the feedback is that of line {feedback[words]} again."
                yield self.finding(line, "same-feedback", message, "Say what this very answer shows.")
            feedback.setdefault(words, line)

    def _choice(self) -> Iterator[Finding]:
        exercise = self.exercise
        options = exercise.options
        correct = [option for option in options if option.correct]
        if not FEWEST_OPTIONS <= len(options) <= MOST_OPTIONS:
            yield self.finding(
                exercise.line,
                "options",
                f"it has {len(options)} options.",
                f"Give it {FEWEST_OPTIONS} to {MOST_OPTIONS}.",
            )
        if not correct or (len(correct) > 1 and not exercise.several):
            yield self.finding(
                correct[1].line if correct else exercise.line,
                "correct",
                f"{len(correct) or 'no'} options are marked as right.",
                "Mark exactly one with `:correct:`; where several may be chosen, give the exercise `:several:`.",
            )
        seen: dict[str, int] = {}
        for option in options[: len(LETTERS)]:
            words = " ".join(option.text.text.split()).casefold()
            if words in seen:
                yield self.finding(
                    option.line,
                    "same-option",
                    f"the option is that of line {seen[words]} again.",
                    "Write another option.",
                )
            seen.setdefault(words, option.line)

    def _number(self) -> Iterator[Finding]:
        exercise = self.exercise
        assert exercise.answer is not None and exercise.tolerance is not None  # the parser's own rule
        tolerance = exercise.tolerance
        values: dict[int, float] = {}
        for text in (exercise.answer, *(wrong.answer for wrong in exercise.wrong)):
            try:
                values[text.line] = evaluate(text.text, self.base)
            except ExpressionError as error:
                mend = 'Use numbers, arithmetic, `fact("key:id").field`, math and the helpers of carta.exercises.numbers.'
                yield self.finding(text.line, "expression", f"{error}.", mend)
        answer = values.pop(exercise.answer.line, None)
        if answer is None:
            return
        if tolerance >= abs(answer) > 0:
            yield self.finding(
                exercise.answer.line,
                "tolerance",
                f"the tolerance {tolerance:g} is as large as the answer {answer:g}, so that 0 would be right.",
                "Ask for less tolerance.",
            )
        met: list[tuple[int, float]] = []
        for line, value in values.items():
            if abs(value - answer) <= tolerance:
                yield self.finding(
                    line,
                    "wrong-within-tolerance",
                    f"the wrong answer {value:g} lies within {tolerance:g} of the right one, {answer:g}.",
                    "Ask for less tolerance, or give a wrong answer that lies farther away.",
                )
            for other_line, other in met:
                if abs(value - other) <= tolerance:
                    yield self.finding(
                        line,
                        "same-wrong",
                        f"the wrong answer {value:g} cannot be told from that of line {other_line}, {other:g}.",
                        "Leave one out.",
                    )
            met.append((line, value))

    def _texts(self) -> Iterator[Finding]:
        """Every text can be written as plain Markdown, for the notebooks."""
        exercise = self.exercise
        renderer = self.renderer
        renderer.faults.clear()
        answer = ""
        if exercise.form == "number":
            try:
                answer = answer_text(exercise, self.base)
            except ExpressionError:
                answer = "?"  # reported as an expression
        for text in exercise.texts:
            shown = answer if text is exercise.solution else ""
            renderer.markdown(text, answer=shown, chapter=exercise.chapter)
        for fault in renderer.faults:
            yield self.finding(fault.line, "text", fault.message, fault.mend)
