"""One table, or all of them, as CSV, JSON, Parquet and SQLite, and their data dictionary."""

from __future__ import annotations

import csv
import io
import json
import sqlite3
from collections.abc import Sequence

from carta.evidence.export.keys import KEYS, LEADS
from carta.evidence.export.tables import Column, Table


def to_csv(table: Table) -> str:
    """Write a table as CSV (RFC 4180, UTF-8, header, an empty cell for null)."""
    stream = io.StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    names = [column.name for column in table.columns]
    writer.writerow(names)
    writer.writerows([["" if row[name] is None else row[name] for name in names] for row in table.rows])
    return stream.getvalue()


def to_json(table: Table) -> str:
    """Write a table as a JSON array of objects."""
    return json.dumps(list(table.rows), ensure_ascii=False, indent=1) + "\n"


def to_sqlite(all_tables: Sequence[Table]) -> bytes:
    """Build the database in memory and return the file's bytes; the same input gives the same bytes.

    Rows have keys, columns that lead to another table are foreign keys, and the words of studies, facts and trials can
    be searched; the table ``data_dictionary`` says what each column holds.
    """
    connection = sqlite3.connect(":memory:")
    whole = [*all_tables, _dictionary(all_tables)]
    for table in whole:
        connection.execute(_definition(table, {other.name for other in whole}))
        marks = ", ".join("?" for _ in table.columns)
        connection.executemany(
            f"INSERT INTO {_quoted(table.name)} VALUES ({marks})",
            [[row[column.name] for column in table.columns] for row in table.rows],
        )
    for table in whole:
        if columns := _SEARCHED.get(table.name):
            index, words = f"{table.name}_fts", ", ".join(map(_quoted, columns))
            connection.execute(
                f"CREATE VIRTUAL TABLE {index} USING fts5({words}, content={_quoted(table.name)})"
            )
            connection.execute(f"INSERT INTO {index}({index}) VALUES ('rebuild')")
    connection.commit()
    content = connection.serialize()
    connection.close()
    return bytes(content)


#: Columns whose words can be searched, each table's.
_SEARCHED = {
    "studies": ("key", "citation", "diseases", "product", "targets", "notes"),
    "facts": ("study", "what", "text", "arm", "locator", "note"),
    "trials": ("nct", "acronym", "title", "conditions", "intervention", "sponsor"),
}


def _quoted(name: str) -> str:
    return f'"{name}"'


def _definition(table: Table, known: set[str]) -> str:
    parts = [f"{_quoted(column.name)} {column.type}" for column in table.columns]
    if key := KEYS.get(table.name):
        parts.append(f"PRIMARY KEY ({', '.join(map(_quoted, key))})")
    parts += [
        f"FOREIGN KEY ({_quoted(lead.column)}) REFERENCES {_quoted(lead.table)} ({_quoted(lead.target)})"
        for lead in LEADS.get(table.name, ())
        if lead.table in known
    ]
    return f"CREATE TABLE {_quoted(table.name)} ({', '.join(parts)})"


def _dictionary(all_tables: Sequence[Table]) -> Table:
    names = ("table_name", "column_name", "type", "meaning")
    rows = [
        dict(zip(names, (table.name, column.name, column.type, column.meaning), strict=True))
        for table in all_tables
        for column in table.columns
    ]
    columns = [Column(name, "TEXT", "") for name in names]
    return Table("data_dictionary", "What each column of each table holds.", columns, rows)


def data_dictionary(all_tables: Sequence[Table]) -> str:
    """Say in Markdown what every column of every table holds."""
    lines = ["# Data dictionary", "", "Tables of the CARTA evidence base. Content licence: CC BY 4.0.", ""]
    for table in all_tables:
        lines += [
            f"## {table.name}",
            "",
            f"{table.meaning} {len(table.rows)} rows.",
            "",
            "| column | type | meaning |",
            "|---|---|---|",
        ]
        lines += [f"| {column.name} | {column.type} | {column.meaning} |" for column in table.columns]
        lines.append("")
    return "\n".join(lines)


def to_parquet(table: Table) -> bytes:
    """Write a table as Parquet, compressed with zstd.

    Raises:
        ModuleNotFoundError: when pyarrow (the extra ``data``) is not installed.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    kinds = {"TEXT": pa.string(), "REAL": pa.float64(), "INTEGER": pa.int64()}
    arrays = []
    for column in table.columns:
        values = [row[column.name] for row in table.rows]
        if column.type == "INTEGER":
            values = [None if value is None else int(value) for value in values]
        elif column.type == "REAL":
            values = [None if value is None else float(value) for value in values]
        arrays.append(pa.array(values, type=kinds[column.type]))
    stream = io.BytesIO()
    pq.write_table(
        pa.table(arrays, names=[column.name for column in table.columns]), stream, compression="zstd"
    )
    return stream.getvalue()
