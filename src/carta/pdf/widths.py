"""How wide the columns of a table must be, measured in the type that sets it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path

from fontTools.ttLib import TTFont

#: The shipped fonts, with their licence.
FONTS = Path(__file__).with_name("fonts")

#: White space left and right of a cell's words, in points.
INSET = 4.0
#: Sizes of type in tables, in points; a table takes the first that holds it.
SIZES = (8.5, 7.5, 6.5)
#: Columns of fewer letters than this keep their words whole; longer words are hyphenated.
_WHOLE = 11
#: Where a line of a cell can break: at spaces, and behind hyphens and dashes before a letter.
_BREAK = re.compile(r"[ \n\t\u200b]+|(?<=[-–—‐])(?=[^\W\d])")
#: A hair more than measured, so that rounding breaks no word.
_HAIR = 0.3


@dataclass(frozen=True)
class Layout:
    """How a table is set."""

    #: Widths of the columns with their insets, in points.
    widths: tuple[float, ...]
    #: Size of the type, in points.
    size: float
    #: Whether it needs a page on its side.
    landscape: bool
    #: Lines of each row.
    lines: tuple[int, ...]


@cache
def _advances(bold: bool) -> tuple[dict[int, float], float]:
    """Return the width of each character in em, and that of an unknown one."""
    font = TTFont(FONTS / f"IBMPlexSans-{'Bold' if bold else 'Regular'}.ttf", lazy=True)
    unit, widths = font["head"].unitsPerEm, font["hmtx"]
    return {code: widths[name][0] / unit for code, name in font.getBestCmap().items()}, 1.0


@cache
def width(text: str, *, bold: bool = False) -> float:
    """Return the width of a line of sans type, in em."""
    known, other = _advances(bold)
    return sum(0.0 if character == "\u200b" else known.get(ord(character), other) for character in text)


def _least(text: str, bold: bool) -> float:
    """Return the width of the widest piece of a cell that cannot be broken, in em."""
    words = [word for word in _BREAK.split(text) if word]
    pieces = [f"{word[: _WHOLE - 1]}-" if len(word) > _WHOLE and word.isalpha() else word for word in words]
    return max((width(piece, bold=bold) for piece in pieces), default=0.0)


def _most(text: str, bold: bool) -> float:
    return max((width(line, bold=bold) for line in text.split("\n")), default=0.0)


def lay_out(
    heads: Sequence[Sequence[str]], rows: Sequence[Sequence[str]], upright: float, sideways: float
) -> Layout:
    """Return how a table is set: whole words where they fit, smaller type or a page on its side where not.

    Args:
        heads: rows of the head, a text a column.
        rows: rows of the body, a text a column; an empty text where a cell spans several.
        upright: width of the type area, in points.
        sideways: that of a page on its side.
    """
    count = max(len(row) for row in [*heads, *rows])
    columns = [
        [
            (row[column], bold)
            for bold, group in ((True, heads), (False, rows))
            for row in group
            if column < len(row)
        ]
        for column in range(count)
    ]
    least = [max((_least(text, bold) for text, bold in column), default=0.0) for column in columns]
    most = [max((_most(text, bold) for text, bold in column), default=0.0) for column in columns]
    tries = [(size, side) for side in (False, True) for size in SIZES]
    # Much text in many columns reads badly in narrow ones, even where it fits.
    if count >= 7 and sum(most) * SIZES[0] > 5 * upright:
        tries = [*tries[len(SIZES) :], *tries[: len(SIZES)]]
    for size, side in tries:
        available = (sideways if side else upright) - count * (2 * INSET + _HAIR)
        if sum(least) * size <= available:
            return _shared(columns, least, most, size, available, side, rows)
    size, available = SIZES[-1], sideways - count * (2 * INSET + _HAIR)
    squeezed = [part * available / (sum(least) * size) for part in least]
    return _shared(columns, squeezed, most, size, available, True, rows)


def _shared(
    columns: list[list[tuple[str, bool]]],
    least: list[float],
    most: list[float],
    size: float,
    available: float,
    side: bool,
    rows: Sequence[Sequence[str]],
) -> Layout:
    """Share out the width: to each column what it needs, the rest by what it would like."""
    ems = available / size
    if sum(most) <= ems:
        given = list(most)
    else:
        spare, wishes = ems - sum(least), [max(m - n, 0.0) for m, n in zip(most, least, strict=True)]
        # Less than in proportion: a column with one very long text does not starve the others.
        roots = [wish**0.7 for wish in wishes]
        given = list(least)
        open_columns = set(range(len(columns)))
        while spare > 1e-6 and open_columns:
            total = sum(roots[i] for i in open_columns)
            if total <= 0:
                break
            share = spare / total
            full = {i for i in open_columns if given[i] + share * roots[i] >= most[i]}
            if not full:
                for i in open_columns:
                    given[i] += share * roots[i]
                break
            for i in full:
                spare -= most[i] - given[i]
                given[i] = most[i]
            open_columns -= full
    lines = tuple(
        max(
            (int(width(text) / max(given[i], 0.1) * 1.15) + 1 for i, text in enumerate(row) if text),
            default=1,
        )
        for row in rows
    )
    return Layout(tuple(em * size + 2 * INSET + _HAIR for em in given), size, side, lines)
