"""One entry of a bibliography, and what the reading of one file gave."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path

from carta.findings import Finding, as_text

#: Fields that hold names; pybtex reads them as persons, and so do we.
PERSON_ROLES = ("author", "editor")

#: The last name of a list that BibTeX prints as "et al.".
OTHERS = "others"


@dataclass(frozen=True)
class BibEntry:
    """One work. Equality is that of the content: lines do not count."""

    #: The citation key, as written.
    key: str
    #: Entry type in lower case: ``article``, ``online``.
    type: str
    #: Field name in lower case to value: macros expanded, white space single, inner braces kept.
    fields: dict[str, str] = field(default_factory=dict)
    #: ``author`` and ``editor`` to the names in order, each as written; the last may be ``others``.
    persons: dict[str, list[str]] = field(default_factory=dict)
    #: Line of the entry's ``@``, counted from one; 0 for an entry that was not read from a file.
    line: int = field(default=0, compare=False)
    #: Field or role to the line it starts on.
    field_lines: dict[str, int] = field(default_factory=dict, compare=False)

    def line_of(self, name: str) -> int:
        """Return the line of a field, or that of the entry where the field is not its own."""
        return self.field_lines.get(name, self.line)

    def has(self, name: str) -> bool:
        """Return whether a field or role is there and not empty."""
        return any(n.strip() for n in self.persons.get(name, ())) or bool(
            self.fields.get(name, "").strip("{} \t")
        )

    def names(self) -> list[str]:
        """Names of all fields and roles that are not empty."""
        return [name for name in (*self.persons, *self.fields) if self.has(name)]


@dataclass(frozen=True)
class BibFile:
    """What one file holds: the entries that could be read, and what was wrong while reading."""

    #: The file as findings name it.
    file: str
    #: In the order of the file; duplicates are all here.
    entries: list[BibEntry]
    #: What could not be read, with its line.
    findings: list[Finding]
    #: Keys of entries that are in the file but could not be read, in lower case.
    broken_keys: frozenset[str]
    #: Use of ``@string``, ``@preamble`` and macros: what and line.
    macros: list[tuple[str, int]]


class BibliographyError(Exception):
    """A bibliography that cannot be used. ``findings`` says what is wrong, where, and how to mend it."""

    def __init__(self, path: Path, findings: Sequence[Finding]) -> None:
        super().__init__(f"{path} cannot be read as a bibliography:\n{as_text(findings)}")
        self.findings = list(findings)
