"""The files of a base as it stood on a day: a folder ``evidence/`` of its own, marked with the day."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import yaml
from pydantic import BaseModel

from carta.evidence.loading import Records
from carta.evidence.records import NoticeFile

#: Marks a folder ``evidence/`` as one of an earlier day.
MARKER = "as-of.json"


def read_marker(root: Path) -> tuple[date | None, frozenset[tuple[str, str]]]:
    """Return the day of the base at ``root`` and what came later; None and nothing for a base of today."""
    try:
        content = json.loads((root / "evidence" / MARKER).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return None, frozenset()
    return date.fromisoformat(content["day"]), frozenset((kind, name) for kind, name in content["later"])


def snapshot_files(
    root: Path, today: Records, then: Records, day: date, later: frozenset[tuple[str, str]]
) -> Iterator[tuple[str, bytes]]:
    """Yield the files of the base as it stood, by their path from the root.

    A record that is as it was keeps the bytes of its file; what is not a record (models of economics, queries) is
    copied. Judgements that were not made yet, and records that were not there yet, have no file.
    """
    marker = {"day": day.isoformat(), "later": sorted(later)}
    yield f"evidence/{MARKER}", json.dumps(marker, ensure_ascii=False, indent=1).encode()
    held = _by_file(today)
    kept = _by_file(then)
    for path in sorted((root / "evidence").rglob("*")):
        name = path.relative_to(root).as_posix()
        if not path.is_file() or path.name == MARKER:
            continue
        if name not in held:
            yield name, path.read_bytes()
        elif name in kept:
            same = kept[name] == held[name]
            yield name, path.read_bytes() if same else _yaml(kept[name])


def _by_file(records: Records) -> dict[str, BaseModel]:
    collections = {
        "study": records.studies,
        "trial": records.trials,
        "parameters": records.parameters,
        "claims": records.claim_files,
        "appraisal": records.appraisals,
        "certainty": records.certainties,
        "screening": records.screening,
    }
    found: dict[str, BaseModel] = {}
    for (kind, name), file in records.files.items():
        if kind in collections and name in collections[kind]:
            found[file] = collections[kind][name]
        elif kind == "notices":
            found[file] = NoticeFile(notices={key: list(held) for key, held in records.notices.items()})
        elif kind == "watch":
            found[file] = records.watch
    return found


def _yaml(record: BaseModel) -> bytes:
    content = record.model_dump(mode="json", exclude_defaults=True)
    return yaml.safe_dump(content, allow_unicode=True, sort_keys=False, width=110).encode()
