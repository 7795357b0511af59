"""What the chart builders ask of a frame, and how its column names enter a chart safely."""

from __future__ import annotations

import json
import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

import altair as alt
import pandas as pd

#: Longest line of a row's name, in letters, before it is broken.
_LABEL_LETTERS = 34

#: Mean width of a letter at the size of the theme, px.
_LETTER = 6.2


def take(frame: pd.DataFrame, columns: Mapping[str, str | None]) -> pd.DataFrame:
    """Return the frame cut to the columns in use, in the order given, with a fresh index.

    Args:
        frame: the data of a chart.
        columns: the builder's argument, and the column it names; None for an argument left out.

    Raises:
        TypeError: not a frame.
        ValueError: no rows, or a column that the frame does not have.
    """
    if not isinstance(frame, pd.DataFrame):
        raise TypeError(f"a chart is drawn from a pandas DataFrame, not from {type(frame).__name__}")
    for argument, column in columns.items():
        if column is not None and column not in frame.columns:
            raise ValueError(
                f"{argument}={column!r} is no column of the frame; "
                f"it has {', '.join(map(str, frame.columns))}"
            )
    if frame.empty:
        raise ValueError("the frame has no rows: there is nothing to draw")
    wanted = dict.fromkeys(column for column in columns.values() if column is not None)
    return frame[list(wanted)].reset_index(drop=True)


def numeric(frame: pd.DataFrame, column: str, *, missing: bool = False) -> pd.Series[float]:
    """Return a column as floats.

    Raises:
        ValueError: a value is no number, or is missing where ``missing`` is not allowed.
    """
    try:
        values = pd.to_numeric(frame[column]).astype(float)
    except (TypeError, ValueError) as error:
        raise ValueError(f"column {column!r} must hold numbers: {error}") from error
    if not missing and values.isna().any():
        row = int(values.isna().to_numpy().argmax())
        raise ValueError(f"column {column!r} has no value in row {row}: leave the row out, or fill it")
    return values


def distinct(frame: pd.DataFrame, column: str) -> list[str]:
    """Return the different values of a column in order of appearance, as the chart writes them.

    Raises:
        ValueError: a value is missing.
    """
    if frame[column].isna().any():
        raise ValueError(f"column {column!r} names rows or groups, so it must have a value in every row")
    return [str(value) for value in frame[column].drop_duplicates()]


def field(column: str) -> str:
    """Return a column name as a Vega-Lite field, with the characters escaped that mean a path there."""
    for character in ("\\", ".", "[", "]"):
        column = column.replace(character, "\\" + character)
    return column


def datum(column: str) -> str:
    """Return the expression that reads a column from a row."""
    return f"datum[{json.dumps(column)}]"


def tooltips(data: pd.DataFrame) -> list[alt.Tooltip]:
    """Return a tooltip with every column under its own name, numbers to four digits, dates in words."""
    tips = []
    for column in data.columns:
        form: dict[str, Any] = {"type": "nominal"}
        if pd.api.types.is_integer_dtype(data[column]):
            form = {"type": "quantitative", "format": ",d"}
        elif pd.api.types.is_float_dtype(data[column]):
            form = {"type": "quantitative", "format": ".4~g"}
        elif pd.api.types.is_datetime64_any_dtype(data[column]):
            form = {"type": "temporal", "format": "%-d %B %Y"}
        tips.append(alt.Tooltip(field=field(column), title=column, **form))
    return tips


def wrapped_labels(names: Sequence[str]) -> tuple[str, int, int]:
    """Break long row names into lines.

    Returns:
        The label expression of the axis, the width the labels need (px), and the most lines of one label.
    """
    lines = {name: textwrap.wrap(name, _LABEL_LETTERS) or [name] for name in names}
    longest = max(len(line) for broken in lines.values() for line in broken)
    broken = {name: parts for name, parts in lines.items() if len(parts) > 1}
    expression = (
        f"{json.dumps(broken, ensure_ascii=False)}[datum.label] || datum.label" if broken else "datum.label"
    )
    return expression, text_width(longest), max(map(len, lines.values()))


def text_width(letters: int) -> int:
    """Return about how wide so many letters are, px."""
    return round(letters * _LETTER)
