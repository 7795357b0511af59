"""All exercises of a book, in the order of its pages."""

from __future__ import annotations

from pathlib import Path

import yaml

from carta.evidence import Evidence
from carta.findings import Finding, as_text, relative_to_project, sort_findings
from carta.workbook.model import Chapter, Exercise
from carta.workbook.parsing import read_page


class WorkbookError(Exception):
    """Exercises cannot be used; ``findings`` say where and how to mend it."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(as_text(findings))
        self.findings = findings


def pages_of(root: Path) -> list[Path]:
    """Return the pages of the book: those of ``_toc.yml`` in its order, then any other below ``book/``."""
    every = sorted((root / "book").rglob("*.md")) if (root / "book").is_dir() else []
    try:
        content = yaml.safe_load((root / "_toc.yml").read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, yaml.YAMLError):
        return every
    named = [(root / name).with_suffix(".md") for name in _files(content)]
    ordered = [path for path in dict.fromkeys(named) if path in set(every)]
    return ordered + [path for path in every if path not in set(ordered)]


def _files(content: object) -> list[str]:
    """Collect ``root:`` and ``file:`` entries in the order in which they stand."""
    found: list[str] = []
    if isinstance(content, dict):
        for key, value in content.items():
            if key in ("root", "file") and isinstance(value, str):
                found.append(value)
            else:
                found += _files(value)
    elif isinstance(content, list):
        for value in content:
            found += _files(value)
    return found


def read_pages(root: Path) -> tuple[list[Chapter], list[Finding]]:
    """Read every page of the book; a page that cannot be read gives a finding."""
    chapters: list[Chapter] = []
    findings: list[Finding] = []
    for path in pages_of(root):
        try:
            chapter, found = read_page(path, root)
        except OSError as error:
            message = f"The page cannot be opened: {error.strerror or error}."
            file = relative_to_project(path, root)
            findings.append(
                Finding("exercises/unreadable", "error", file, 1, message, "Check that it may be read.")
            )
            continue
        chapters.append(chapter)
        findings += found
    return chapters, sort_findings(findings)


def read_chapter(path: Path, base: Evidence) -> list[Exercise]:
    """Return the exercises of one page.

    Raises:
        WorkbookError: when one of them cannot be read.
        OSError: when the page cannot be opened.
    """
    chapter, findings = read_page(path, base.root)
    if findings:
        raise WorkbookError(findings)
    return list(chapter.exercises)


def read_book(root: Path, base: Evidence | None = None) -> list[Chapter]:
    """Return all pages that have exercises, in the order of the book.

    Raises:
        WorkbookError: when an exercise cannot be read.
    """
    chapters, findings = read_pages(root)
    if findings:
        raise WorkbookError(findings)
    return [chapter for chapter in chapters if chapter.exercises]
