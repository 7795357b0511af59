"""What an exercise of the page being read is: its record, and the data that the page's script needs."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from carta.evidence import UnknownRecordError
from carta.prose.markup import fill_empty_roles
from carta.site.domain import asking
from carta.workbook import (
    Exercise,
    ExpressionError,
    WorkbookError,
    answer_text,
    facts_from,
    facts_of,
    read_chapter,
    values_of,
)

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

#: In ``temp_data``: the exercises of the page being read, or what is wrong with them.
_READ = "carta-exercises"


class ExerciseSourceError(ValueError):
    """An exercise cannot be shown; the message says why and where."""


def exercise_of(env: BuildEnvironment, name: str) -> tuple[Exercise, dict[str, Any]]:
    """Return an exercise of the page being read, and what the page's script needs to judge answers to it.

    What is taken from the evidence is remembered with the page, so that it is made anew when that changes.

    Raises:
        ExerciseSourceError: when the page has no sound exercise of that name.
    """
    if _READ not in env.temp_data:
        try:
            with asking(env) as project:
                found = read_chapter(Path(env.doc2path(env.docname)), project.evidence)
        except WorkbookError as error:
            env.temp_data[_READ] = error
        else:
            env.temp_data[_READ] = {exercise.id: exercise for exercise in found}
    known = env.temp_data[_READ]
    if isinstance(known, WorkbookError):
        raise ExerciseSourceError(f"The exercises of the page cannot be read: {known}")
    if name not in known:
        raise ExerciseSourceError(f"The exercise {name!r} cannot be read.")
    exercise: Exercise = known[name]
    try:
        with asking(env) as project:
            return exercise, _data(exercise, project.evidence)
    except (ExpressionError, UnknownRecordError) as error:
        raise ExerciseSourceError(f"The exercise {name!r}: {error}.") from error


def _data(exercise: Exercise, evidence: Any) -> dict[str, Any]:
    data: dict[str, Any] = {"form": exercise.form}
    if exercise.form == "choice":
        data["several"] = exercise.several
        data["correct"] = [index for index, option in enumerate(exercise.options) if option.correct]
    elif exercise.form == "number":
        values = values_of(exercise, evidence)
        data |= {"answer": values.answer, "tolerance": exercise.tolerance, "wrong": list(values.wrong)}
        data["answer_text"] = data["exact"] = answer_text(exercise, evidence)
    else:
        assert exercise.starter is not None and exercise.tests is not None  # by its form
        data |= {
            "starter": exercise.starter.text.strip("\n") + "\n",
            "tests": exercise.tests.text,
            "function": exercise.function,
            "facts": facts_from(evidence, facts_of(exercise)),
        }
    return data


def _fill_roles(app: Sphinx, docname: str, source: list[str]) -> None:
    # Markdown takes the two ticks of an empty role for the start of code.
    source[0] = fill_empty_roles(source[0])


def setup(app: Sphinx) -> None:
    """Let authors write ``{answer}`` with nothing in it."""
    app.connect("source-read", _fill_roles)
