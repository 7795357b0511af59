"""``carta simulate economics``: what it prints, and how it fails."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from carta.cli import main

ROOT = Path(__file__).parents[2]
HIV = ROOT / "tests" / "models" / "economics" / "published" / "hiv.yaml"


def simulate(*arguments: str) -> tuple[int, str, str]:
    result = CliRunner().invoke(main, ["simulate", "economics", *arguments])
    return result.exit_code, result.stdout, result.stderr


def test_json_of_a_published_model() -> None:
    code, out, _ = simulate(
        "--model",
        str(HIV),
        "--n",
        "0",
        "--threshold",
        "10000",
        "--format",
        "json",
        "--threshold-of",
        "c_lami",
    )
    content = json.loads(out)
    assert code == 0
    assert content["strategies"]["comb"]["cost"] == pytest.approx(50601.6513312)
    assert content["incremental"][1]["icer"] == pytest.approx(6275.9556)
    assert content["against_reference"]["comb"]["verdict"] == "ratio"
    # At the threshold value the net benefit is zero: the price of the drug that makes a life-year cost 10,000.
    value = content["threshold_of"]["values"]["comb"]["10000"]
    code, out, _ = simulate("--model", str(HIV), "--n", "0", "--set", f"c_lami={value}", "--format", "json")
    assert json.loads(out)["incremental"][1]["icer"] == pytest.approx(10000, rel=1e-5)


def test_cartas_model_by_name_with_every_analysis() -> None:
    arguments = [
        "--model",
        "lupus-uk",
        "--root",
        str(ROOT),
        "--n",
        "1200",
        "--seed",
        "3",
        "--format",
        "json",
        "--tornado",
        "--evppi",
    ]
    code, out, error = simulate(*arguments)
    assert code == 0, error
    content = json.loads(out)
    assert "exploratory" in content["standing"]
    assert content["probabilistic"]["draws"] == 1200
    assert content["tornado"]["cart"]["25000"][0]["parameter"] == "price"
    curves = content["probabilistic"]["acceptability"]
    assert sum(shares[0] for shares in curves.values()) == pytest.approx(1)
    evppi, frontier = content["probabilistic"]["evppi"]["25000"], content["probabilistic"]["frontier"][0]
    assert 0 <= max(evppi.values()) <= frontier["evpi"] * 1.1
    assert simulate(*arguments)[1] == out


def test_csv_and_text() -> None:
    code, out, _ = simulate("--model", str(HIV), "--n", "10", "--format", "csv")
    rows = list(csv.DictReader(io.StringIO(out)))
    assert code == 0
    assert [row["strategy"] for row in rows] == ["mono", "comb"]
    assert float(rows[0]["cost_mean"]) == pytest.approx(float(rows[0]["cost"]))
    code, out, _ = simulate("--model", str(HIV), "--n", "10")
    assert "44,663" in out and "6,276" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["--model", "absent.yaml"], "absent.yaml:1: error: The file cannot be read"),
        (["--model", str(HIV), "--scenario", "x"], "there is no scenario 'x'"),
        (["--model", str(HIV), "--set", "c_lami"], "write NAME=VALUE"),
        (["--model", str(HIV), "--set", "x=1"], "the model has no parameter 'x'"),
        (["--model", str(HIV), "--set", "p_ab=2"], "The probability of going from 'A' to 'B' is 2"),
        (["--model", str(HIV), "--threshold-of", "x"], "the model has no parameter 'x'"),
        ([], "Give a model"),
    ],
)
def test_failures_are_one_clear_message_and_exit_2(arguments: list[str], message: str) -> None:
    code, out, error = simulate(*arguments, "--n", "0")
    assert code == 2
    assert message in error
    assert out == ""
    assert "Traceback" not in error


def test_schema_is_printed() -> None:
    code, out, _ = simulate("--schema")
    assert code == 0
    assert json.loads(out)["title"] == "Model"
