"""Notebooks of a chapter's exercises: for students, without any solution, and for teachers."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Literal

import nbformat
from nbformat import v4

from carta.evidence import Evidence
from carta.exercises import Feedback
from carta.files import digest
from carta.prose.options import TextAt
from carta.workbook.code import CodeChecker
from carta.workbook.model import LETTERS, Chapter, Exercise
from carta.workbook.rendering import Renderer
from carta.workbook.settings import NotebookSettings
from carta.workbook.values import answer_text, facts_of, rounded, values_of, with_unit

# The makers of cells carry no types of their own.
_markdown_cell: Callable[..., Any] = v4.new_markdown_cell
_code_cell: Callable[..., Any] = v4.new_code_cell
_notebook: Callable[..., Any] = v4.new_notebook
_write: Callable[..., str] = nbformat.writes

Audience = Literal["student", "teacher"]

KIND_WORDS = {
    "concept": "Concept",
    "estimate": "Estimate",
    "evidence": "Read the evidence",
    "code": "Code",
}
#: Longest identifier of a cell that the notebook format allows.
_LONGEST_ID = 64


def notebook_name(chapter: str) -> str:
    """Return the file name, without suffix, for a page: ``trials-lupus`` for ``book/trials/lupus``."""
    return chapter.removeprefix("book/").replace("/", "-")


@dataclass(frozen=True)
class NotebookWriter:
    """Writes notebooks of one project.

    Args:
        base: the evidence.
        wheel: file name of the wheel that lies beside the notebooks.
        settings: addresses for links.
    """

    base: Evidence
    wheel: str
    settings: NotebookSettings

    @cached_property
    def renderer(self) -> Renderer:
        """Writes texts as Markdown."""
        return Renderer(self.base, self.settings.site)

    def write(self, chapter: Chapter, audience: Audience, checker: CodeChecker | None = None) -> str:
        """Return a notebook as the text of its file.

        Args:
            chapter: a page with exercises.
            audience: for whom it is.
            checker: runs the wrong answers in code, to note their feedback for the teacher.

        Raises:
            ExpressionError: when a number cannot be computed.
        """
        cells = [*self._opening(chapter, audience)]
        for exercise in chapter.exercises:
            cells += _ExerciseCells(self, chapter, exercise, audience, checker).cells()
        notebook = _notebook(
            cells=cells,
            metadata={
                "kernelspec": {"display_name": "Python 3", "language": "python", "name": "python3"},
                "language_info": {"name": "python", "file_extension": ".py", "mimetype": "text/x-python"},
                "carta": {"chapter": chapter.name, "audience": audience},
            },
        )
        notebook["nbformat_minor"] = 5
        nbformat.validate(notebook)
        return _write(notebook) + "\n"

    def _opening(self, chapter: Chapter, audience: Audience) -> list[Any]:
        name = notebook_name(chapter.name)
        title = f"{chapter.title}: exercises"
        page = (
            f"[{chapter.title}]({self.settings.site}/{chapter.name}.html)"
            if self.settings.site
            else chapter.title
        )
        lines = [f"# {title}{' (for teachers)' if audience == 'teacher' else ''}", ""]
        if audience == "student":
            lines += [
                f"These exercises belong to the chapter *{page}* of CARTA, a living review of CAR T-cell therapy in "
                "autoimmune disease.",
                "",
                "Run the next cell first. Then put your answer in place of `...` under each question and run that cell: it "
                "is checked at once. No network is needed.",
            ]
            links = self.settings.launch_links(f"{name}.ipynb")
            if links:
                lines += [
                    "",
                    "Open in " + " or ".join(f"[{label}]({url})" for label, url in links.items()) + ".",
                ]
        else:
            points = sum(exercise.points for exercise in chapter.exercises)
            lines += [
                f"The exercises of the chapter *{page}* with their solutions and notes for marking; {points} points in all. "
                "Do not give this file to students.",
            ]
        lines += ["", "Text: CC BY 4.0. Code: MIT."]
        return [
            _markdown_cell("\n".join(lines), id="opening"),
            _code_cell(self._setup(), id="setup", metadata={"tags": ["setup"]}),
        ]

    def _setup(self) -> str:
        lines = [
            "# The checker: a wheel beside this notebook, which Python can import as it is; or installed with pip.",
            "import os",
            "import sys",
            "",
            f'WHEEL = "{self.wheel}"',
        ]
        if self.settings.site:
            lines += [
                "if not os.path.exists(WHEEL):  # the notebook alone was opened, as in Colab",
                "    from urllib.request import urlretrieve",
                "",
                f'    urlretrieve("{self.settings.site}/notebooks/" + WHEEL.replace("+", "%2B"), WHEEL)',
            ]
        return "\n".join(
            [
                *lines,
                "sys.path.insert(0, os.path.abspath(WHEEL))",
                "from carta.exercises import check, fact, numbers",
            ]
        )


@dataclass(frozen=True)
class _ExerciseCells:
    """The cells of one exercise."""

    writer: NotebookWriter
    chapter: Chapter
    exercise: Exercise
    audience: Audience
    checker: CodeChecker | None

    def cells(self) -> list[Any]:
        """Question and answer; for teachers also solution and notes."""
        question = _markdown_cell(self._question(), id=self._id("question"))
        answer = _code_cell(
            self._answer(),
            id=self._id("answer"),
            metadata={
                "tags": ["answer"],
                "carta": {"exercise": self.exercise.id, "points": self.exercise.points},
            },
        )
        if self.audience == "student":
            return [question, answer]
        notes = _markdown_cell(self._notes(), id=self._id("notes"))
        return [question, answer, notes]

    def _id(self, what: str) -> str:
        identifier = f"{self.exercise.id}-{what}"
        if len(identifier) <= _LONGEST_ID:
            return identifier
        return f"{identifier[: _LONGEST_ID - 17]}-{digest(identifier)[:16]}"

    def _markdown(self, text: TextAt) -> str:
        answer = ""
        if self.exercise.form == "number" and "{answer}" in text.text:
            answer = answer_text(self.exercise, self.writer.base)
        return self.writer.renderer.markdown(text, answer=answer, chapter=self.exercise.chapter)

    def _question(self) -> str:
        exercise = self.exercise
        objective = ""
        if exercise.objective <= len(self.chapter.objectives):
            objective = f" Trains: {self._markdown(self.chapter.objectives[exercise.objective - 1])}."
        points = "1 point" if exercise.points == 1 else f"{exercise.points} points"
        parts = [
            f"## Exercise {exercise.number}",
            f"*{KIND_WORDS[exercise.kind]}, {exercise.difficulty}, {points}.*{objective}",
            self._markdown(exercise.question),
        ]
        if exercise.options:
            parts.append(
                "\n".join(
                    f"- **{letter}.** {self._markdown(option.text)}"
                    for letter, option in zip(LETTERS, exercise.options, strict=False)
                )
            )
            parts.append("Several may be right." if exercise.several else "One is right.")
        if exercise.form == "number":
            unit = f"Answer in {exercise.unit}; a" if exercise.unit else "A"
            near = with_unit(f"{exercise.tolerance:g}", exercise.unit)
            parts.append(f"{unit} number within {near} of the exact one is right.")
        parts.append(f"<details><summary>Hint</summary>\n\n{self._markdown(exercise.hint)}\n\n</details>")
        return "\n\n".join(parts)

    def _answer(self) -> str:
        exercise = self.exercise
        lines: list[str] = []
        named = exercise.facts if exercise.form != "code" else facts_of(exercise)
        lines += [f'# Here: fact("{name}")' for name in named]
        if exercise.form == "code":
            assert exercise.starter and exercise.solution_code  # the parser's own rule
            code = exercise.starter if self.audience == "student" else exercise.solution_code
            lines += [code.text.rstrip(), "", "", f'check("{exercise.id}", {exercise.function})']
            return "\n".join(lines)
        if exercise.form == "choice":
            example = 'letters, such as "A, B"' if exercise.several else 'a letter, such as "A"'
        else:
            example = f"a number in {exercise.unit}" if exercise.unit else "a number"
        given = "..." if self.audience == "student" else self._right()
        lines += [f"answer = {given}  # {example}", f'check("{exercise.id}", answer)']
        return "\n".join(lines)

    def _right(self) -> str:
        """The right answer as Python."""
        if self.exercise.form == "choice":
            return json.dumps(", ".join(self.exercise.correct_letters))
        tolerance = self.exercise.tolerance or 1.0
        return f"{values_of(self.exercise, self.writer.base).answer:.{_digits(tolerance)}f}"

    def _notes(self) -> str:
        exercise = self.exercise
        parts = ["### Solution"]
        if exercise.form == "choice":
            right = " and ".join(exercise.correct_letters)
            parts.append(f"**Right: {right}.**")
        elif exercise.form == "number":
            parts.append(f"**Right: {answer_text(exercise, self.writer.base)}.**")
        if exercise.solution.text:
            parts.append(self._markdown(exercise.solution))
        parts += ["### Notes for marking", *self._marking()]
        return "\n\n".join(parts)

    def _marking(self) -> list[str]:
        exercise = self.exercise
        points = "1 point" if exercise.points == 1 else f"{exercise.points} points"
        if exercise.form == "choice":
            share = " Nothing for a part of them." if exercise.several else ""
            rows = [
                f"- **{letter}** ({'right' if option.correct else 'wrong'}): {_one_line(self._markdown(option.feedback))}"
                for letter, option in zip(LETTERS, exercise.options, strict=False)
            ]
            return [f"{points} for all right letters and no other.{share} Feedback:", "\n".join(rows)]
        if exercise.form == "number":
            values = values_of(exercise, self.writer.base)
            tolerance = exercise.tolerance or 1.0
            low, high = (
                rounded(limit, tolerance) for limit in (values.answer - tolerance, values.answer + tolerance)
            )
            rows = [
                f"- {with_unit(rounded(value, tolerance), exercise.unit)} (wrong): "
                f"{_one_line(self._markdown(wrong.feedback))}"
                for value, wrong in zip(values.wrong, exercise.wrong, strict=True)
            ]
            return [
                f"{points} for a number from {low} to {with_unit(high, exercise.unit)}; the answer is computed as "
                f"`{exercise.answer.text if exercise.answer else ''}`. Known wrong answers:",
                "\n".join(rows),
            ]
        assert exercise.tests is not None  # the parser's own rule
        parts = [
            f"{points} if all tests pass:",
            f"```python\n{exercise.tests.text.rstrip()}\n```",
            "Known wrong answers:",
        ]
        for wrong in exercise.wrong:
            feedback = self._feedback(wrong.answer.text)
            said = f"\n\nFeedback: {' '.join(feedback.messages)}" if feedback else ""
            parts.append(f"```python\n{wrong.answer.text.rstrip()}\n```{said}")
        return parts

    def _feedback(self, code: str) -> Feedback | None:
        return self.checker.run(self.exercise, code) if self.checker is not None else None


def _digits(tolerance: float) -> int:
    """Decimals that stay well within a tolerance."""
    text = f"{tolerance / 100:e}"
    return max(0, -int(text.partition("e")[2]))


def _one_line(text: str) -> str:
    return re.sub(r"\s*\n\s*", " ", text)
