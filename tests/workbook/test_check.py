"""The rules on exercises: a sound chapter passes, each defect is found at its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from carta.evidence import load
from carta.findings import Finding
from carta.workbook.check import check_exercises
from exercises_book import CHAPTER, EXERCISES, write_exercises_book
from projects import replace


def check(root: Path) -> list[Finding]:
    return check_exercises(root, load(root))


def test_a_sound_chapter_has_no_findings(tmp_path: Path) -> None:
    assert check(write_exercises_book(tmp_path)) == []


#: Rule, text to replace, new text, how many lines below the start of the new text the finding stands, words of it.
DEFECTS = [
    ("id", "{exercise} binder-or-signal", "{exercise} Binder or signal", 0, "'Binder or signal'"),
    ("duplicate-id", "{exercise} which-series", "{exercise} binder-or-signal", 0, f"{CHAPTER}:27"),
    ("kind", ":kind: concept", ":kind: quiz", 0, "'quiz'"),
    (
        "form",
        ":kind: estimate\n:objective: 3\n:difficulty: medium\n:answer: ",
        ":kind: estimate\n:objective: 3\n:difficulty: medium\n:result: ",
        -1,
        "nothing to answer",
    ),
    ("objective", ":objective: 1", ":objective: 4", -2, "the chapter has 3"),
    ("difficulty", ":difficulty: easy\n\nWhich", ":difficulty: simple\n\nWhich", 0, "'simple'"),
    (
        "unknown-option",
        ":difficulty: easy\n\nWhich",
        ":difficulty: easy\n:hint: x\n\nWhich",
        1,
        "`:hint:`",
    ),
    ("correct", ":::{option} CD3 zeta", ":::{option} CD3 zeta\n:correct:", 0, "2 options are marked"),
    ("same-option", "{option} The hinge", "{option} The binder", 0, "line 34 again"),
    (
        "same-feedback",
        "It only holds the binder at a distance.",
        "It gives the order to kill, whatever the binder has found.",
        -1,
        "that of line 38 again",
    ),
    ("options", ":::{option} The hinge\nIt only holds the binder at a distance.\n:::\n", "", -14, "2 options"),
    ("one-hint", ":::{hint}\nAsk which part lies outside the cell.\n:::\n", "", -17, "no `{hint}`"),
    ("empty", "Ask which part lies outside the cell.", "", -1, "hint is empty"),
    ("expression", ":answer: percent(", ":answer: __import__(", 0, "`__import__` is not allowed"),
    (
        "expression",
        'fact("alpha-2024-journal:crs").events\nThat is',
        'fact("alpha-2024-journal:crsx").events\nThat is',
        0,
        "crsx",
    ),
    ("tolerance", ":tolerance: 0.5", ":tolerance: wide", 0, "'wide'"),
    ("wrong-within-tolerance", ":tolerance: 0.5", ":tolerance: 5", 7, "lies within 5 of the right one"),
    ("unknown-fact", ":facts: alpha-2024-journal:n", ":facts: alpha-2024-journal:m", -5, "alpha-2024-journal:m"),
    ("text", "{fact}`alpha-2024-journal:crs`.", "{glue:text}`share`.", 0, "does not run"),
    ("text", "{term}`CAR` decides", "{term}`CAR` decides\n", None, ""),
    ("text", "It only holds the", "{term}`CARX` only holds the", 0, "'CARX'"),
    ("text", "```{math}\n", "```{figure} x.png\n", 0, "{figure}"),
    ("syntax", "    return 1 / n\n", "    return 1 /\n", 0, "no Python"),
    ("import", "    return 1 / n\n", "    import numpy\n    return 1 / n\n", 0, "numpy"),
    ("solution-fails", "worked_out_limit = 3 / n", "worked_out_limit = 2 / n", -3, "one in a hundred"),
    (
        "starter-passes",
        "    ...\n",
        "    if n < 1:\n        raise ValueError\n    return min(1.0, 3 / n)\n",
        -2,
        "passes all tests",
    ),
    ("starter-function", "def rule_of_three(n):\n    \"\"\"", "def rule(n):\n    \"\"\"", 0, "`rule_of_three`"),
    (
        "wrong-passes",
        "    return 1 / n\n",
        "    if n < 1:\n        raise ValueError\n    return min(1, 3 / n)\n",
        -1,
        "passes all tests",
    ),
    ("same-feedback", "    return 3 / n\n", "    return 2 / n\n", -1, "one in a hundred"),
    # An endless loop costs its time and is found; here as a solution, so that it is named.
    ("solution-fails", "    if n < 1:", "    while n:\n        pass\n    if n < 1:", -1, "stopped"),
    (
        "tests-tell",
        "expect(rule_of_three(2) <= 1,",
        "expect(rule_of_three(2) == (lambda worked_out_limit: min(1.0, worked_out_limit))(1.5),",
        -1,
        "min(1.0, worked_out_limit)",
    ),
    ("section", "## Exercises\n", "## Questions\n", 2, "under a heading"),
    ("stray-part", "::::{exercise} rate-with-none", "::::{note}", None, ""),
    ("too-few", ":kind: evidence\n:objective: 2\n:difficulty: medium\n:several:", ":kind: odd", None, "3 exercises"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("rule", "old", "new", "below", "words"),
    DEFECTS,
    ids=[f"{n}-{case[0]}" for n, case in enumerate(DEFECTS)],
)
def test_each_defect_is_found_at_its_line(
    tmp_path: Path, rule: str, old: str, new: str, below: int | None, words: str
) -> None:
    without_code, mark, code = EXERCISES.partition("::::{exercise} rate-with-none")
    # Where nothing is wrong with the code, it need not run.
    root = write_exercises_book(tmp_path, EXERCISES if old in mark + code else without_code)
    line = replace(root, CHAPTER, old, new)
    found = [finding for finding in check(root) if finding.rule == f"exercises/{rule}"]
    if rule == "text" and below is None:
        assert found == []  # the control: the same place with a sound change
        return
    assert found, check(root)
    assert all(finding.file == CHAPTER and finding.mend for finding in found)
    assert words in " ".join(finding.message for finding in found)
    if below is not None:
        assert line + below in [finding.line for finding in found], (line, found)


def test_a_chapter_without_exercises_is_one_finding(tmp_path: Path) -> None:
    root = write_exercises_book(tmp_path)
    text = (root / CHAPTER).read_text(encoding="utf-8")
    (root / CHAPTER).write_text(text.partition("## Exercises")[0], encoding="utf-8")
    assert [(finding.rule, finding.line) for finding in check(root)] == [("exercises/too-few", 1)]


def test_an_unclosed_exercise_is_reported_where_it_opens(tmp_path: Path) -> None:
    root = write_exercises_book(tmp_path)
    text = (root / CHAPTER).read_text(encoding="utf-8")
    (root / CHAPTER).write_text(text.rstrip().removesuffix("::::"), encoding="utf-8")
    line = text[: text.index("::::{exercise} rate-with-none")].count("\n") + 1
    assert ("prose/unclosed-fence", line) in [(finding.rule, finding.line) for finding in check(root)]
