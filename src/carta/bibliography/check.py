"""The check of a bibliography: reading, then every rule."""

from __future__ import annotations

import datetime
from collections.abc import Collection, Mapping
from pathlib import Path

from carta.bibliography.entries import BibFile
from carta.bibliography.library import Library
from carta.bibliography.reading import READING_RULES, read_bibliography
from carta.bibliography.rules import RULES
from carta.findings import Finding, sort_findings


def check_bibliography(
    path: Path,
    *,
    root: Path,
    cited: Mapping[str, tuple[str, int]] | None = None,
    known: Collection[str] | None = None,
) -> list[Finding]:
    """Read a BibTeX file and return all that is wrong with it; never raises for what the file holds.

    Args:
        path: any file, ours or not.
        root: the project, which findings name the file relative to.
        cited: cited key to file and line of its first citation. ``None`` for a foreign file: then
            the rules on use are off.
        known: keys that count as used since an evidence record stands behind them.
    """
    return check_entries(read_bibliography(path, root=root), cited=cited, known=known)


def check_entries(
    bib_file: BibFile,
    *,
    cited: Mapping[str, tuple[str, int]] | None = None,
    known: Collection[str] | None = None,
) -> list[Finding]:
    """Return the findings of reading and those of every rule, sorted; arguments as above."""
    library = Library(bib_file, cited, known or (), latest_year=datetime.date.today().year + 1)
    findings = list(bib_file.findings)
    for rule in RULES:
        findings += rule.run(library)
    return sort_findings(findings)


def rule_summaries() -> dict[str, str]:
    """Every rule's name to what it holds in one line, for the manual and ``--help``."""
    summaries = dict(READING_RULES)
    for rule in RULES:
        known = summaries.get(rule.name)
        summaries[rule.name] = f"{known}; {rule.summary}" if known else rule.summary
    return summaries
