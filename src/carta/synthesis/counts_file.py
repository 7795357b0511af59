"""Counts from a CSV file with the columns study, events and n."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from carta.findings import Finding, as_text

COLUMNS: Final = ("study", "events", "n")
#: Most findings that a message lists.
_LISTED: Final = 10
_WHOLE: Final = re.compile(r"[+-]?\d+(?:\.0+)?")
_RULE: Final = "pool/input"


@dataclass(frozen=True)
class CountsTable:
    """The rows of a file."""

    studies: list[str]
    events: list[int]
    n: list[int]
    #: The group of each row, where one was asked for.
    groups: list[str] | None


class CountsFileError(Exception):
    """A file that cannot be pooled. The message names each file, line, what is wrong, and how to mend it."""

    def __init__(self, findings: list[Finding]) -> None:
        self.findings = findings
        more = len(findings) - _LISTED
        tail = f"\n... and {more} more" if more > 0 else ""
        super().__init__(as_text(findings[:_LISTED]) + tail)


def read_counts_file(path: Path, *, group: str | None = None) -> CountsTable:
    """Read a CSV file in UTF-8, with or without a byte order mark; commas, semicolons or tabs part the columns.

    The first line names the columns, in any order and case; further columns are passed over. Empty lines too.

    Args:
        path: the file.
        group: a further column to read.

    Raises:
        CountsFileError: the file cannot be read, a column is missing, or a row is wrong; all wrong rows are found.
    """
    text = _text(path)
    lines = io.StringIO(text, newline="")
    header = next((line for line in text.splitlines() if line.strip()), "")
    if not header:
        raise CountsFileError(
            [_finding(path, 1, "The file is empty.", "Give a first line study,events,n and one row a study.")]
        )
    delimiter = max((",", ";", "\t"), key=header.count)
    reader = csv.reader(lines, delimiter=delimiter, strict=True)
    wanted = (*COLUMNS, *((group,) if group else ()))
    places: dict[str, int] | None = None
    table = CountsTable([], [], [], [] if group else None)
    findings: list[Finding] = []
    seen: dict[str, int] = {}
    for line, row in _rows(reader, path):
        if not any(cell.strip() for cell in row):
            continue
        if places is None:
            places = _places(path, line, row, wanted)
            width = len(row)
            continue
        if len(row) != width:
            findings.append(
                _finding(
                    path,
                    line,
                    f"The row has {len(row)} cells, the first line {width}.",
                    "Give every row one cell for each column; put text with a separator in quotes.",
                )
            )
            continue
        cells = {name: row[place].strip() for name, place in places.items()}
        wrong = list(_wrong_with(cells, group))
        if cells["study"] in seen and cells["study"]:
            wrong.append(
                (
                    f"The study {cells['study']!r} is there already, in line {seen[cells['study']]}.",
                    "Give each study one row and its own name; the same patients count once.",
                )
            )
        seen.setdefault(cells["study"], line)
        if wrong:
            findings += [_finding(path, line, message, mend) for message, mend in wrong]
            continue
        table.studies.append(cells["study"])
        table.events.append(int(float(cells["events"])))
        table.n.append(int(float(cells["n"])))
        if group and table.groups is not None:
            table.groups.append(cells[group])
    if findings:
        raise CountsFileError(findings)
    if not table.studies:
        raise CountsFileError(
            [_finding(path, 1, "The file has a first line and no rows.", "Add one row a study.")]
        )
    return table


def _text(path: Path) -> str:
    try:
        content = path.read_bytes()
    except OSError as error:
        why = error.strerror or "it cannot be opened"
        raise CountsFileError(
            [_finding(path, 1, f"The file cannot be read: {why}.", "Check the path.")]
        ) from error
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise CountsFileError(
            [_finding(path, line, "The file is not text in UTF-8.", "Save it as CSV in UTF-8.")]
        ) from error
    if "\x00" in text:
        line = text.count("\n", 0, text.index("\x00")) + 1
        raise CountsFileError([_finding(path, line, "The file is not text.", "Save it as CSV in UTF-8.")])
    return text


def _rows(reader: Iterator[list[str]], path: Path) -> Iterator[tuple[int, list[str]]]:
    """Yield each row with the line on which it begins."""
    line = 1
    while True:
        try:
            row = next(reader)
        except StopIteration:
            return
        except csv.Error as error:
            raise CountsFileError(
                [_finding(path, line, f"The row is no CSV: {error}.", "Close the quotes.")]
            ) from error
        yield line, row
        line = reader.line_num + 1  # type: ignore[attr-defined]


def _places(path: Path, line: int, row: list[str], wanted: tuple[str, ...]) -> dict[str, int]:
    names = [cell.strip().lower() for cell in row]
    places = {}
    for name in wanted:
        if names.count(name) != 1:
            what = f"no column {name!r}" if name not in names else f"the column {name!r} twice"
            raise CountsFileError(
                [
                    _finding(
                        path,
                        line,
                        f"There is {what}; the first line has {', '.join(cell.strip() for cell in row)}.",
                        f"Name the columns {', '.join(wanted)} in the first line, each once.",
                    )
                ]
            )
        places[name] = names.index(name)
    return places


def _wrong_with(cells: dict[str, str], group: str | None) -> Iterator[tuple[str, str]]:
    """Yield what is wrong with a row, and the mend."""
    if not cells["study"]:
        yield "The study has no name.", "Name each study."
    if group and not cells[group]:
        yield f"The column {group!r} is empty.", "Give every study a group."
    whole = True
    for name in ("events", "n"):
        value = cells[name]
        if not _WHOLE.fullmatch(value):
            whole = False
            shown = f"{value!r} is no whole number" if value else "is empty"
            yield f"{name} {shown}.", f"Write {name} as a count of patients in digits."
        elif int(float(value)) < 0:
            whole = False
            yield f"{name} is {value}, below zero.", f"Write {name} as a count of patients."
    if not whole:
        return
    events, n = int(float(cells["events"])), int(float(cells["n"]))
    if n < 1:
        yield "n is 0.", "Leave out studies without patients."
    elif events > n:
        yield f"{events} events among {n} patients.", "Read both numbers again; one of them is wrong."


def _finding(path: Path, line: int, message: str, mend: str) -> Finding:
    return Finding(_RULE, "error", str(path), line, message, mend)
