"""All rules over all records."""

from __future__ import annotations

from collections.abc import Collection
from pathlib import Path

# Importing a module registers its rules.
from carta.evidence.loading import read_base
from carta.evidence.rules import (  # noqa: F401
    appraisals,
    dates,
    identity,
    numbers,
    outcomes,
    overlaps,
    standing,
    units,
)
from carta.evidence.rules.rule import RULES, Context
from carta.findings import Finding, sort_findings


def check_evidence(root: Path, *, bibliography: Collection[str] | None = None) -> list[Finding]:
    """Read the base under ``root`` and return everything that is wrong with it.

    ``bibliography`` holds the keys of ``references.bib``; without it the rules about entries are passed by.
    Records that cannot be read are findings themselves, and the others are still checked.
    """
    reading = read_base(root)
    context = Context(root, reading.records, bibliography)
    found = list(reading.findings)
    for rule in RULES.values():
        found.extend(rule(context))
    return sort_findings(found)
