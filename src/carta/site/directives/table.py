"""An accessible table: a caption, a head, and a box of its own in which it scrolls."""

from __future__ import annotations

from collections.abc import Sequence

from docutils import nodes

#: What a cell holds: words, or nodes that are inline.
Cell = str | Sequence[nodes.Node]

#: Width of each column in plain text.
_LETTERS = 24


def table(
    caption: str, heads: Sequence[str], rows: Sequence[Sequence[Cell]], ids: Sequence[str] = ()
) -> nodes.table:
    """Return a table.

    Args:
        caption: what the table shows.
        heads: one a column.
        rows: each with one cell a column.
        ids: one a row, put on its first cell; or none at all.
    """
    result = nodes.table("", classes=["carta-table"])
    result += nodes.title("", caption)
    group = nodes.tgroup("", cols=len(heads))
    result += group
    # Equal shares. In plain text they are letters, and Sphinx never ends where a column has too few of them.
    group.extend(nodes.colspec("", colwidth=_LETTERS) for _ in heads)
    group += nodes.thead("", _row(heads))
    body = nodes.tbody()
    group += body
    for position, cells in enumerate(rows):
        row = _row(cells)
        if ids:
            row["ids"].append(ids[position])
        body += row
    return result


def _row(cells: Sequence[Cell]) -> nodes.row:
    row = nodes.row()
    for cell in cells:
        paragraph = nodes.paragraph("", cell) if isinstance(cell, str) else nodes.paragraph("", "", *cell)
        row += nodes.entry("", paragraph)
    return row


class ColumnsError(ValueError):
    """A table was asked for a column that it does not have."""


def choose_columns(option: str | None, known: dict[str, str], default: Sequence[str]) -> list[str]:
    """Return the columns that a directive's option names (words between commas), or the default.

    Raises:
        ColumnsError: with the known ones, for a column that does not exist.
    """
    if not option:
        return list(default)
    chosen = [name.strip() for name in option.split(",")]
    for name in chosen:
        if name not in known:
            raise ColumnsError(f"There is no column {name!r}: use some of {', '.join(known)}.")
    return chosen
