"""The command as a person or a program calls it: output, exit codes, messages."""

from __future__ import annotations

import csv
import io
import json
import subprocess
import sys
from pathlib import Path

import pytest

from projects import replace, write_project

ROOT = Path(__file__).parents[2]
ALPHA = "evidence/studies/alpha-2024-journal.yaml"


def carta(*words: str | Path, at: Path) -> subprocess.CompletedProcess[str]:
    """Run the command in a folder."""
    return subprocess.run(
        [sys.executable, "-m", "carta", *map(str, words)], cwd=at, capture_output=True, text=True, check=False
    )


def test_the_project_itself_has_nothing_to_mend() -> None:
    run = carta("check", at=ROOT)
    assert run.returncode == 0, run.stdout
    assert run.stdout == ""


def test_check_exits_with_one_and_says_where(tmp_path: Path) -> None:
    root = write_project(tmp_path / "a project")
    assert carta("check", at=root).returncode == 0
    line = replace(root, ALPHA, "events: 11", "events: 16")
    run = carta("check", at=root)
    assert run.returncode == 1
    assert f"{ALPHA}:{line}: error:" in run.stdout and "mend:" in run.stdout


def test_check_speaks_json_and_github(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    line = replace(root, ALPHA, "events: 11", "events: 16")
    (finding,) = json.loads(carta("check", "--only", "evidence", "--format", "json", at=root).stdout)
    assert (finding["file"], finding["line"], finding["rule"]) == (ALPHA, line, "evidence/events-within-n")
    shown = carta("check", "--only", "evidence", "--format", "github", at=root).stdout
    assert shown.startswith(f"::error file={ALPHA},line={line},title=evidence/events-within-n::")


def test_only_checks_what_is_named(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    replace(root, ALPHA, "events: 11", "events: 16")
    assert carta("check", "--only", "bibliography", at=root).returncode == 0
    assert carta("check", "--only", "bibliography,evidence", at=root).returncode == 1
    assert carta("check", "--only", "spelling", at=root).returncode == 2


def test_a_foreign_bibliography_is_checked_anywhere(tmp_path: Path) -> None:
    bib = tmp_path / "x.bib"
    bib.write_text(
        "@article{a, title={T}, author={A, B}, journal={J}, year={2020}}\n@book{b, title={x\n",
        encoding="utf-8",
    )
    run = carta("check", "--bib", bib, at=tmp_path)
    assert run.returncode == 1 and "x.bib:2" in run.stdout
    sound = tmp_path / "sound.bib"
    sound.write_text("@article{a, title={T}, author={A, B}, journal={J}, year={2020}}\n", encoding="utf-8")
    both = carta("check", "--bib", bib, "--bib", sound, at=tmp_path)
    assert both.returncode == 1 and "x.bib:2" in both.stdout
    assert carta("check", "--bib", tmp_path / "none.bib", at=tmp_path).returncode in (1, 2)


def test_without_a_project_the_command_says_so(tmp_path: Path) -> None:
    run = carta("check", at=tmp_path)
    assert run.returncode == 2 and "no CARTA project" in run.stderr


@pytest.mark.parametrize("bad", ["facts", "build"])
def test_an_unsound_base_is_named_not_traced(tmp_path: Path, bad: str) -> None:
    root = write_project(tmp_path)
    replace(root, ALPHA, "mean: 112", "mean: many")
    run = carta(bad, *(["data"] if bad == "build" else []), at=root)
    assert run.returncode == 2 and ALPHA in run.stderr and "Traceback" not in run.stderr


def test_facts_are_listed_and_counted() -> None:
    run = carta("facts", "--study", "muller-2024-nejm", "--format", "csv", at=ROOT)
    rows = list(csv.DictReader(io.StringIO(run.stdout)))
    assert {row["name"] for row in rows} >= {"muller-2024-nejm:followup", "muller-2024-nejm:crs-any"}
    assert "97 trials" in run.stderr and "74 claims" in run.stderr
    as_json = json.loads(carta("facts", "--study", "muller-2024-nejm", "--format", "json", at=ROOT).stdout)
    assert [row["name"] for row in as_json] == [row["name"] for row in rows]
    unknown = carta("facts", "--study", "muller-2024-nejn", at=ROOT)
    assert unknown.returncode == 2 and "muller-2024-nejm" in unknown.stderr


def test_build_data_writes_the_tables(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    run = carta("build", "data", at=root)
    assert run.returncode == 0, run.stderr
    assert (root / "_build/data/carta.sqlite").is_file() and (root / "_build/data/SHA256SUMS").is_file()


def test_every_command_has_help_with_an_example() -> None:
    listed = carta("--help", at=ROOT).stdout
    commands = [line.split()[0] for line in listed.split("Commands:")[1].splitlines() if line.strip()]
    for command in commands:
        assert "Example: carta" in carta(command, "--help", at=ROOT).stdout, command
