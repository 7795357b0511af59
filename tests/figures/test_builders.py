"""The chart builders draw what they are given, and say what they cannot draw."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree as ET

import altair as alt
import pandas as pd
import pytest

from carta.figures import bar_counts, interval_plot, proportion_plot, show, slope, timeline
from figures.charts import ALT, STUDIES, TRIALS, studies_chart, trials_chart

NAN = float("nan")

RATIOS = pd.DataFrame(
    {
        "Out.come [a]": ["CRS", "ICANS", "Infection"],
        "RR": [1.2, 0.5, 2.0],
        "lo": [0.8, None, 1.4],
        "hi": [1.6, None, 3.1],
    }
)
EVENTS = pd.DataFrame(
    {
        "What": ["First patient", "CASTLE", "CASTLE"],
        "From": ["2021-03-01", "2022-11-01", "2025-06-01"],
        "To": [None, "2025-03-01", None],
        "Kind": ["Report", "Trial", "Report"],
    }
)
SCORES = pd.DataFrame(
    {"Patient": ["A", "B", "C"], "Before": [16, 10, 8], "After": [0, 2, None], "Sex": ["f", "f", "m"]}
)


def texts(chart: alt.LayerChart) -> list[str]:
    root = ET.fromstring(show(chart, alt=ALT).svg)
    return ["".join(element.itertext()) for element in root.iter("{http://www.w3.org/2000/svg}text")]


def ratios(**changes: Any) -> alt.LayerChart:
    arguments = {
        "label": "Out.come [a]",
        "estimate": "RR",
        "low": "lo",
        "high": "hi",
        "x_title": "Risk ratio",
    }
    return interval_plot(changes.pop("frame", RATIOS), **{**arguments, **changes})


def events(**changes: Any) -> alt.LayerChart:
    arguments = {"label": "What", "start": "From", "end": "To", "group": "Kind"}
    return timeline(changes.pop("frame", EVENTS), **{**arguments, **changes})


def scores(**changes: Any) -> alt.LayerChart:
    arguments = {"patient": "Patient", "before": "Before", "after": "After", "y_title": "SLEDAI (points)"}
    return slope(changes.pop("frame", SCORES), **{**arguments, **changes})


def trials(**changes: Any) -> alt.LayerChart:
    arguments = {"category": "Disease", "count": "Trials", "group": "Phase", "x_title": "Trials"}
    return bar_counts(changes.pop("frame", TRIALS), **{**arguments, **changes})


def studies(**changes: Any) -> alt.LayerChart:
    arguments = {"label": "Study", "events": "Remission", "n": "Patients", "x_title": "Remission"}
    return proportion_plot(changes.pop("frame", STUDIES), **{**arguments, **changes})


def test_intervals_keep_the_order_and_write_the_values() -> None:
    found = texts(ratios(reference=1.0))
    assert [text for text in found if text in set(RATIOS["Out.come [a]"])] == ["CRS", "ICANS", "Infection"]
    assert {"1.20 (0.80 to 1.60)", "0.50", "2.00 (1.40 to 3.10)"} <= set(found)


def test_an_axis_to_hundreds_writes_whole_numbers() -> None:
    days = RATIOS.assign(**{name: 100 * RATIOS[name] for name in ("RR", "lo", "hi")})
    found = texts(ratios(frame=days, number_format=".0f"))
    assert {"100", "200", "300"} <= set(found)
    assert not any("e+" in text for text in found)


@pytest.mark.parametrize(
    ("values", "title", "ends"),
    [
        # Of shares that reach from none to all, the axis shows no share below or above; of others, none below zero.
        ((0.4, 55.0, 99.0), "Patients, %", ("0", "100")),
        ((0.5, 20.0, 41.0), "Patients, per cent", ("0", "40")),
        ((1.0, 60.0, 120.5), "Days", ("0", "120")),
    ],
)
def test_an_axis_ends_where_its_quantity_does(
    values: tuple[float, float, float], title: str, ends: tuple[str, str]
) -> None:
    low, middle, high = values
    frame = pd.DataFrame({"Out.come [a]": ["one"], "RR": [middle], "lo": [low], "hi": [high]})
    found = texts(ratios(frame=frame, x_title=title, number_format=".0f"))
    numbers = [text for text in found if text.replace("−", "-").lstrip("-").isdigit()]
    assert (numbers[0], numbers[-1]) == ends


def test_logarithmic_axis_has_few_round_ticks_around_the_data() -> None:
    assert [text for text in texts(ratios(log=True)) if text in {"0.2", "0.5", "1", "2", "5", "10"}] == [
        "0.5", "1", "2", "5",
    ]  # fmt: skip


def test_labels_of_several_groups_share_a_line() -> None:
    both = pd.concat([RATIOS.assign(arm="CD19"), RATIOS.assign(arm="BCMA")])
    found = texts(ratios(frame=both, group="arm"))
    assert found.count("ICANS") == 1
    assert found.count("0.50") == 2
    with pytest.raises(ValueError, match="there twice"):
        ratios(frame=both)


def test_long_names_are_broken_into_lines_and_none_is_cut() -> None:
    name = "A study with a name so long that it has to be broken into several lines to fit"
    found = texts(studies(frame=STUDIES.assign(Study=[name, "b", "c"])))
    assert name.replace(" ", "") in "".join(found).replace(" ", "")
    assert not any("…" in text for text in found)


def test_proportions_come_with_exact_intervals() -> None:
    assert {"8/8, 100% (63 to 100)", "9/12, 75% (43 to 95)", "0/1, 0% (0 to 98)"} <= set(
        texts(studies_chart())
    )


def test_bars_show_parts_and_totals() -> None:
    found = texts(trials_chart())
    assert found.count("17") == 1
    assert {"24", "43", "13", "9", "4"} <= set(found)
    ordered = texts(trials(frame=TRIALS[::-1], order="count"))
    assert ordered.index("SLE") < ordered.index("Myositis")


def test_timeline_has_one_line_a_label_and_reads_dates_as_local_days() -> None:
    found = texts(events())
    assert found.count("CASTLE") == 1
    assert {"2021", "2025", "Report", "Trial"} <= set(found)


def test_slope_labels_its_ends_and_keeps_the_wide_table() -> None:
    chart = scores(group="Sex", reference=4)
    assert {"Before", "After", "SLEDAI (points)", "f", "m"} <= set(texts(chart))
    assert list(show(chart, alt=ALT).table.columns) == ["Patient", "Sex", "Before", "After"]


@pytest.mark.parametrize("chart", [ratios(), events(), scores(), trials(), studies()])
def test_charts_have_about_the_full_width(chart: alt.LayerChart) -> None:
    assert 560 <= show(chart, alt=ALT).drawing.width <= 680


@pytest.mark.parametrize(
    ("build", "changes", "message"),
    [
        (ratios, {"frame": RATIOS.head(0)}, "no rows"),
        (ratios, {"estimate": "nothing"}, "is no column"),
        (ratios, {"frame": RATIOS.assign(RR="x")}, "must hold numbers"),
        (ratios, {"frame": RATIOS.assign(RR=[1.2, NAN, 2.0])}, "no value in row 1"),
        (ratios, {"frame": RATIOS.assign(RR=9.0)}, "outside its interval"),
        (ratios, {"frame": RATIOS.assign(hi=[1.6, 2.0, 3.1])}, "only one bound"),
        (ratios, {"frame": RATIOS.assign(lo=[0.0, NAN, 1.4]), "log": True}, "not positive"),
        (studies, {"frame": STUDIES.assign(Remission=13)}, "'Müller & co <2024>': events must lie between"),
        (studies, {"frame": STUDIES.assign(Patients=1.5)}, "whole numbers"),
        (trials, {"frame": TRIALS.assign(Trials=-1)}, "none below zero"),
        (trials, {"frame": TRIALS.assign(Trials=0)}, "zero throughout"),
        (trials, {"group": None}, "there twice"),
        (events, {"frame": EVENTS.assign(To="2000-01-01")}, "ends before it starts"),
        (events, {"frame": EVENTS.assign(From="soon")}, "must hold dates"),
        (events, {"frame": EVENTS.assign(From=2021)}, "must hold dates"),
        (events, {"frame": EVENTS.assign(From=EVENTS["To"])}, "has no From"),
        (scores, {"frame": pd.concat([SCORES, SCORES])}, "there twice"),
        (scores, {"frame": SCORES.assign(Before=NAN, After=NAN)}, "has no value"),
        (scores, {"log": True}, "logarithmic"),
    ],
)
def test_builders_say_what_they_cannot_draw(
    build: Callable[..., alt.LayerChart], changes: dict[str, Any], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        build(**changes)
