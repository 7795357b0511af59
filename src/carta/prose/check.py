"""The check of chapter prose: pages in, findings out."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator
from pathlib import Path

from carta.findings import Finding, Severity, relative_to_project, sort_findings
from carta.prose.document import Problem, ProseDocument, read_document
from carta.prose.numbers import check_numbers
from carta.prose.skeleton import check_figures, check_skeleton, is_chapter

#: Rules that warn; all others are errors.
_WARNINGS = frozenset({"prose/raw-html"})


def check_prose(paths: Iterable[Path], *, root: Path, names: Collection[str] = ()) -> list[Finding]:
    """Check pages: numbers and markup of all, skeleton and figures of those that are chapters.

    ``root`` is the project's folder, ``names`` are further names with digits that are no quantities.
    A page that cannot be read gives a finding; nothing is raised.
    """
    names = frozenset(names)
    findings: list[Finding] = []
    for path in paths:
        file = relative_to_project(path, root)
        try:
            document = read_document(path)
        except OSError as error:
            problem = Problem(
                "prose/unreadable",
                1,
                f"The page cannot be opened: {error.strerror or error}.",
                "Check that the file exists and may be read.",
            )
            findings.append(_finding(problem, file))
            continue
        findings += (_finding(problem, file) for problem in _check(document, root, names))
    return sort_findings(findings)


def _check(document: ProseDocument, root: Path, names: Collection[str]) -> Iterator[Problem]:
    yield from document.problems
    yield from check_numbers(document, names)
    for line in document.html_lines:
        yield Problem(
            "prose/raw-html",
            line,
            "Raw HTML stands in the prose; print and other forms of the book lose it.",
            "Write it in MyST Markdown, with a directive or a role.",
        )
    if is_chapter(document.path, root):
        yield from check_skeleton(document)
        yield from check_figures(document)


def _finding(problem: Problem, file: str) -> Finding:
    severity: Severity = "warning" if problem.rule in _WARNINGS else "error"
    return Finding(problem.rule, severity, file, problem.line, problem.message, problem.mend)
