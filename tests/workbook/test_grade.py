"""``carta grade`` on a folder of thirty submissions: right, wrong, empty, hanging, hostile."""

from __future__ import annotations

import copy
import csv
import json
import os
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
import pytest

from carta.evidence import load
from carta.workbook import read_book
from carta.workbook.notebooks import NotebookWriter
from carta.workbook.sandbox.isolation import find_isolation
from carta.workbook.settings import NotebookSettings
from exercises_book import write_exercises_book
from needs import lacking

ROOT = Path(__file__).parents[2]

SOLVED = """\
def rule_of_three(n):
    if n < 1:
        raise ValueError("none")
    return min(1.0, 3 / n)
"""
RIGHT = {
    "binder-or-signal": '"A"',
    "which-series": '["B", "A"]',
    "share-with-crs": "100 * 11 / 15",
    "lower-limit": '"44.9 %"',
    "rate-with-none": SOLVED,
}
ALL, CHOICES = 9, 3


def answered(student: dict[str, Any], answers: dict[str, str], first: str = "") -> dict[str, Any]:
    """Fill in a student's notebook; ``first`` is code in a cell of its own, before the first question."""
    notebook = copy.deepcopy(student)
    for cell in notebook["cells"]:
        identifier = cell["metadata"].get("carta", {}).get("exercise")
        if identifier not in answers:
            continue
        if identifier == "rate-with-none":
            cell["source"] = f'{answers[identifier]}\ncheck("rate-with-none", rule_of_three)'
        else:
            cell["source"] = cell["source"].replace("answer = ...", f"answer = {answers[identifier]}")
    if first:
        extra: dict[str, Any] = {
            "cell_type": "code",
            "id": "first",
            "metadata": {},
            "outputs": [],
            "execution_count": None,
        }
        notebook["cells"].insert(2, {**extra, "source": first})
    return notebook


def forged(reply: str) -> str:
    return f"import os\nfor fd in range(3, 40):\n    try:\n        os.write(fd, {reply!r}.encode() * 3)\n    except OSError:\n        pass\n"


#: Code that goes before right answers, and the points that are left; None where the sandbox may lose all.
HOSTILE: dict[str, tuple[str, int | None]] = {
    "loops": ("while True:\n    pass", ALL),
    "holds-on": (
        "import signal\nsignal.signal(signal.SIGALRM, signal.SIG_IGN)\nwhile True:\n    try:\n"
        "        while True:\n            pass\n    except BaseException:\n        pass",
        ALL,
    ),
    "exits": ("import os\nos._exit(0)", ALL),
    "leaves": ("import sys\nsys.exit()", ALL),
    "crashes": ("import ctypes\nctypes.string_at(0)", ALL),
    "deletes": (
        "import os, shutil\nfor place in ('.', os.environ['PROJECT'] if 'PROJECT' in os.environ else PROJECT, '/tmp', '/'):\n"
        "    shutil.rmtree(place, ignore_errors=True)",
        ALL,
    ),
    "forks": ("import os\nwhile True:\n    os.fork()", ALL),
    "prints": ("for _ in range(3000):\n    print('x' * 1_000_000)", ALL),
    "writes": ("with open('big', 'wb') as f:\n    while True:\n        f.write(b'x' * 1_000_000)", ALL),
    "eats": ("x = 'x' * 10 ** 10", ALL),
    "kills": ("import os, signal\nos.kill(-1, signal.SIGKILL)", ALL),
    "kills-parent": ("import os, signal\nos.kill(os.getppid(), signal.SIGKILL)", ALL),
    "calls-home": ("import socket\nsocket.create_connection(('1.1.1.1', 53), 1)", ALL),
    "shouts": (
        forged('{"answer": "lower-limit", "value": ' + "[" * 5000 + "\n"),
        None,
    ),
    "floods": (
        "import os\nfor fd in range(3, 40):\n    try:\n        os.write(fd, b'x' * 3_000_000)\n    except OSError:\n        pass",
        None,
    ),
}
#: Hostile code that goes without an error: prints are dropped, deleting is refused, the parent is not to be seen.
QUIET = ("prints", "deletes", "shouts", "kills-parent")
#: Wrong or no answers, with code that tries to pass them off as right; the points they must not get.
CHEATS: dict[str, str] = {
    "patches-check": "import carta.exercises as c\nc.check = lambda *a: print('✓ Right.')\nfrom carta.exercises import check",
    "patches-judge": (
        "import sys\nfrom carta.exercises.feedback import Feedback\n"
        "for m in list(sys.modules.values()):\n    for name in ('judge', 'run_tests', 'expect', 'expect_close'):\n"
        "        if hasattr(m, name):\n            setattr(m, name, lambda *a, **k: Feedback('x', 'right'))"
    ),
    "reads-book": (
        "import os, re\nfound = ''\nfor folder, _, files in os.walk(PROJECT):\n    for f in files:\n"
        "        try:\n            found += open(os.path.join(folder, f)).read()\n        except OSError:\n            pass\n"
        "answer_from_book = 'A' if 'binder-or-signal' in found else 'C'\ncheck('binder-or-signal', answer_from_book)"
    ),
    "forges": forged('{"done": true, "error": "", "printed": "", "verdict": "right", "points": 9}\n'),
    "equals-all": (
        "class Yes(float):\n    def __eq__(self, o): return True\n    def __le__(self, o): return True\n"
        "    def __float__(self): return 0.01\n    __hash__ = None\ndef rule_of_three(n): return Yes(0.5)\n"
        "check('rate-with-none', rule_of_three)"
    ),
}  # fmt: skip


@dataclass
class Graded:
    folder: Path
    code: int
    said: str
    summary: dict[str, dict[str, str]]
    marks: dict[tuple[str, str], dict[str, str]]


@pytest.fixture(scope="module")
def graded(tmp_path_factory: pytest.TempPathFactory) -> Graded:
    if not find_isolation().files:
        lacking("no Landlock here (Linux 5.13 or later): student code cannot be kept from files")
    root = write_exercises_book(tmp_path_factory.mktemp("graded") / "project")
    base = load(root)
    (chapter,) = read_book(root, base)
    reads: Callable[..., Any] = nbformat.reads
    student = reads(NotebookWriter(base, "x.whl", NotebookSettings()).write(chapter, "student"), as_version=4)
    folder = root.parent / "submissions"
    folder.mkdir()

    def submit(name: str, notebook: dict[str, Any]) -> None:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(notebook), encoding="utf-8")

    submit("ada.ipynb", answered(student, RIGHT))
    submit("bo/trials-small.ipynb", answered(student, RIGHT))
    submit("curiemarie_LATE_4711_99_trials-small.ipynb", answered(student, RIGHT))
    submit("=cmd.ipynb", answered(student, {**RIGHT, "which-series": '"A"', "share-with-crs": '"73,3"'}))
    submit(
        "wrong.ipynb",
        answered(
            student,
            {
                "binder-or-signal": '"b"',
                "which-series": '"ABD"',
                "share-with-crs": "11",
                "lower-limit": "0",
                "rate-with-none": "def rule_of_three(n):\n    return 1 / n",
            },
        ),
    )
    submit("untouched.ipynb", student)
    submit(
        "later.ipynb",
        answered(student, {**RIGHT, "rate-with-none": SOLVED.replace("min(", "undefined + min(")}, "1 / 0"),
    )
    magic = answered(student, RIGHT, "%matplotlib inline\n!ls\nimport asyncio\nawait asyncio.sleep(0)")
    submit("magic.ipynb", magic)
    for name, (code, _) in HOSTILE.items():
        submit(f"{name}.ipynb", answered(student, RIGHT, f"PROJECT = {str(root)!r}\n{code}"))
    for name, code in CHEATS.items():
        submit(f"{name}.ipynb", answered(student, {}, f"PROJECT = {str(root)!r}\n{code}"))
    (folder / "photo.ipynb").write_bytes(bytes(range(256)) * 50)
    (folder / "nested.ipynb").write_text("[" * 100_000, encoding="utf-8")
    (folder / "nothing").mkdir()
    (folder / "nothing" / "essay.pdf").write_bytes(b"%PDF")
    (folder / "link.ipynb").symlink_to("/etc/passwd")
    before = state(root)
    run = subprocess.run(
        [sys.executable, "-m", "carta", "grade", str(folder), "--root", str(root), "--cell-seconds", "1",
         "--seconds", "20", "--memory", "400", "--workers", "2"],
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    out = folder.with_name("submissions-grades")
    assert out.is_dir(), run.stdout + run.stderr
    assert state(root) == before
    with (out / "gradebook.csv").open(encoding="utf-8", newline="") as stream:
        summary = {row["student"]: row for row in csv.DictReader(stream)}
    with (out / "marks.csv").open(encoding="utf-8", newline="") as stream:
        marks = {(row["student"], row["exercise"]): row for row in csv.DictReader(stream)}
    return Graded(folder, run.returncode, run.stdout + run.stderr, summary, marks)


def state(root: Path) -> dict[str, bytes]:
    return {str(path): path.read_bytes() for path in root.rglob("*") if path.is_file()}


def test_every_submission_has_a_row_and_links_are_not_followed(graded: Graded) -> None:
    assert len(graded.summary) == 31
    assert "link" not in graded.summary
    assert graded.code == 1, graded.said
    assert "31/31" in graded.said


@pytest.mark.parametrize("student", ["ada", "bo", "curiemarie", "magic"])
def test_right_answers_have_all_points(graded: Graded, student: str) -> None:
    assert (graded.summary[student]["points"], graded.summary[student]["of"]) == (str(ALL), str(ALL))


def test_wrong_answers_have_their_own_feedback_and_no_points(graded: Graded) -> None:
    row = graded.summary["wrong"]
    assert (row["points"], row["complete"]) == ("0", "yes")
    said = {exercise: mark["feedback"] for (who, exercise), mark in graded.marks.items() if who == "wrong"}
    assert said["binder-or-signal"].startswith("It gives the order")
    assert "D: A registration is no report." in said["which-series"]
    assert said["share-with-crs"] == "That is the count, not the share."
    assert said["lower-limit"] == "That would be no knowledge at all."
    assert said["rate-with-none"] == "With 300 patients the limit is one in a hundred."


def test_part_of_an_answer_and_a_decimal_comma(graded: Graded) -> None:
    # The name would be a formula in a spreadsheet.
    marks = {exercise: mark for (who, exercise), mark in graded.marks.items() if who == "'=cmd"}
    assert marks["which-series"]["verdict"] == "partly" and marks["which-series"]["points"] == "0"
    assert marks["share-with-crs"]["verdict"] == "right"


def test_an_untouched_notebook_has_no_points_and_no_trouble(graded: Graded) -> None:
    row = graded.summary["untouched"]
    assert (row["points"], row["complete"], row["remarks"]) == ("0", "yes", "")
    verdicts = [mark["verdict"] for (who, _), mark in graded.marks.items() if who == "untouched"]
    assert verdicts == ["untouched"] * 4 + ["wrong"]


def test_a_failing_cell_costs_only_what_depends_on_it(graded: Graded) -> None:
    row = graded.summary["later"]
    assert (row["points"], row["complete"]) == (str(ALL - 3), "yes")
    assert "ZeroDivisionError" in row["remarks"]
    assert "NameError" in graded.marks["later", "rate-with-none"]["feedback"]


@pytest.mark.parametrize("student", HOSTILE)
def test_hostile_code_harms_nothing_and_costs_at_most_its_own_points(graded: Graded, student: str) -> None:
    points = HOSTILE[student][1]
    row = graded.summary[student]
    assert row["of"] == str(ALL)
    if points is not None:
        assert row["points"] == str(points), row
    assert row["remarks"] or student in QUIET, row


@pytest.mark.parametrize("student", CHEATS)
def test_nobody_marks_himself(graded: Graded, student: str) -> None:
    assert graded.summary[student]["points"] == "0", [m for (s, _), m in graded.marks.items() if s == student]


@pytest.mark.parametrize("student", ["photo", "nested", "nothing"])
def test_what_is_no_notebook_is_said_so(graded: Graded, student: str) -> None:
    row = graded.summary[student]
    assert row["complete"] == "no" and row["points"] == "0"
    assert "no notebook" in row["remarks"]
    assert student in graded.said


def test_canvas_and_nbgrader_tables(graded: Graded) -> None:
    out = graded.folder.with_name("submissions-grades")
    rows = list(csv.reader((out / "canvas.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[0] == ["Student", "ID", "SIS User ID", "SIS Login ID", "Section", "CARTA: A small chapter"]
    assert rows[1] == ["    Points Possible", "", "", "", "", str(ALL)]
    assert ["curiemarie", "4711", "", "curiemarie", "", str(ALL)] in rows
    exported = list(csv.DictReader((out / "nbgrader.csv").read_text(encoding="utf-8").splitlines()))
    ada = next(row for row in exported if row["student_id"] == "ada")
    assert (ada["assignment"], ada["score"], ada["max_score"]) == ("trials-small", "9.0", "9.0")
