"""The year of a work: its form and its range."""

from __future__ import annotations

import re

from carta.bibliography.texts import plain_text

EARLIEST = 1800

_NOT_YET = re.compile(
    r"(?:(?:in press|in preparation|in print|to appear|forthcoming|submitted|accepted|under review|epub"
    r"|online first|no date|undated|preprint)\b.*|n\.?\s?d\.?)",
    re.IGNORECASE,
)
_DATE = re.compile(r"(\d{4})(?:-(\d{2})(?:-(\d{2}))?)?[~?%]?")


def is_not_yet(value: str) -> bool:
    """Return whether the value says in words that there is no year: ``in press``, ``n.d.``."""
    return bool(_NOT_YET.fullmatch(plain_text(value)))


def wrong_with_year(value: str, latest: int) -> str | None:
    """Return what is wrong with a ``year`` as a sentence without subject, or ``None``.

    Args:
        value: the field, with or without braces.
        latest: the last year that can be right.
    """
    text = plain_text(value)
    if not re.fullmatch(r"[0-9]{4}", text):
        return "is not a year of four digits"
    if not EARLIEST <= int(text) <= latest:
        return f"is not between {EARLIEST} and {latest}"
    return None


def wrong_with_date(value: str, latest: int) -> str | None:
    """The same for a ``date``: ISO 8601, a part of it, or two with a slash between."""
    for part in plain_text(value).split("/"):
        if part in ("", ".."):
            continue
        date = _DATE.fullmatch(part)
        if date is None:
            return "is not a date like 2024-02-22"
        year, month, day = (int(group) if group else None for group in date.groups())
        if (month is not None and not 1 <= month <= 12) or (day is not None and not 1 <= day <= 31):
            return "is not a day of the calendar"
        if year is None or not EARLIEST <= year <= latest:
            return f"is not between {EARLIEST} and {latest}"
    return None


def year_of(fields: dict[str, str]) -> str | None:
    """Return the year to print, from ``year`` or ``date``: four digits, or the words that stand there."""
    value = plain_text(fields.get("year", "") or fields.get("date", ""))
    if date := _DATE.match(value):
        return date.group(1)
    return value or None
