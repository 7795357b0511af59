"""Results as tables: every mark with its feedback, a summary, and the forms that Canvas and nbgrader have."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path

from carta.files import write_text_atomically
from carta.workbook.grading.marks import Result

#: Columns by which Canvas knows a student, in its order.
CANVAS_COLUMNS = ("Student", "ID", "SIS User ID", "SIS Login ID", "Section")
_POINTS_POSSIBLE = "    Points Possible"
#: The columns of ``nbgrader export``.
_NBGRADER_COLUMNS = (
    "assignment", "duedate", "timestamp", "student_id", "last_name", "first_name", "email",
    "raw_score", "late_submission_penalty", "score", "max_score",
)  # fmt: skip
#: A cell that begins so is run as a formula by spreadsheets.
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


class RosterError(ValueError):
    """A roster cannot be used; the message says why."""


def write_gradebook(
    results: Sequence[Result], out: Path, roster: Sequence[Mapping[str, str]] = ()
) -> tuple[list[Path], list[str]]:
    """Write ``marks.csv``, ``gradebook.csv``, ``canvas.csv`` and ``nbgrader.csv``.

    Args:
        results: of all submissions.
        out: the folder.
        roster: the students of a course, rows of a gradebook exported from Canvas (:func:`read_roster`).

    Returns:
        The files, and the students that are not in the roster.
    """
    canvas, unknown = _canvas(results, roster)
    tables = {
        "marks.csv": _marks(results),
        "gradebook.csv": _summary(results),
        "canvas.csv": canvas,
        "nbgrader.csv": _nbgrader(results),
    }
    for name, rows in tables.items():
        write_text_atomically(out / name, _csv(rows))
    return [out / name for name in tables], unknown


def read_roster(path: Path) -> list[dict[str, str]]:
    """Read a gradebook exported from Canvas.

    Raises:
        RosterError: when it cannot be read, or lacks the columns.
    """
    try:
        with path.open(encoding="utf-8-sig", newline="") as stream:
            reader = csv.DictReader(stream)
            rows = list(reader)
            columns = reader.fieldnames or []
    except (OSError, UnicodeDecodeError, csv.Error) as error:
        raise RosterError(f"{path}: cannot be read: {error}") from error
    if "Student" not in columns or "ID" not in columns:
        raise RosterError(f"{path}: no columns Student and ID; export the gradebook from Canvas as CSV.")
    chosen = [{name: row.get(name) or "" for name in CANVAS_COLUMNS} for row in rows]
    # Below the names Canvas puts a row of points; it is none of a student.
    return [row for row in chosen if row["ID"].strip()]


def _marks(results: Iterable[Result]) -> list[list[object]]:
    rows: list[list[object]] = [
        ["student", "file", "chapter", "number", "exercise", "points", "of", "verdict", "feedback"]
    ]
    for result in results:
        rows += [
            [
                result.student,
                result.path.name,
                result.chapter,
                mark.number,
                mark.exercise,
                mark.points,
                mark.of,
                mark.verdict,
                mark.feedback,
            ]
            for mark in result.marks
        ]
    return rows


def _summary(results: Iterable[Result]) -> list[list[object]]:
    rows: list[list[object]] = [
        ["student", "file", "chapter", "points", "of", "percent", "right", "exercises", "complete", "remarks"]
    ]
    for result in results:
        percent = f"{100 * result.points / result.of:.1f}" if result.of else ""
        right = sum(mark.verdict == "right" for mark in result.marks)
        rows.append(
            [
                result.student,
                result.path.name,
                result.chapter,
                result.points,
                result.of,
                percent,
                right,
                len(result.marks),
                "yes" if result.whole else "no",
                " ".join(result.remarks),
            ]
        )
    return rows


def _best(results: Iterable[Result]) -> dict[tuple[str, str], Result]:
    """The best submission of each student to each chapter: of two files of one student one counts."""
    best: dict[tuple[str, str], Result] = {}
    for result in results:
        place = (result.student, result.chapter)
        if result.chapter and (place not in best or result.points > best[place].points):
            best[place] = result
    return best


def _canvas(
    results: Sequence[Result], roster: Sequence[Mapping[str, str]]
) -> tuple[list[list[object]], list[str]]:
    """One row a student, one column a chapter, and above all the points that can be had."""
    best = _best(results)
    chapters = {result.chapter: result for result in best.values()}
    rows: list[list[object]] = [
        [*CANVAS_COLUMNS, *(f"CARTA: {result.title}" for result in chapters.values())],
        [_POINTS_POSSIBLE, "", "", "", "", *(result.of for result in chapters.values())],
    ]
    unknown: list[str] = []
    # One person may have handed in under two names; by who it is, points by chapter.
    people: dict[tuple[str, ...], dict[str, int]] = {}
    for (student, chapter), result in best.items():
        known = _in_roster(result, roster)
        if roster and known is None:
            unknown.append(student)
            continue
        person = known or {"Student": student, "ID": result.canvas_id, "SIS Login ID": student}
        points = people.setdefault(tuple(person.get(column, "") for column in CANVAS_COLUMNS), {})
        points[chapter] = max(points.get(chapter, 0), result.points)
    for who, points in people.items():
        rows.append([*who, *(points.get(chapter, "") for chapter in chapters)])
    return rows, list(dict.fromkeys(unknown))


def _in_roster(result: Result, roster: Sequence[Mapping[str, str]]) -> Mapping[str, str] | None:
    """The student's row: by Canvas's own number, else by login, school number, or name; only if it is one alone."""
    wanted = result.canvas_id or result.student
    columns = ("ID",) if result.canvas_id else ("SIS Login ID", "SIS User ID", "ID", "Student")
    for column in columns:
        found = [row for row in roster if _same(row.get(column, ""), wanted)]
        if len(found) == 1:
            return found[0]
    return None


def _same(left: str, right: str) -> bool:
    """Compare as people write names: capitals, commas and spaces do not count, nor the order of the names."""

    def plain(text: str) -> list[str]:
        return sorted(text.casefold().replace(",", " ").replace("_", " ").split())

    return bool(plain(left)) and (
        plain(left) == plain(right) or "".join(plain(left)) == "".join(plain(right))
    )


def _nbgrader(results: Sequence[Result]) -> list[list[object]]:
    rows: list[list[object]] = [list(_NBGRADER_COLUMNS)]
    for (student, _), result in _best(results).items():
        try:
            handed_in = datetime.fromtimestamp(result.path.stat().st_mtime, UTC).strftime("%Y-%m-%d %H:%M:%S")
        except OSError:
            handed_in = ""
        assignment = result.chapter.removeprefix("book/").replace("/", "-")
        points = float(result.points)
        rows.append([assignment, "", handed_in, student, "", "", "", points, 0.0, points, float(result.of)])
    return rows


def _csv(rows: Iterable[Sequence[object]]) -> str:
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\n")
    for row in rows:
        writer.writerow([_safe(cell) for cell in row])
    return stream.getvalue()


def _safe(cell: object) -> object:
    """Keep what a student may have written from being a formula; numbers stay numbers."""
    if isinstance(cell, str):
        cell = " ".join(cell.split()) if cell != _POINTS_POSSIBLE else cell
        cell = "".join(character for character in cell if character.isprintable())
        return f"'{cell}" if cell.startswith(_FORMULA) else cell
    return cell
