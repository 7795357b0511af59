"""Marking a folder of submitted notebooks: answers are collected in a sandbox and judged outside of it."""

from __future__ import annotations

from carta.workbook.grading.grade import Grader
from carta.workbook.grading.marks import Mark, Result
from carta.workbook.grading.submissions import Submission, find_submissions

__all__ = ["Grader", "Mark", "Result", "Submission", "find_submissions"]
