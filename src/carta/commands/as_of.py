"""A project as it stood on a day, beside the present one, so that everything can be built from it as from any project."""

from __future__ import annotations

import re
from collections.abc import Iterator
from datetime import date
from pathlib import Path

from carta.bibliography.entries import BibEntry
from carta.bibliography.reading import load_bibliography
from carta.bibliography.writer import format_entry
from carta.evidence import Evidence, load
from carta.evidence.snapshot import snapshot_files
from carta.files import write_bytes_atomically

_YEAR = re.compile(r"\d{4}(-\d\d(-\d\d)?)?")

#: Copied as they are: settings and words have no history here.
_SETTINGS = ("_config.yml", "_toc.yml", "requirements.lock")


def make_snapshot(root: Path, day: date) -> Path:
    """Write the project as of a day to ``_build/as-of/DAY`` and return that folder.

    Evidence and bibliography are those of the day, the words of the pages those of today. Files that are as they
    were keep their time, so that a second build from it finds little to do. It has caches and outputs of its own.

    Raises:
        EvidenceError, BibliographyError: today's records cannot be used.
    """
    target = root / "_build" / "as-of" / day.isoformat()
    wanted = dict(_files(root, day))
    for path in sorted(target.rglob("*")) if target.is_dir() else ():
        relative = path.relative_to(target)
        if path.is_file() and relative.parts[0] != "_build" and relative.as_posix() not in wanted:
            path.unlink()
    for name, content in wanted.items():
        file = target / name
        if not file.is_file() or file.read_bytes() != content:
            write_bytes_atomically(file, content)
    return target


def _files(root: Path, day: date) -> Iterator[tuple[str, bytes]]:
    today = load(root)
    entries = load_bibliography(root / "references.bib")
    then = today.as_of(day, _published(entries))
    yield from snapshot_files(root, today.records(), then.records(), day, then.later())
    yield "references.bib", _bibliography(entries, then)
    for name in _SETTINGS:
        if (root / name).is_file():
            yield name, (root / name).read_bytes()
    for path in sorted((root / "book").rglob("*")):
        if path.is_file() and not {"__pycache__", "_build"} & set(path.parts):
            yield path.relative_to(root).as_posix(), path.read_bytes()


def _published(entries: dict[str, BibEntry]) -> dict[str, str]:
    found = {}
    for key, entry in entries.items():
        stated = _YEAR.fullmatch(str(entry.fields.get("date") or entry.fields.get("year") or ""))
        if stated:
            found[key] = stated.group()
    return found


def _bibliography(entries: dict[str, BibEntry], then: Evidence) -> bytes:
    later = {name for kind, name in then.later() if kind == "study"}
    kept = [format_entry(entry) for key, entry in entries.items() if key not in later]
    return "\n\n".join(text.strip() for text in kept).encode() + b"\n"
