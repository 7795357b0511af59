"""The counts and the expected numbers of ``tests/synthesis/oracle``."""

from __future__ import annotations

import csv
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

ORACLE = Path(__file__).parent / "oracle"


@dataclass(frozen=True)
class Counts:
    """The counts of one set."""

    studies: list[str]
    events: list[int]
    n: list[int]


def read_counts() -> dict[str, Counts]:
    """Return our own and the published counts, by name of the set."""
    sets: dict[str, Counts] = {}
    for name in ("own.csv", "published.csv"):
        with (ORACLE / name).open(encoding="utf-8", newline="") as stream:
            for row in csv.DictReader(stream):
                one = sets.setdefault(row["set"], Counts([], [], []))
                one.studies.append(row["study"])
                one.events.append(int(row["events"]))
                one.n.append(int(row["n"]))
    return sets


def read_expected(path: Path = ORACLE / "expected.csv") -> dict[tuple[str, str], dict[str, float]]:
    """Return what R says: (set, method) to quantity to value."""
    found: dict[tuple[str, str], dict[str, float]] = defaultdict(dict)
    with path.open(encoding="utf-8", newline="") as stream:
        for row in csv.DictReader(stream):
            found[row["set"], row["method"]][row["quantity"]] = float(row["value"])
    return dict(found)
