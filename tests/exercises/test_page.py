"""What the page's Python answers to a reader's code, without a browser around it."""

from __future__ import annotations

import json
from typing import Any

import pytest

from carta.exercises.page import run

EXERCISE = json.dumps({"id": "share", "function": "share", "facts": {"a:crs": {"events": 11, "n": 15}}})
TESTS = 'expect_close(share(), fact("a:crs").events / 15, "Divide the events by the patients.")\n'


def answer(code: str, tests: str | None = None) -> Any:
    return json.loads(run(code, tests, EXERCISE))


def test_right_and_wrong_code(capsys: pytest.CaptureFixture[str]) -> None:
    assert answer("print(fact('a:crs').n)") == {}
    assert capsys.readouterr().out == "15\n"
    assert answer("from carta.exercises import fact as f\ndef share(): return f('a:crs').events / 15", TESTS)[
        "met"
    ]
    assert answer("def share(): return 11", TESTS) == {
        "met": False,
        "message": "Divide the events by the patients.",
    }
    assert "no function share" in answer("def other(): ...", TESTS)["message"]
    assert "line 2" in answer("def share():\n    return 1 / 0", TESTS)["message"]


@pytest.mark.parametrize(
    ("code", "line", "short"),
    [
        ("a = 1\nb = a +\n", 2, "SyntaxError"),
        ("import statistics\n\nstatistics.mean([])", 3, "StatisticsError"),
        ("def f():\n    return f()\nf()", 2, "RecursionError"),
        ("raise SystemExit", 1, "SystemExit"),
        ("input('n?')", 1, "nobody can type"),
        ("nothing", 1, "NameError"),
    ],
)
def test_errors_name_the_readers_line_and_no_other_file(code: str, line: int, short: str) -> None:
    error = answer(code)["error"]
    assert error["line"] == line and short in error["short"]
    assert error["text"].count("File ") == error["text"].count('File "<your code>"')
    assert len(error["text"]) < 2000
