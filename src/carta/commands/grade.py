"""``carta grade``: mark a folder of submitted notebooks."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

import click

from carta.commands.failure import Failure
from carta.files import ProjectNotFoundError, find_root

if TYPE_CHECKING:
    from carta.evidence import Evidence
    from carta.workbook import Chapter
    from carta.workbook.grading import Grader, Result, Submission
    from carta.workbook.sandbox.isolation import Isolation


@click.command()
@click.argument("folder", type=click.Path(file_okay=False, path_type=Path))
@click.option(
    "--root",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="The project's folder (found from the working folder when not given).",
)
@click.option("--quiet", is_flag=True, help="Print results and errors only.")
@click.option(
    "--out",
    type=click.Path(file_okay=False, path_type=Path),
    help="Where the tables go [default: FOLDER-grades].",
)
@click.option(
    "--chapter",
    help="Mark the exercises of this page, such as trials/lupus, whatever a notebook says of itself.",
)
@click.option(
    "--roster",
    type=click.Path(dir_okay=False, path_type=Path),
    help="A gradebook exported from Canvas; canvas.csv then has its students.",
)
@click.option("--cell-seconds", type=click.FloatRange(min=0.1), default=10.0, show_default=True)
@click.option(
    "--seconds", type=click.FloatRange(min=1), default=60.0, show_default=True, help="For a notebook."
)
@click.option("--memory", type=click.IntRange(min=128), default=512, show_default=True, help="Megabytes.")
@click.option(
    "--workers",
    type=click.IntRange(min=1),
    default=os.cpu_count() or 2,
    help="Notebooks at a time [default: cores].",
)
@click.option(
    "--unprotected", is_flag=True, help="Run also where this system cannot keep student code from your files."
)
def grade(
    folder: Path,
    root: Path | None,
    quiet: bool,
    out: Path | None,
    chapter: str | None,
    roster: Path | None,
    cell_seconds: float,
    seconds: float,
    memory: int,
    workers: int,
    unprotected: bool,
) -> None:
    """Mark the notebooks in FOLDER, and write marks.csv, gradebook.csv, canvas.csv and nbgrader.csv.

    Each notebook runs in a sandbox that has limits and reaches no file but its own; answers are judged outside of it.
    Names: ada.ipynb, ada/anything.ipynb, or as Canvas names files. Exit code 0: all ran to the end; 1: some did not
    (they are listed, and what could be marked is); 2: nothing could be marked.

    Example: carta grade submissions --chapter trials/lupus --roster canvas-export.csv
    """
    try:
        place = find_root(root)
    except ProjectNotFoundError as error:
        raise Failure(str(error)) from error
    grader, submissions, isolation = _prepare(
        place, folder, chapter, cell_seconds, seconds, memory, unprotected
    )

    def say(text: str) -> None:
        if not quiet:
            click.echo(text, err=True)

    say(isolation.describe())
    results = _grade(grader, submissions, workers, say)
    target = out or folder.with_name(f"{folder.resolve().name}-grades")
    _write(results, target, roster, say)
    incomplete = [result for result in results if not result.whole]
    for result in incomplete:
        click.echo(f"{result.student} ({result.path.name}): {' '.join(result.remarks)}")
    say(_summary(results))
    sys.exit(1 if incomplete else 0)


def _prepare(
    root: Path,
    folder: Path,
    chapter: str | None,
    cell_seconds: float,
    seconds: float,
    memory: int,
    unprotected: bool,
) -> tuple[Grader, list[Submission], Isolation]:
    try:
        from carta.workbook.grading import Grader, find_submissions
    except ModuleNotFoundError as error:
        raise Failure(f"{error.name} is not installed: pip install 'carta[workbook]'") from error
    from carta.evidence import EvidenceError, UnknownRecordError, load
    from carta.workbook import ExpressionError, WorkbookError, read_book
    from carta.workbook.sandbox.isolation import find_isolation
    from carta.workbook.sandbox.session import Limits

    isolation = find_isolation()
    if not isolation.files and not unprotected:
        raise Failure(
            "this system has no Landlock (Linux 5.13 or later), so student code could read and delete your files. "
            "Grade on such a Linux, or in a container that holds nothing else, with --unprotected."
        )
    if not folder.is_dir():
        raise Failure(f"{folder}: there is no such folder. Name the folder that holds the notebooks.")
    submissions = find_submissions(folder)
    if not submissions:
        raise Failure(f"{folder}: no notebook (.ipynb) is in it. Put each student's notebook there.")
    try:
        evidence: Evidence = load(root)
        chapters = read_book(root, evidence)
        limits = Limits(cell_seconds=cell_seconds, total_seconds=seconds, memory_bytes=memory << 20)
        grader = Grader(
            chapters,
            evidence,
            limits=limits,
            isolation=isolation,
            chapter=_named(chapters, chapter) if chapter else None,
        )
    except (EvidenceError, ExpressionError, UnknownRecordError, WorkbookError) as error:
        raise Failure(f"the exercises cannot be used:\n{error}") from error
    return grader, submissions, isolation


def _named(chapters: Sequence[Chapter], name: str) -> Chapter:
    wanted = f"book/{name.removeprefix('book/').removesuffix('.md')}"
    for chapter in chapters:
        if chapter.name == wanted:
            return chapter
    listed = ", ".join(chapter.name.removeprefix("book/") for chapter in chapters) or "none"
    raise Failure(f"--chapter {name}: no page of that name has exercises. There are: {listed}.")


def _grade(
    grader: Grader, submissions: list[Submission], workers: int, say: Callable[[str], None]
) -> list[Result]:
    results = []
    for number, result in enumerate(grader.grade(submissions, workers), 1):
        marked = f"{result.points} of {result.of} points" if result.marks else "not marked"
        trouble = "" if result.whole else " (did not run to the end)"
        say(f"{number}/{len(submissions)} {result.student}: {marked}{trouble}")
        results.append(result)
    return results


def _write(results: list[Result], out: Path, roster: Path | None, say: Callable[[str], None]) -> None:
    from carta.workbook.grading.gradebook import RosterError, read_roster, write_gradebook

    try:
        written, unknown = write_gradebook(results, out, read_roster(roster) if roster else ())
    except (RosterError, OSError) as error:
        raise Failure(str(error)) from error
    say(f"{', '.join(path.name for path in written)} in {out}")
    if unknown:
        say(f"Not in the roster, so not in canvas.csv: {', '.join(unknown)}")


def _summary(results: list[Result]) -> str:
    marked = [100 * result.points / result.of for result in results if result.of]
    if not marked:
        return f"{len(results)} submissions, none marked."
    whole = sum(result.whole for result in results)
    return (
        f"{len(results)} submissions, {whole} ran to the end; median {median(marked):.0f} %, "
        f"lowest {min(marked):.0f} %, highest {max(marked):.0f} %."
    )
