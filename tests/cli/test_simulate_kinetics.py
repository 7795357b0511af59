"""``carta simulate kinetics`` as a person or a script runs it."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from carta.cli import main

ROOT = Path(__file__).resolve().parents[2]


def run(*arguments: str) -> Result:
    return CliRunner().invoke(main, ["simulate", "kinetics", "--root", str(ROOT), *arguments])


def test_json_holds_measures_settings_and_their_standing() -> None:
    result = run("--model", "bcma", "--set", "dose=1e8", "--days", "200", "--format", "json", "--quiet")
    assert result.exit_code == 0, result.output
    content = json.loads(result.stdout)
    assert "not a forecast" in content["disclaimer"]
    assert content["limits"]
    assert content["settings"]["dose"] == {
        "value": 1e8,
        "unit": "cell",
        "status": "chosen",
        "record": "minimal:dose",
        "sources": content["settings"]["dose"]["sources"],
    }
    assert content["settings"]["growth"]["status"] == "calibrated"
    rows = {row["measure"]: row["value"] for row in content["rows"]}
    assert rows["autoantibody_90"] == pytest.approx(0.058, rel=0.05)
    assert "autoantibody_365" not in rows


def test_patients_are_the_same_for_the_same_seed() -> None:
    first = run("--n", "8", "--seed", "3", "--days", "120", "--format", "csv", "--quiet")
    again = run("--n", "8", "--seed", "3", "--days", "120", "--format", "csv", "--quiet")
    other = run("--n", "8", "--seed", "4", "--days", "120", "--format", "csv", "--quiet")
    assert first.exit_code == 0, first.output
    assert first.stdout == again.stdout != other.stdout
    rows = {row["measure"]: row for row in csv.DictReader(io.StringIO(first.stdout))}
    assert rows["cmax"]["patients"] == "8"
    assert float(rows["cmax"]["q5"]) < float(rows["cmax"]["q95"])


def test_curves_as_csv_and_a_model_file(tmp_path: Path) -> None:
    model = tmp_path / "strong.yaml"
    model.write_text("scenario: cd19\nsettings:\n  growth: 1.5\n", encoding="utf-8")
    result = run("--model", str(model), "--curves", "--days", "60", "--format", "csv", "--quiet")
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert len(rows) == 61
    base = run("--curves", "--days", "60", "--format", "csv", "--quiet")
    slower = list(csv.DictReader(io.StringIO(base.stdout)))
    assert float(rows[5]["car_t_blood"]) > 2 * float(slower[5]["car_t_blood"])


def test_targets_tell_what_is_missed() -> None:
    result = run("--targets", "--quiet")
    assert result.exit_code == 0, result.output
    assert "T8    met" in result.output
    assert "missed" in result.output


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "cd20"], "there is no scenario 'cd20': choose of cd19"),
        (["--set", "doze=1"], "Did you mean dose"),
        (["--set", "fa=2"], "at most 1"),
        (["--set", "fa"], "NAME=VALUE"),
        (["--executor", "dask", "--n", "2"], "--scheduler"),
    ],
)
def test_bad_input_stops_with_one_message(arguments: list[str], message: str) -> None:
    result = run(*arguments)
    assert result.exit_code == 2
    assert message in result.output
    assert "Traceback" not in result.output


def test_a_bad_model_file_is_named_with_its_line(tmp_path: Path) -> None:
    broken = tmp_path / "broken.yaml"
    broken.write_text("scenario: cd19\nsettings: {dose: [}\n", encoding="utf-8")
    result = run("--model", str(broken))
    assert result.exit_code == 2
    assert "broken.yaml:2: it is no valid YAML" in result.output
    broken.write_text("scenario: cd19\nsettings: {dose: many}\n", encoding="utf-8")
    assert "dose: 'many' is no number" in run("--model", str(broken)).output
