"""``carta pool`` on files that are wrong, unusual or large, and on the base."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from carta.cli import main
from carta.synthesis import pool

ROOT = Path(__file__).parents[2]
GOOD = "study,events,n\nA,1,10\nB,3,12\nC,0,9\n"


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["pool", "--quiet", *arguments])


def file(tmp_path: Path, content: str | bytes) -> str:
    path = tmp_path / "counts.csv"
    path.write_bytes(content if isinstance(content, bytes) else content.encode())
    return str(path)


@pytest.mark.parametrize(
    ("content", "line", "said"),
    [
        ("", 1, "The file is empty"),
        ("\n\n", 1, "The file is empty"),
        ("study,events,n\n", 1, "no rows"),
        ("study,events\nA,1\n", 1, "no column 'n'"),
        ("study,events,n,N\nA,1,2,3\n", 1, "'n' twice"),
        ("study,events,n\nA,1,10\nB,two,9\n", 3, "events 'two' is no whole number"),
        ("study,events,n\nA,1.5,10\n", 2, "events '1.5' is no whole number"),
        ("study;events;n\nA;1,5;10\n", 2, "events '1,5' is no whole number"),
        ("study,events,n\nA,,10\n", 2, "events is empty"),
        ("study,events,n\nA,11,10\n", 2, "11 events among 10 patients"),
        ("study,events,n\nA,-1,10\n", 2, "events is -1, below zero"),
        ("study,events,n\nA,0,0\n", 2, "n is 0"),
        ("study,events,n\n,1,10\n", 2, "no name"),
        ("study,events,n\nA,1,10\n\nA,2,10\n", 4, "there already, in line 2"),
        ("study,events,n\nA,1\n", 2, "2 cells"),
        ('study,events,n\n"A,1,10\n', 2, "no CSV"),
        (GOOD.encode("utf-16"), 1, "UTF-8"),
        ("study,events,n\nMüller,1,10\n".encode("latin-1"), 2, "UTF-8"),
    ],
)
def test_a_bad_file_is_named_with_its_line(
    tmp_path: Path, content: str | bytes, line: int, said: str
) -> None:
    path = file(tmp_path, content)
    found = run("--input", path)
    assert found.exit_code == 2 and found.stdout == ""
    assert f"{path}:{line}: " in found.stderr and said in found.stderr and "mend:" in found.stderr


def test_every_wrong_row_is_named_at_once(tmp_path: Path) -> None:
    found = run("--input", file(tmp_path, "study,events,n\n" + "".join(f"s{i},x,5\n" for i in range(30))))
    assert (
        found.exit_code == 2
        and found.stderr.count("is no whole number") == 10
        and "and 20 more" in found.stderr
    )


def test_a_file_that_is_not_there(tmp_path: Path) -> None:
    found = run("--input", str(tmp_path / "none.csv"))
    assert found.exit_code == 2 and "cannot be read" in found.stderr


@pytest.mark.parametrize(
    "content",
    [
        GOOD,
        "\ufeff" + GOOD,
        GOOD.replace(",", ";"),
        GOOD.replace(",", "\t"),
        GOOD.replace("\n", "\r\n"),
        "N , Study,year, Events\n10,A,2024,1\n\n12,B,2024,3.0\n9,C,2025,0\n",
    ],
)
def test_usual_forms_of_csv_give_the_right_answer(tmp_path: Path, content: str) -> None:
    found = run("--input", file(tmp_path, content), "--format", "json")
    assert found.exit_code == 0, found.stderr
    values = json.loads(found.stdout)
    expected = pool([1, 3, 0], [10, 12, 9])
    assert values["estimate"] == pytest.approx(expected.estimate) and values["n"] == 31
    assert [study["label"] for study in values["studies"]] == ["A", "B", "C"]


def test_a_hundred_thousand_rows(tmp_path: Path) -> None:
    rows = "".join(f"s{row},{row % 4},{4 + row % 7}\n" for row in range(100_000))
    found = run("--input", file(tmp_path, "study,events,n\n" + rows))
    assert (
        found.exit_code == 0
        and "in 100000 studies" in found.stdout
        and "and 99940 more studies" in found.stdout
    )


def test_a_refusal_is_a_sentence(tmp_path: Path) -> None:
    found = run("--input", file(tmp_path, "study,events,n\nA,0,14\nB,12,12\n"))
    assert found.exit_code == 2 and "either no or only events" in found.stderr and found.stdout == ""


def test_groups_of_a_file_and_models(tmp_path: Path) -> None:
    content = "study,events,n,disease\nA,1,10,sle\nB,3,12,sle\nC,9,12,mg\nD,8,9,mg\n"
    found = run(
        "--input", file(tmp_path, content), "--by", "disease", "--format", "csv", "--model", "iv-logit"
    )
    rows = list(csv.DictReader(io.StringIO(found.stdout)))
    assert [row["group"] for row in rows] == ["all", "sle", "mg"] and rows[1]["n"] == "22"
    assert rows[0]["model"] == "iv-logit"
    text = run("--input", file(tmp_path, content), "--by", "disease")
    assert "Do the groups differ?" in text.stdout


def test_the_base_is_pooled_and_names_what_it_left_out() -> None:
    found = run("--root", str(ROOT), "--outcome", "crs-any", "--by", "target", "--format", "json")
    assert found.exit_code == 0, found.stderr
    values = json.loads(found.stdout)
    assert values["patients"] == values["overall"]["n"] and len(values["groups"]) > 2
    assert "mackensen-2022-natmed" in {one["study"] for one in values["left_out"]}
    text = run("--root", str(ROOT), "--outcome", "crs-any")
    assert "Left out" in text.stdout and "muller-2024-nejm" in text.stdout
    unknown = run("--root", str(ROOT), "--outcome", "crs")
    assert unknown.exit_code == 2 and "There is no outcome 'crs'" in unknown.stderr
    both = run("--outcome", "crs-any", "--input", "x.csv")
    assert both.exit_code == 2
