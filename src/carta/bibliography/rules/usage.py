"""Rules: what is cited is there, and what is there is used."""

from __future__ import annotations

from collections.abc import Iterator

from carta.bibliography.library import Library
from carta.bibliography.rules.rule import at, shown
from carta.findings import Finding


def missing_citations(library: Library) -> Iterator[Finding]:
    """Every cited key has an entry, written in the same case."""
    exact = {entry.key for entry in library.entries}
    for key, (file, line) in (library.cited or {}).items():
        if key in exact or key.lower() in library.bib_file.broken_keys:
            continue
        near = library.by_key.get(key.lower())
        yield Finding(
            "bibliography/missing",
            "error",
            file,
            line,
            f"{shown(key)} is cited, but {library.bib_file.file} has no such entry.",
            f"Write it '{near.key}', as the entry does."
            if near
            else f"Add the entry to {library.bib_file.file}, or correct the key.",
        )


def uncited(library: Library) -> Iterator[Finding]:
    """Every entry is cited, has a record of the evidence base, or is the parent of one that does."""
    if library.cited is None:
        return
    used = {key.lower() for key in (*library.cited, *library.known)}
    for entry in library.entries:
        if entry.key.lower() in used:
            used.update(parent.key.lower() for parent in library.ancestors(entry))
    for entry in library.by_key.values():
        if entry.key.lower() not in used:
            yield at(
                library,
                entry,
                "",
                "uncited",
                "error",
                f"'{entry.key}' is cited nowhere, and no evidence record stands behind it.",
                "Cite it, add its record, or remove the entry.",
            )
