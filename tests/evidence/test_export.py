"""The exports hold every record, agree with each other, and are written whole."""

from __future__ import annotations

import csv
import hashlib
import json
import sqlite3
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from carta.evidence import load
from carta.evidence.export import tables, write_data
from projects import write_project

ROOT = Path(__file__).parents[2]


def test_all_forms_hold_the_same_rows(tmp_path: Path) -> None:
    base = load(ROOT)
    write_data(base, tmp_path, {"muller-2024-nejm": "Müller F et al. (2024)."})
    with sqlite3.connect(tmp_path / "carta.sqlite") as database:
        for table in tables(base):
            rows = json.loads((tmp_path / "json" / f"{table.name}.json").read_text(encoding="utf-8"))
            with (tmp_path / "csv" / f"{table.name}.csv").open(encoding="utf-8", newline="") as stream:
                from_csv = list(csv.DictReader(stream))
            parquet = pq.read_table(tmp_path / "parquet" / f"{table.name}.parquet")
            (in_database,) = database.execute(f'SELECT count(*) FROM "{table.name}"').fetchone()
            assert len(rows) == len(from_csv) == parquet.num_rows == in_database == len(table.rows)
            described = database.execute(
                "SELECT column_name FROM data_dictionary WHERE table_name = ? AND meaning <> ''", [table.name]
            ).fetchall()
            assert [name for (name,) in described] == [column.name for column in table.columns]
        value = database.execute(
            "SELECT median, range_low, range_high FROM facts WHERE study = ? AND id = ?",
            ["muller-2024-nejm", "followup"],
        )
        assert value.fetchone() == (15, 4, 29)
        assert database.execute("SELECT citation FROM studies WHERE key = 'muller-2024-nejm'").fetchone() == ("Müller F et al. (2024).",)  # fmt: skip


def test_checksums_are_those_of_the_files_and_do_not_change(tmp_path: Path) -> None:
    base = load(write_project(tmp_path / "p"))
    first = write_data(base, tmp_path / "a")
    write_data(base, tmp_path / "b")
    sums = (tmp_path / "a" / "SHA256SUMS").read_text(encoding="utf-8")
    assert sums == (tmp_path / "b" / "SHA256SUMS").read_text(encoding="utf-8")
    listed = {name: sum_ for sum_, name in (line.split("  ") for line in sums.splitlines())}
    assert set(listed) == {path.relative_to(tmp_path / "a").as_posix() for path in first[:-1]}
    for name, digest in listed.items():
        assert hashlib.sha256((tmp_path / "a" / name).read_bytes()).hexdigest() == digest


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = load(write_project(tmp_path / "p"))
    write_data(base, tmp_path / "out")
    before = (tmp_path / "out" / "carta.sqlite").read_bytes()

    def no_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("carta.files.os.fsync", no_room)
    with pytest.raises(OSError, match="No space"):
        write_data(base, tmp_path / "out")
    assert (tmp_path / "out" / "carta.sqlite").read_bytes() == before
    assert not list((tmp_path / "out").rglob("*.tmp"))
