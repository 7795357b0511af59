"""Tables of results, and what ``carta grade`` refuses."""

from __future__ import annotations

import csv
from dataclasses import replace
from pathlib import Path

import pytest
from click.testing import CliRunner

from carta.cli import main
from carta.workbook.grading import Mark, Result
from carta.workbook.grading.gradebook import RosterError, read_roster, write_gradebook
from carta.workbook.sandbox import isolation, landlock
from carta.workbook.sandbox.isolation import Isolation
from exercises_book import write_exercises_book

ROSTER = """\
Student,ID,SIS User ID,SIS Login ID,Section,Quiz (1)
    Points Possible,,,,,10
"Lovelace, Ada",101,S1,ada@school.example,A,5
"Noether, Emmy",102,S2,emmy,A,
"Curie, Marie",103,S3,curie,B,
"Curie, Marie",104,S4,other,B,
"""


def result(student: str, points: int, *, chapter: str = "book/trials/lupus", canvas: str = "") -> Result:
    title = chapter.rpartition("/")[2].capitalize()
    mark = Mark("an-exercise", 1, points, 3, "right" if points else "wrong", "=HYPERLINK(1)\x07 said")
    return Result(student, Path(f"{student}.ipynb"), canvas, chapter, title, (mark,), (), whole=True)


def test_students_are_matched_with_the_roster(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text(ROSTER, encoding="utf-8-sig")
    results = [
        result("emmy", 3),
        result("ada_lovelace", 0),
        result("ada_lovelace", 3),
        result("lovelaceada", 3, canvas="101", chapter="book/trials/myositis"),
        result("curie_marie", 3),  # two of that name
        result("nobody", 3),
    ]
    written, unknown = write_gradebook(results, tmp_path / "out", read_roster(tmp_path / "roster.csv"))
    assert [path.name for path in written] == ["marks.csv", "gradebook.csv", "canvas.csv", "nbgrader.csv"]
    assert unknown == ["curie_marie", "nobody"]
    rows = list(csv.reader((tmp_path / "out" / "canvas.csv").read_text(encoding="utf-8").splitlines()))
    assert rows == [
        ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "CARTA: Lupus", "CARTA: Myositis"],
        ["    Points Possible", "", "", "", "", "3", "3"],
        ["Noether, Emmy", "102", "S2", "emmy", "A", "3", ""],
        # Of two files for one chapter the better one counts.
        ["Lovelace, Ada", "101", "S1", "ada@school.example", "A", "3", "3"],
    ]


def test_no_cell_is_a_formula(tmp_path: Path) -> None:
    write_gradebook([result("+1", 0)], tmp_path)
    for path in tmp_path.glob("*.csv"):
        cells = [cell for row in csv.reader(path.read_text(encoding="utf-8").splitlines()) for cell in row]
        assert cells and not [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))]


def test_a_roster_that_is_none_is_refused(tmp_path: Path) -> None:
    (tmp_path / "roster.csv").write_text("name,points\nAda,3\n", encoding="utf-8")
    with pytest.raises(RosterError, match="export the gradebook from Canvas"):
        read_roster(tmp_path / "roster.csv")


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_exercises_book(tmp_path_factory.mktemp("grade") / "project")
    (root / "handed-in").mkdir()
    (root / "handed-in" / "ada.ipynb").write_text("{}", encoding="utf-8")
    (root / "empty").mkdir()
    return root


@pytest.mark.parametrize(
    ("folder", "options", "words"),
    [
        ("missing", [], "no such folder"),
        ("empty", [], "no notebook (.ipynb) is in it"),
        ("handed-in", ["--chapter", "trials/lupus"], "There are: trials/small."),
    ],
)
def test_what_cannot_be_marked_is_said_with_exit_code_2(
    project: Path, folder: str, options: list[str], words: str
) -> None:
    done = CliRunner().invoke(main, ["grade", str(project / folder), "--root", str(project), *options])
    assert done.exit_code == 2
    assert words in done.output
    assert not (project / f"{folder}-grades").exists()


def test_without_protection_of_files_nothing_runs(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    isolation.find_isolation.cache_clear()
    monkeypatch.setattr(landlock, "version", lambda: 0)
    try:
        done = CliRunner().invoke(main, ["grade", str(project / "handed-in"), "--root", str(project)])
    finally:
        isolation.find_isolation.cache_clear()
    assert done.exit_code == 2
    assert "could read and delete your files" in done.output


def test_the_walls_are_described_as_they_are() -> None:
    best = Isolation(("unshare",), files=True, network=True, drop=False)
    assert best.describe().endswith("all its processes end with it.")
    assert "UDP is open" in replace(best, prefix=(), network=False).describe()
    bare = Isolation((), files=False, network=False, drop=False).describe()
    assert "files of this user can be read and deleted" in bare and "the network is open" in bare
