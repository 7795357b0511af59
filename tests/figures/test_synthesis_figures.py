"""The figures of synthesis draw what was pooled, and refuse what would mislead."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import altair as alt
import pandas as pd
import pytest

from carta.evidence import load
from carta.figures import cumulative_forest, forest_plot, grade_stack, show, survival_curve, swimmer_plot
from carta.synthesis import cumulative, kaplan_meier, pool, pool_outcome

ROOT = Path(__file__).parents[2]
ALT = "Most patients had a mild reaction, and the cohorts differ by more than chance would let them."
NAN = float("nan")


def texts(chart: alt.TopLevelMixin) -> list[str]:
    root = ET.fromstring(show(chart, alt=ALT).svg)
    return ["".join(element.itertext()).strip() for element in root.iter("{http://www.w3.org/2000/svg}text")]


def test_a_forest_plot_writes_every_study_the_pooled_row_and_the_prediction() -> None:
    pooled = pool([1, 8, 5, 3], [10, 12, 11, 9], ["Ash", "Birch", "Cedar", "Fir"])
    written = texts(forest_plot(pooled, x_title="Patients with relapse", names={"Fir": "Fir 2025"}))
    assert {"Ash", "Birch", "Cedar", "Fir 2025", "All", "Prediction interval", "1/10", "17/42"} <= set(
        written
    )
    low, high = (f"{100 * bound:.0f}" for bound in pooled.ci)
    assert f"{100 * pooled.estimate:.0f} ({low} to {high})" in written
    table = show(forest_plot(pooled, x_title="Patients"), alt=ALT).table
    assert table["Proportion"].iloc[4] == pooled.estimate and table["Row"].iloc[5] == "prediction interval"
    with pytest.raises(ValueError, match=r"top=0\.5 must lie between"):
        forest_plot(pooled, x_title="Patients", top=0.5)


def test_an_outcome_has_its_groups_as_headings_and_says_what_is_not_pooled() -> None:
    found = pool_outcome(load(ROOT), "crs-any", "target")
    written = texts(forest_plot(found, x_title="Patients with CRS"))
    for group in found.groups:
        assert group.label in written
    refused = [group for group in found.groups if group.pooled is None]
    assert written.count("not pooled") == len(refused)
    assert sum(report.label in written for report in found.selection.included) == found.cohorts


def test_a_cumulative_forest_ends_with_the_whole() -> None:
    steps = cumulative([1, 8, 5], [10, 12, 11], ["Ash", "Birch", "Cedar"], ["2023", "2022", "2024"])
    written = texts(cumulative_forest(steps, x_title="Patients"))
    assert [word for word in written if word.startswith("+")] == ["+ Birch", "+ Ash", "+ Cedar"]
    assert {"8/12", "9/22", "14/33"} <= set(written)


GRADES = pd.DataFrame(
    {"Study": ["A", "A", "B", "B"], "Grade": ["none", "1", "none", "3"], "Patients": [4, 11, 20, 5]}
)


def stack(frame: pd.DataFrame = GRADES, **changes: Any) -> alt.LayerChart | alt.FacetChart:
    arguments = {
        "label": "Study",
        "grade": "Grade",
        "patients": "Patients",
        "grades": ["none", "1", "2", "3"],
        "x_title": "Patients by worst grade",
    }
    return grade_stack(frame, **{**arguments, **changes})


def test_grades_are_stacked_in_order_with_their_patients() -> None:
    assert {"4", "11", "20", "5", "n = 15", "n = 25", "none", "3"} <= set(texts(stack()))
    grouped = texts(stack(GRADES.assign(Kind=["Autoimmune", "Autoimmune", "Cancer", "Cancer"]), group="Kind"))
    assert {"Autoimmune", "Cancer", "n = 15", "n = 25"} <= set(grouped)


@pytest.mark.parametrize(
    ("frame", "said"),
    [
        (GRADES.assign(Grade=["none", "4", "none", "3"]), "grade '4' is none of"),
        (GRADES.assign(Patients=[4, 1.5, 2, 3]), "whole numbers"),
        (GRADES.assign(Patients=[0, 0, 2, 3]), "'A' has no patients"),
        (GRADES.assign(Grade=["none", "none", "none", "3"]), "twice"),
    ],
)
def test_grades_that_make_no_whole_are_refused(frame: pd.DataFrame, said: str) -> None:
    with pytest.raises(ValueError, match=said):
        stack(frame)


SWIMMERS = pd.DataFrame(
    {
        "Patient": ["P1", "P2"],
        "Months": [18, 9],
        "Relapse": [NAN, 9],
        "On": [True, False],
        "Disease": ["SLE", "IIM"],
    }
)


def test_swimmers_have_names_groups_and_events() -> None:
    chart = swimmer_plot(
        SWIMMERS,
        patient="Patient",
        months="Months",
        x_title="Months since infusion",
        group="Disease",
        ongoing="On",
        marks={"Relapse": "Relapse"},
    )
    assert {"P1", "P2", "SLE", "IIM", "Relapse"} <= set(texts(chart))
    for changed, said in (
        (SWIMMERS.assign(Patient="P1"), "there twice"),
        (SWIMMERS.assign(Relapse=[NAN, 10]), "beyond the follow-up"),
        (SWIMMERS.assign(Months=[-1, 9]), "below zero"),
    ):
        with pytest.raises(ValueError, match=said):
            swimmer_plot(
                changed, patient="Patient", months="Months", x_title="Months", marks={"Relapse": "Relapse"}
            )


def test_curves_are_named_and_have_their_numbers_at_risk() -> None:
    one = kaplan_meier([1, 2, 3, 5, 8, 9], [True, False, True, True, False, True], label="CD19")
    other = kaplan_meier([2, 2, 7, 12], [True, False, True, False], label="BCMA")
    written = texts(survival_curve(one, other, x_title="Months", y_title="Without relapse", times=[0, 6, 12]))
    assert written.count("CD19") == 2 and written.count("BCMA") == 2 and "At risk" in written
    assert {"6", "4", "2", "1"} <= set(written)
    with pytest.raises(ValueError, match="own label"):
        survival_curve(one, one, x_title="Months", y_title="Without relapse")
