"""What a rule is: a name, a line that says what it holds, and a function from a library to findings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from carta.bibliography.entries import BibEntry
from carta.bibliography.library import Library
from carta.findings import Finding, Severity


@dataclass(frozen=True)
class Rule:
    """One rule of the bibliography."""

    #: ``bibliography/what``, as findings carry it.
    name: str
    #: What holds where the rule is silent, in one line.
    summary: str
    run: Callable[[Library], Iterable[Finding]]


def on_each_entry(
    of_entry: Callable[[BibEntry, Library], Iterator[Finding]],
) -> Callable[[Library], Iterator[Finding]]:
    """Turn a function of one entry into one of the whole library."""

    def run(library: Library) -> Iterator[Finding]:
        for entry in library.entries:
            yield from of_entry(entry, library)

    return run


def at(
    library: Library, entry: BibEntry, field: str, rule: str, severity: Severity, message: str, mend: str
) -> Finding:
    """Make a finding on the line of an entry's field, or of the entry where ``field`` is not its own."""
    return Finding(
        f"bibliography/{rule}", severity, library.bib_file.file, entry.line_of(field), message, mend
    )


def shown(value: str, length: int = 80) -> str:
    """Return a value as a message quotes it: cut where it is long."""
    return f"'{value if len(value) <= length else value[: length - 1] + '…'}'"
