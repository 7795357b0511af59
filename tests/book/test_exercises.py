"""Every exercise of the book: its solution passes, untouched it fails, wrong answers fail with feedback of their own;
and its notebooks run."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient

from carta.evidence import Evidence, load
from carta.exercises import Facts, Feedback, judge
from carta.workbook import Exercise, read_book, values_of
from carta.workbook.build import build_notebooks
from carta.workbook.code import CodeChecker
from carta.workbook.material import key_of
from carta.workbook.model import LETTERS

ROOT = Path(__file__).parents[2]

#: Page and identifier of every exercise, found without reading the book, so that collecting tests stays cheap.
EXERCISES = [
    (path.relative_to(ROOT).with_suffix("").as_posix(), identifier)
    for path in sorted((ROOT / "book").rglob("*.md"))
    for identifier in re.findall(
        r"^:{3,}\{exercise\}\s+(\S+)", path.read_text(encoding="utf-8"), re.MULTILINE
    )
]


@dataclass
class Book:
    base: Evidence
    exercises: dict[tuple[str, str], Exercise]
    checker: CodeChecker

    def answer(self, exercise: Exercise, answer: Any) -> Feedback:
        """Judge an answer as student material does: by the key alone."""
        if exercise.form == "code":
            return self.checker.run(exercise, answer)
        return judge(key_of(exercise, self.base), answer, Facts({}))


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
        yield Book(base, exercises, checker)


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


#: What a new kernel has: nothing of the notebook before.
_FRESH = """\
import os, sys
for _name in [name for name in sys.modules if name.split(".")[0] == "carta"]:
    del sys.modules[_name]
sys.path[:] = [place for place in sys.path if not place.endswith(".whl")]
%reset -f
import os
os.chdir({folder!r})
"""
_WHERE = "import carta.exercises\nprint(carta.exercises.__file__)"


def run_all(folder: Path) -> dict[str, list[list[str]]]:
    """Execute all notebooks of a folder from top to bottom; return what the cells of answers printed, by notebook.

    To start a kernel for each would take most of the time, so they run in one, which forgets all between them.
    """
    make: Callable[..., Any] = nbformat.v4.new_code_cell
    read: Callable[..., Any] = nbformat.read
    together = nbformat.v4.new_notebook()  # type: ignore[no-untyped-call]
    of: dict[str, list[Any]] = {}
    for path in sorted(folder.glob("*.ipynb")):
        of[path.stem] = [
            make(_FRESH.format(folder=str(folder))),
            *read(path, as_version=4)["cells"],
            make(_WHERE),
        ]
        together["cells"] += of[path.stem]
    # Any error ends this with an exception that shows the cell.
    NotebookClient(together, kernel_name="python3", timeout=60).execute()
    assert all(".whl" in printed(cells[-1]) for cells in of.values()), (
        "the checker must be the one beside them"
    )
    return {
        name: [printed(cell).splitlines() for cell in cells if "answer" in cell["metadata"].get("tags", ())]
        for name, cells in of.items()
    }


def printed(cell: Any) -> str:
    return "".join(output["text"] for output in cell["outputs"] if output["output_type"] == "stream")


def test_teacher_notebooks_run_to_the_end_and_every_answer_is_right(notebooks: Path) -> None:
    said = run_all(notebooks / "teacher")
    assert sum(map(len, said.values())) == len(EXERCISES)
    # What a starter's own line prints may come before.
    wrong = [(name, lines) for name, cells in said.items() for lines in cells if "✓ Right." not in lines]
    assert wrong == []


def test_student_notebooks_run_beyond_their_first_task_and_nothing_is_right(notebooks: Path) -> None:
    said = run_all(notebooks / "student")
    assert sum(map(len, said.values())) == len(EXERCISES)
    answered = [(name, lines) for name, cells in said.items() for lines in cells if "✓ Right." in lines]
    assert answered == []


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
