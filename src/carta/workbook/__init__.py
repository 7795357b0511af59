"""The exercises of the book: read from the chapters, checked, written as notebooks, and graded. Knows no Sphinx."""

from __future__ import annotations

from carta.workbook.book import WorkbookError, read_book, read_chapter, read_pages
from carta.workbook.expressions import ExpressionError, evaluate, facts_from
from carta.workbook.model import Chapter, Exercise, Option, Wrong
from carta.workbook.parsing import parse_page, read_page
from carta.workbook.values import Values, answer_text, facts_of, values_of

__all__ = [
    "Chapter",
    "Exercise",
    "ExpressionError",
    "Option",
    "Values",
    "WorkbookError",
    "Wrong",
    "answer_text",
    "evaluate",
    "facts_from",
    "facts_of",
    "parse_page",
    "read_book",
    "read_chapter",
    "read_page",
    "read_pages",
    "values_of",
]
