"""All tables in all forms, with what explains them, in memory or written to a folder."""

from __future__ import annotations

import hashlib
import io
import json
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path

from carta.evidence.base import Evidence
from carta.evidence.export.forms import data_dictionary, to_csv, to_json, to_parquet, to_sqlite
from carta.evidence.export.package import data_package, datasette_metadata
from carta.evidence.export.tables import Table, tables
from carta.evidence.loading import schemas
from carta.files import write_changed

#: The list of checksums, which holds no sum of itself nor of the archive, which holds it.
SUMS = "SHA256SUMS"
ARCHIVE = "carta-data.zip"


def data_files(
    evidence: Evidence,
    citations: Mapping[str, str] | None = None,
    computed: Sequence[Table] = (),
    beside: Mapping[str, bytes] | None = None,
) -> dict[str, bytes]:
    """Return all files of the open data by name: the same input gives the same bytes.

    Args:
        evidence: the base.
        citations: key of a study to the reference printed beside it.
        computed: tables that were made from the evidence and do not stand in it.
        beside: further files, such as licence and bibliography.

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
    contents["datapackage.json"] = data_package(all_tables, contents, evidence.last_checked()).encode()
    contents["metadata.json"] = datasette_metadata(all_tables).encode()
    contents |= beside or {}
    sums = "".join(
        f"{hashlib.sha256(content).hexdigest()}  {name}\n" for name, content in sorted(contents.items())
    )
    contents[SUMS] = sums.encode()
    contents[ARCHIVE] = _archive(contents)
    return contents


def write_data(
    evidence: Evidence,
    out: Path,
    citations: Mapping[str, str] | None = None,
    computed: Sequence[Table] = (),
    beside: Mapping[str, bytes] | None = None,
) -> list[Path]:
    """Write what :func:`data_files` returns to ``out``; a file that is as it was is left alone.

    Every file is written whole or not at all. Returns all of them, in order.

    Raises:
        ModuleNotFoundError: when pyarrow (the extra ``data``) is not installed.
    """
    return write_changed(out, data_files(evidence, citations, computed, beside))


def _archive(contents: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(contents.items()):
            # A fixed time: the archive must not change with the day on which it was made.
            member = zipfile.ZipInfo(f"carta-data/{name}", (1980, 1, 1, 0, 0, 0))
            member.compress_type = zipfile.ZIP_DEFLATED
            member.external_attr = 0o644 << 16
            archive.writestr(member, content)
    return stream.getvalue()
