"""All tables in all forms, written to a folder."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from pathlib import Path

from carta.evidence.base import Evidence
from carta.evidence.export.forms import data_dictionary, to_csv, to_json, to_parquet, to_sqlite
from carta.evidence.export.tables import Table, tables
from carta.evidence.loading import schemas
from carta.files import write_bytes_atomically, write_text_atomically


def write_data(
    evidence: Evidence,
    out: Path,
    citations: Mapping[str, str] | None = None,
    computed: Sequence[Table] = (),
) -> list[Path]:
    """Write all tables to ``out`` as CSV, JSON, Parquet and ``carta.sqlite``, with dictionary, schemas and checksums.

    ``computed`` are tables that were made from the evidence and do not stand in it. Every file is written whole or not at all. Returns what was written, in order.

    Raises:
        ModuleNotFoundError: when pyarrow (the extra ``data``) is not installed.
    """
    all_tables = [*tables(evidence, citations), *computed]
    contents: dict[str, bytes] = {}
    for table in all_tables:
        contents[f"csv/{table.name}.csv"] = to_csv(table).encode()
        contents[f"json/{table.name}.json"] = to_json(table).encode()
        contents[f"parquet/{table.name}.parquet"] = to_parquet(table)
    contents["carta.sqlite"] = to_sqlite(all_tables)
    contents["DATA-DICTIONARY.md"] = data_dictionary(all_tables).encode()
    for name, schema in schemas().items():
        contents[f"schema/{name}"] = (json.dumps(schema, indent=2, ensure_ascii=False) + "\n").encode()
    written = []
    for name, content in contents.items():
        write_bytes_atomically(out / name, content)
        written.append(out / name)
    sums = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(contents.items())
    )
    write_text_atomically(out / "SHA256SUMS", sums)
    return [*written, out / "SHA256SUMS"]
