"""Figures: one Altair chart gives the screen, the paper, the alt text and the data.

Importing this package makes ``carta`` the theme of Altair. The parameter ``alt`` of
:func:`~carta.figures.show.show` is the text for those who can't see the figure.
"""

from __future__ import annotations

from carta.figures.bar_counts import bar_counts
from carta.figures.cumulative_forest import cumulative_forest
from carta.figures.evidence_over_time import evidence_over_time
from carta.figures.forest_plot import forest_plot
from carta.figures.grade_stack import grade_stack
from carta.figures.interval_plot import interval_plot
from carta.figures.line_plot import line_plot
from carta.figures.prisma_flow import flow_table, prisma_flow
from carta.figures.proportion_plot import proportion_plot
from carta.figures.registry_drift import registry_drift
from carta.figures.show import Figure, show
from carta.figures.slope import slope
from carta.figures.survival_curve import survival_curve
from carta.figures.swimmer_plot import swimmer_plot
from carta.figures.theme import enable_theme
from carta.figures.timeline import timeline

enable_theme()

__all__ = [
    "Figure",
    "bar_counts",
    "cumulative_forest",
    "evidence_over_time",
    "flow_table",
    "forest_plot",
    "grade_stack",
    "interval_plot",
    "line_plot",
    "prisma_flow",
    "proportion_plot",
    "registry_drift",
    "show",
    "slope",
    "survival_curve",
    "swimmer_plot",
    "timeline",
]
