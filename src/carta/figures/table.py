"""The data behind a figure, as an accessible HTML table and as CSV."""

from __future__ import annotations

import datetime as dt
import math
import numbers
from html import escape

import numpy as np
import pandas as pd

#: What stands where a value is missing.
MISSING = "–"

#: Whole numbers below this are left ungrouped, so that years stay years.
_GROUP_FROM = 10_000

#: Fractions are shown to so many significant digits; the CSV has them all.
_DIGITS = 4


def as_csv(table: pd.DataFrame) -> str:
    """Return the table as CSV (RFC 4180) with all digits; missing values are empty."""
    return str(table.to_csv(index=False, lineterminator="\r\n"))


def as_html(table: pd.DataFrame, caption: str) -> str:
    """Return the table as HTML with a caption and column headers, numbers aligned right."""
    numeric = [pd.api.types.is_numeric_dtype(table[column]) for column in table.columns]
    heads = "".join(
        f'<th scope="col"{_right(right)}>{escape(str(column))}</th>'
        for column, right in zip(table.columns, numeric, strict=True)
    )
    rows = "".join(
        "<tr>"
        + "".join(f"<td{_right(right)}>{escape(cell(v))}</td>" for v, right in zip(row, numeric, strict=True))
        + "</tr>\n"
        for row in table.itertuples(index=False, name=None)
    )
    return (
        f"<table>\n<caption>{escape(caption)}</caption>\n"
        f"<thead><tr>{heads}</tr></thead>\n<tbody>\n{rows}</tbody>\n</table>"
    )


def cell(value: object) -> str:
    """Return one value as a reader wants it: 4 significant digits, ISO dates, yes and no, or a dash."""
    if (
        value is None
        or value is pd.NaT
        or value is pd.NA
        or (isinstance(value, numbers.Real) and math.isnan(value))
    ):
        return MISSING
    if isinstance(value, bool | np.bool_):
        return "yes" if value else "no"
    if isinstance(value, numbers.Integral):
        return _whole(int(value))
    if isinstance(value, numbers.Real):
        return _fraction(float(value))
    if isinstance(value, dt.datetime):
        midnight = value.time() == dt.time()
        return value.date().isoformat() if midnight else value.isoformat(sep=" ", timespec="minutes")
    return str(value)


def _right(numeric: bool) -> str:
    return ' class="carta-figure-number"' if numeric else ""


def _whole(value: int) -> str:
    return (f"{value:,}" if abs(value) >= _GROUP_FROM else str(value)).replace("-", "−")


def _fraction(value: float) -> str:
    if math.isinf(value):
        return "−∞" if value < 0 else "∞"
    if value == int(value) or abs(value) >= _GROUP_FROM:
        return _whole(round(value))
    return f"{value:.{_DIGITS}g}".replace("-", "−")
