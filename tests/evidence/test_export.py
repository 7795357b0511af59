"""The exports hold every record, agree with each other, and are written whole."""

from __future__ import annotations

import asyncio
import csv
import hashlib
import json
import sqlite3
import zipfile
from pathlib import Path
from typing import Any

import pyarrow.parquet as pq
import pytest
from datasette.app import Datasette

from carta.bibliography.reading import load_bibliography
from carta.evidence import load
from carta.evidence.export import ARCHIVE, SUMS, tables, write_data
from carta.site.open_data import open_data
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
                "SELECT column_name FROM data_dictionary WHERE table_name = ? AND meaning <> '' ORDER BY rowid",
                [table.name],
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
    names = {path.relative_to(tmp_path / "a").as_posix() for path in first}
    assert set(listed) == names - {SUMS, ARCHIVE}
    assert (tmp_path / "a" / ARCHIVE).read_bytes() == (tmp_path / "b" / ARCHIVE).read_bytes()
    with zipfile.ZipFile(tmp_path / "a" / ARCHIVE) as archive:
        assert {f"carta-data/{name}" for name in names - {ARCHIVE}} == set(archive.namelist())
    for name, digest in listed.items():
        assert hashlib.sha256((tmp_path / "a" / name).read_bytes()).hexdigest() == digest


def test_datasette_opens_the_database_as_it_is(tmp_path: Path) -> None:
    """The real base: every table is served with its words, keys lead on, text can be searched, questions run."""
    files = open_data(ROOT, load(ROOT), load_bibliography(ROOT / "references.bib"))
    database = tmp_path / "carta.sqlite"
    database.write_bytes(files["carta.sqlite"])
    with sqlite3.connect(database) as connection:
        assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)

    async def look() -> None:
        datasette = Datasette([str(database)], metadata=json.loads(files["metadata.json"]))
        await datasette.invoke_startup()

        async def get(path: str) -> Any:
            response = await datasette.client.get(path)
            assert response.status_code == 200, f"{path}: {response.text[:500]}"
            return response.json() if ".json" in path else response.text

        described = await get("/carta.json")
        names = {table["name"] for table in described["tables"] if not table["hidden"]}
        assert names == {table.name for table in tables(load(ROOT))} | {
            "data_dictionary",
            "summary_of_findings",
        }
        page = await get("/carta/facts")
        assert "CC BY 4.0" in page and "One row a reported result." in page
        fact = await get("/carta/facts/muller-2024-nejm,followup.json?_shape=objects")
        assert fact["rows"][0]["median"] == 15
        assert 'href="/carta/studies/muller-2024-nejm"' in await get("/carta/facts?study=muller-2024-nejm")
        found = await get("/carta/facts.json?_search=aplasia&_shape=objects")
        assert found["filtered_table_rows_count"] > 3
        answer = await get("/carta/facts-of-an-outcome.json?outcome=crs-any&_shape=objects")
        assert len(answer["rows"]) > 10 and "cohort" in answer["columns"]

    asyncio.run(look())


def test_the_data_package_describes_every_table(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p")
    files = open_data(root, load(root), load_bibliography(root / "references.bib"))
    package = json.loads(files["datapackage.json"])
    assert {f"csv/{resource['name']}.csv" for resource in package["resources"]} == {
        name for name in files if name.startswith("csv/")
    }
    for resource in package["resources"]:
        content = files[resource["path"]]
        assert resource["hash"] == f"sha256:{hashlib.sha256(content).hexdigest()}"
        heads = next(csv.reader(content.decode().splitlines()))
        assert heads == [field["name"] for field in resource["schema"]["fields"]]
        rows = [
            tuple(row[name] for name in resource["schema"].get("primaryKey", []))
            for row in csv.DictReader(content.decode().splitlines())
        ]
        assert len(set(rows)) == len(rows) or not resource["schema"].get("primaryKey")
    assert set(files) >= {"references.bib", "references.ris", "references.csl.json"}


def test_a_failed_write_leaves_the_old_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    base = load(write_project(tmp_path / "p"))
    write_data(base, tmp_path / "out")
    before = (tmp_path / "out" / "carta.sqlite").read_bytes()

    def no_room(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("carta.files.os.fsync", no_room)
    with pytest.raises(OSError, match="No space"):
        write_data(base, tmp_path / "out", {"alpha-2024-journal": "Changed."})
    assert (tmp_path / "out" / "carta.sqlite").read_bytes() == before
    assert not list((tmp_path / "out").rglob("*.tmp"))
