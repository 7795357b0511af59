"""The flow of records through searches and screening, in the boxes of the PRISMA 2020 diagram for updated reviews."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping
from dataclasses import dataclass

import altair as alt
import pandas as pd

from carta.evidence.screening import SOURCE_NAMES, ScreeningFlow
from carta.figures.colours import INK, INK_LINE, PAPER
from carta.figures.theme import SMALLEST_TEXT, WIDTH

_TEXT = SMALLEST_TEXT + 1
_LINE = 16
_PADDING = 9
#: Vertical space between two boxes of a column, px.
_GAP = 26
#: Left edge and width of the columns, px: the first collection, the main stream, what leaves it.
_PAST, _MAIN, _ASIDE = (0, 150), (176, 222), (424, 216)
#: Average width of a letter at this size, px; a little too wide, so that no line leaves its box.
_LETTER = 6.1
#: Reasons named in a box; the rest are counted together.
_REASONS = 5


@dataclass(frozen=True)
class _Box:
    column: tuple[int, int]
    top: float
    lines: list[str]

    @property
    def height(self) -> float:
        return len(self.lines) * _LINE + 2 * _PADDING

    @property
    def bottom(self) -> float:
        return self.top + self.height

    @property
    def middle(self) -> float:
        return self.top + self.height / 2


def flow_table(flow: ScreeningFlow) -> pd.DataFrame:
    """Return the counts as a table with the columns *stage*, *what* and *records*; nothing where not known."""
    rows: list[tuple[str, str, int | None]] = [
        ("First collection", "Records identified, screened and excluded (not counted)", None),
        ("First collection", "Sources in the base", flow.first_studies),
        ("First collection", "Registered trials in the base", flow.first_trials),
        ("Identification", "Recorded searches", flow.rounds),
    ]
    rows += [("Identification", f"Records from {SOURCE_NAMES[name]}", n) for name, n in flow.found.items()]
    rows += [
        ("Identification", "Duplicates", flow.duplicates),
        ("Identification", "Known already", flow.known),
        ("Identification", "Trials taken in by rule", flow.added_trials),
        ("Screening", "Records to screen", flow.screened),
        ("Screening", "Awaiting a decision", flow.undecided),
    ]
    rows += [("Screening", f"Excluded: {reason}", n) for reason, n in flow.excluded_early.items()]
    rows += [
        ("Reports", "Reports sought", flow.sought),
        ("Reports", "Not retrieved", flow.not_retrieved),
        ("Reports", "Reports assessed", flow.assessed),
    ]
    rows += [("Reports", f"Excluded: {reason}", n) for reason, n in flow.excluded_late.items()]
    rows += [
        ("Included", "New sources", flow.included_studies),
        ("Included", "New registered trials", flow.included_trials + flow.added_trials),
    ]
    table = pd.DataFrame(rows, columns=["stage", "what", "records"])
    table["records"] = table["records"].astype("Int64")
    return table


def prisma_flow(flow: ScreeningFlow) -> alt.LayerChart:
    """Draw the flow diagram.

    Args:
        flow: the counts, from :func:`carta.evidence.screening.screening_flow`. Where no search is recorded yet,
            the diagram shows the first collection and says so.

    Raises:
        ValueError: counts that do not add up.
    """
    accounted = flow.duplicates + flow.known + flow.added_trials + flow.screened
    if sum(flow.found.values()) != accounted:
        raise ValueError(f"{sum(flow.found.values())} records were found, but {accounted} are accounted for")
    decided = sum(flow.excluded_early.values()) + flow.undecided + flow.sought
    if flow.screened != decided:
        raise ValueError(f"{flow.screened} records were screened, but {decided} are accounted for")
    boxes, lines = _layout(flow)
    height = max(box.bottom for box in boxes) + 2
    frame = pd.DataFrame(
        {
            "left": [box.column[0] + 1 for box in boxes],
            "right": [box.column[0] + box.column[1] - 1 for box in boxes],
            "top": [box.top for box in boxes],
            "bottom": [box.bottom for box in boxes],
        }
    )
    words = pd.DataFrame(
        [
            (box.column[0] + _PADDING, box.top + _PADDING + (row + 0.5) * _LINE, line)
            for box in boxes
            for row, line in enumerate(box.lines)
        ],
        columns=["left", "top", "text"],
    )
    arrows = pd.DataFrame(lines, columns=["left", "top", "right", "bottom"])
    # The last line only leads to another one.
    heads = arrows.iloc[: max(0, len(arrows) - 1)]
    heads = heads.assign(angle=(180 - 90 * (heads["top"] == heads["bottom"]).astype(int)))

    def x(name: str) -> alt.X:
        return alt.X(f"{name}:Q", scale=alt.Scale(domain=[0, WIDTH], nice=False), axis=None)

    def y(name: str) -> alt.Y:
        return alt.Y(f"{name}:Q", scale=alt.Scale(domain=[height, 0], nice=False), axis=None)

    rules = alt.Chart(arrows).mark_rule(color=INK_LINE.light, strokeWidth=1.5)
    points = alt.Chart(heads).mark_point(
        shape="triangle", filled=True, size=60, color=INK_LINE.light, opacity=1
    )
    rectangles = alt.Chart(frame).mark_rect(
        fill=PAPER.light, stroke=INK_LINE.light, strokeWidth=1.5, cornerRadius=3
    )
    texts = alt.Chart(words).mark_text(align="left", baseline="middle", fontSize=_TEXT, color=INK.light)
    chart = alt.LayerChart(
        layer=[
            rules.encode(x=x("left"), y=y("top"), x2="right:Q", y2="bottom:Q"),
            points.encode(x=x("right"), y=y("bottom"), angle=alt.Angle("angle:Q", scale=None)),
            rectangles.encode(x=x("left"), x2="right:Q", y=y("top"), y2="bottom:Q"),
            texts.encode(x=x("left"), y=y("top"), text="text:N"),
        ]
    )
    return chart.properties(width=WIDTH, height=height)


def _layout(flow: ScreeningFlow) -> tuple[list[_Box], list[tuple[float, float, float, float]]]:
    """Place the boxes from top to bottom, and the arrows between them."""
    past = _box(
        _PAST,
        0,
        "First collection",
        "Records identified, screened and excluded: not counted",
        f"Sources in the base: {flow.first_studies}",
        f"Registered trials in the base: {flow.first_trials}",
    )
    if flow.rounds == 0:
        none = _box(_MAIN, 0, "Searches by the watch", "None is recorded yet.")
        return [past, none], []
    searches = "search" if flow.rounds == 1 else "searches"
    steps: list[tuple[list[str], list[str]]] = [
        (
            [
                f"Records of {flow.rounds} {searches}: {sum(flow.found.values())}",
                *(f"{SOURCE_NAMES[name]}: {n}" for name, n in flow.found.items()),
            ],
            [
                "Removed before screening",
                f"Duplicates: {flow.duplicates}",
                f"Known already: {flow.known}",
                f"Trials taken in by rule: {flow.added_trials}",
            ],
        ),
        (
            [f"Records to screen: {flow.screened}"],
            [
                f"Excluded on title and abstract: {sum(flow.excluded_early.values())}",
                *_reasons(flow.excluded_early),
                f"Awaiting a decision: {flow.undecided}",
            ],
        ),
        ([f"Reports sought: {flow.sought}"], [f"Not retrieved: {flow.not_retrieved}"]),
        (
            [f"Reports assessed: {flow.assessed}"],
            [
                f"Excluded on the report: {sum(flow.excluded_late.values())}",
                *_reasons(flow.excluded_late),
            ],
        ),
    ]
    boxes, arrows = [past], []
    top = 0.0
    last: _Box | None = None
    for stay, leave in steps:
        main, aside = _box(_MAIN, top, *stay), _box(_ASIDE, top, *leave)
        boxes += [main, aside]
        level = main.top + min(main.height, aside.height) / 2
        arrows.append((float(sum(_MAIN)), level, _ASIDE[0] - 5.0, level))
        if last is not None:
            arrows.append((_centre(_MAIN), last.bottom, _centre(_MAIN), main.top - 5))
        last, top = main, max(main.bottom, aside.bottom) + _GAP
    assert last is not None
    included = _box(
        _MAIN,
        top,
        f"New sources: {flow.included_studies}",
        f"New registered trials: {flow.included_trials + flow.added_trials}",
    )
    total = _box(
        _MAIN,
        included.bottom + _GAP,
        "The base in all",
        f"Sources: {flow.first_studies + flow.included_studies}",
        f"Registered trials: {flow.first_trials + flow.included_trials + flow.added_trials}",
    )
    arrows.append((_centre(_MAIN), last.bottom, _centre(_MAIN), included.top - 5))
    arrows.append((_centre(_MAIN), included.bottom, _centre(_MAIN), total.top - 5))
    # The first collection joins at the foot: down its own column, then across.
    lane = total.top + total.height / 2
    arrows.append((_centre(_PAST), lane, _MAIN[0] - 5.0, lane))
    boxes += [included, total]
    return boxes, [*arrows, (_centre(_PAST), past.bottom, _centre(_PAST), lane)]


def _centre(column: tuple[int, int]) -> float:
    return column[0] + column[1] / 2


def _reasons(reasons: Mapping[str, int]) -> list[str]:
    shown = [f"{reason}: {n}" for reason, n in list(reasons.items())[:_REASONS]]
    rest = sum(list(reasons.values())[_REASONS:])
    return [*shown, *([f"other reasons: {rest}"] if rest else [])]


def _box(column: tuple[int, int], top: float, *paragraphs: str) -> _Box:
    letters = int((column[1] - 2 * _PADDING) / _LETTER)
    # A count stays on the line of the last word before it.
    joined = (text.replace(": ", ":\u00a0") for text in paragraphs)
    lines = [line for text in joined for line in textwrap.wrap(text, letters)]
    return _Box(column, top, lines)
