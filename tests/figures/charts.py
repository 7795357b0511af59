"""Charts and frames that several tests draw."""

from __future__ import annotations

import pandas as pd
from altair import LayerChart

from carta.figures import bar_counts, proportion_plot

ALT = "Remission was reached by most patients in both studies, with wide intervals as both are small."

STUDIES = pd.DataFrame(
    {
        "Study": ["Müller & co <2024>", "Wang 2025", "Small one"],
        "Remission": [8, 9, 0],
        "Patients": [8, 12, 1],
        "Disease": ["SLE", "Myositis", "SLE"],
    }
)

TRIALS = pd.DataFrame(
    {
        "Disease": ["SLE", "SLE", "SLE", "Myositis", "Myositis"],
        "Phase": ["1", "1/2", "2", "1", "2"],
        "Trials": [24, 17, 2, 9, 4],
    }
)


def studies_chart() -> LayerChart:
    return proportion_plot(
        STUDIES,
        label="Study",
        events="Remission",
        n="Patients",
        x_title="In remission",
        group="Disease",
        reference=0.5,
    )


def trials_chart() -> LayerChart:
    return bar_counts(TRIALS, category="Disease", count="Trials", group="Phase", x_title="Registered trials")
