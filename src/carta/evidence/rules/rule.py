"""What a rule is: a name, a sentence, and a function that yields findings."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

from carta.evidence.loading import Records
from carta.evidence.records import Fact, Study
from carta.evidence.yaml_files import line_of
from carta.findings import Finding, Severity


@dataclass(frozen=True)
class Context:
    """What a rule may look at."""

    root: Path
    records: Records
    #: Keys of ``references.bib``; nothing when it could not be read, so that its rules are passed by.
    bibliography: Collection[str] | None

    def finding(
        self,
        rule: str,
        record: tuple[str, str],
        location: tuple[str | int, ...],
        message: str,
        mend: str,
        severity: Severity = "error",
    ) -> Finding:
        """Make a finding at a place in a record's file; the line is looked up in the file."""
        file = self.records.files[record]
        line = line_of(self.root / file, location)
        return Finding(f"evidence/{rule}", severity, file, line, message, mend)

    def facts(self) -> Iterator[tuple[str, str, Study, Fact]]:
        """Yield key, identifier, study and fact for all facts."""
        for key, study in self.records.studies.items():
            for identifier, fact in study.facts.items():
                yield key, identifier, study, fact

    @cached_property
    def known_keys(self) -> frozenset[str]:
        """The keys of all studies."""
        return frozenset(self.records.studies)


Rule = Callable[[Context], Iterator[Finding]]

#: Every rule by its name, in the order of registration.
RULES: dict[str, Rule] = {}


def rule(name: str) -> Callable[[Rule], Rule]:
    """Register a rule under its name (without the leading ``evidence/``)."""

    def register(function: Rule) -> Rule:
        RULES[name] = function
        return function

    return register
