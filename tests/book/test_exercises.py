"""Every exercise of the book: its solution passes, untouched it fails, wrong answers fail with feedback of their own;
and its notebooks run."""

from __future__ import annotations

import functools
import json
import re
import subprocess
import sys
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from carta.evidence import Evidence, load
from carta.exercises import Facts, Feedback, Key, judge
from carta.workbook import Exercise, read_book, values_of
from carta.workbook.build import build_notebooks
from carta.workbook.code import CodeChecker
from carta.workbook.material import key_of
from carta.workbook.model import LETTERS
from carta.workbook.rendering import Renderer

ROOT = Path(__file__).parents[2]

#: Page and identifier of every exercise, found without reading the book, so that collecting tests stays cheap.
EXERCISES = [
    (path.relative_to(ROOT).with_suffix("").as_posix(), identifier)
    for path in sorted((ROOT / "book").rglob("*.md"))
    for identifier in re.findall(
        r"^:{3,}\{exercise\}\s+(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE
    )
]


@dataclass(eq=False)
class Book:
    base: Evidence
    exercises: dict[tuple[str, str], Exercise]
    checker: CodeChecker
    renderer: Renderer

    def answer(self, exercise: Exercise, answer: Any) -> Feedback:
        """Judge an answer as student material does: by the key alone."""
        if exercise.form == "code":
            return self.checker.run(exercise, answer)
        return judge(self.key(exercise), answer, Facts({}))

    @functools.cache  # noqa: B019  one object lives as long as the tests of this file
    def key(self, exercise: Exercise) -> Key:
        """The key that students get; to seal it takes time."""
        return key_of(exercise, self.base, self.renderer)


@pytest.fixture(scope="module")
def book() -> Iterator[Book]:
    base = load(ROOT)
    exercises = {
        (chapter.name, exercise.id): exercise
        for chapter in read_book(ROOT, base)
        for exercise in chapter.exercises
    }
    with CodeChecker(base) as checker:
        checker.carry([exercise for exercise in exercises.values() if exercise.form == "code"])
        yield Book(base, exercises, checker, Renderer(base))


def test_all_exercises_are_found(book: Book) -> None:
    assert sorted(book.exercises) == sorted(EXERCISES)


@pytest.mark.parametrize(("page", "identifier"), EXERCISES, ids=[identifier for _, identifier in EXERCISES])
def test_an_exercise(book: Book, page: str, identifier: str) -> None:
    exercise = book.exercises[page, identifier]
    right, untouched, wrong = answers(exercise, book.base)
    assert book.answer(exercise, right).verdict == "right"
    assert not book.answer(exercise, untouched).correct
    given = [book.answer(exercise, answer) for answer in wrong]
    assert len(wrong) >= 2
    assert [feedback.verdict for feedback in given] == ["wrong"] * len(wrong)
    assert all(message.strip() for feedback in given for message in feedback.messages)
    assert len({feedback.messages for feedback in given}) == len(wrong)


def answers(exercise: Exercise, base: Evidence) -> tuple[Any, Any, list[Any]]:
    """The right answer, what an untouched notebook gives, and the wrong answers."""
    if exercise.form == "choice":
        wrong = [
            letter for letter, option in zip(LETTERS, exercise.options, strict=False) if not option.correct
        ]
        return exercise.correct_letters, ..., wrong
    if exercise.form == "number":
        values = values_of(exercise, base)
        return values.answer, ..., list(values.wrong)
    assert exercise.solution_code and exercise.starter
    return exercise.solution_code.text, exercise.starter.text, [item.answer.text for item in exercise.wrong]


@pytest.fixture(scope="module")
def notebooks(book: Book, tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("notebooks") / "built"
    build_notebooks(ROOT, book.base, folder)
    return folder


@pytest.fixture(scope="module")
def said(notebooks: Path) -> dict[str, dict[str, list[list[str]]]]:
    """What the cells of answers printed, line by line, by audience and notebook; all ran without an error."""
    folders = {audience: str(notebooks / audience) for audience in ("student", "teacher")}
    run = subprocess.run(
        [sys.executable, str(ROOT / "tests" / "notebook_runner.py"), *folders.values()],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0, run.stderr
    ran = {audience: json.loads(run.stdout)[folder] for audience, folder in folders.items()}
    errors = [
        (audience, name, one["error"])
        for audience in ran
        for name, one in ran[audience].items()
        if one["error"]
    ]
    assert errors == []
    cells = {audience: {name: one["cells"] for name, one in ran[audience].items()} for audience in ran}
    where = [of[-1]["printed"] for audience in cells for of in cells[audience].values()]
    assert where and all(".whl" in place for place in where), (
        "the checker must be the one beside the notebook"
    )
    return {
        audience: {
            name: [cell["printed"].splitlines() for cell in of if "answer" in cell["tags"]]
            for name, of in cells[audience].items()
        }
        for audience in cells
    }


def test_teacher_notebooks_run_to_the_end_and_every_answer_is_right(
    said: dict[str, dict[str, list[list[str]]]],
) -> None:
    assert sum(map(len, said["teacher"].values())) == len(EXERCISES)
    # What a starter's own line prints may come before.
    wrong = [
        (name, lines) for name, cells in said["teacher"].items() for lines in cells if "✓ Right." not in lines
    ]
    assert wrong == []


def test_student_notebooks_run_beyond_their_first_task_and_nothing_is_right(
    said: dict[str, dict[str, list[list[str]]]],
) -> None:
    assert sum(map(len, said["student"].values())) == len(EXERCISES)
    answered = [
        (name, lines) for name, cells in said["student"].items() for lines in cells if "✓ Right." in lines
    ]
    assert answered == []


@pytest.mark.parametrize("audience", ["student", "teacher"])
def test_a_notebook_runs_in_a_real_kernel(notebooks: Path, audience: str) -> None:
    read: Callable[..., Any] = nbformat.read
    path = min((notebooks / audience).glob("*.ipynb"))
    notebook = read(path, as_version=4)
    # Any error ends this with an exception that shows the cell.
    NotebookClient(
        notebook, kernel_name="python3", timeout=60, resources={"metadata": {"path": path.parent}}
    ).execute()
    outputs = [
        output["text"] for cell in notebook["cells"] for output in cell.get("outputs", ()) if "text" in output
    ]
    assert (
        sum("✓ Right." in text for text in outputs) == (0 if audience == "student" else len(outputs))
        and outputs
    )


def test_student_material_holds_no_solution(book: Book, notebooks: Path) -> None:
    texts = {path.name: path.read_text(encoding="utf-8") for path in (notebooks / "student").glob("*.ipynb")}
    (wheel,) = (notebooks / "student").glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        texts["the wheel"] = archive.read("carta/exercises/material.json").decode("utf-8")
    told = [
        (exercise.id, secret, name)
        for exercise in book.exercises.values()
        for secret in secrets(exercise)
        for name, text in texts.items()
        if secret in text
    ]
    assert told == []


def secrets(exercise: Exercise) -> Iterator[str]:
    """Lines that only one who knows the answer would write."""
    if exercise.answer is not None:
        yield exercise.answer.text if len(exercise.answer.text) > 8 else "\0"
    shown = (
        f"{exercise.question.text}\n{exercise.hint.text}\n{exercise.starter.text if exercise.starter else ''}"
    )
    hidden = [exercise.solution, *(option.feedback for option in exercise.options)]
    hidden += [wrong.feedback for wrong in exercise.wrong]
    for text in hidden:
        for line in text.text.split("\n"):
            plain = line.strip()
            # Roles are written out, so that only lines without them can be searched for.
            if len(plain) > 25 and plain not in shown and not re.search(r"[{`*\"\\]", plain):
                yield plain
    for line in exercise.solution_code.text.split("\n") if exercise.solution_code else ():
        if len(line.strip()) > 12 and line.strip() not in shown:
            yield line.strip().replace('"', '\\"')
