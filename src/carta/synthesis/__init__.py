"""Statistics over the evidence: what several studies say together, and how sure that is.

The names below are what other rooms use; each is loaded when it is first asked for, so that the exact interval
alone needs nothing beyond the standard library.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from carta.synthesis.batch import PooledMany, pool_many
    from carta.synthesis.cumulative_pooling import CumulativeStep, cumulative
    from carta.synthesis.exact import exact_interval
    from carta.synthesis.in_prose import prose_numbers
    from carta.synthesis.influence import LeftOut, leave_one_out
    from carta.synthesis.outcome import PooledGroup, PooledOutcome, pool_outcome
    from carta.synthesis.pooling import pool
    from carta.synthesis.refusal import PoolingRefused
    from carta.synthesis.regression import MetaRegression, meta_regression
    from carta.synthesis.result import PooledProportion, StudyProportion
    from carta.synthesis.spread import ReportedSpread, reported_spread
    from carta.synthesis.subgroup_analysis import SubgroupAnalysis, subgroups
    from carta.synthesis.time_to_event import KaplanMeier, kaplan_meier
    from carta.synthesis.unique_persons import Person, persons
    from carta.synthesis.units import LeftOutReport, Report, Selection, select

_HOME = {
    "CumulativeStep": "cumulative_pooling",
    "KaplanMeier": "time_to_event",
    "LeftOut": "influence",
    "LeftOutReport": "units",
    "MetaRegression": "regression",
    "Person": "unique_persons",
    "PooledGroup": "outcome",
    "PooledMany": "batch",
    "PooledOutcome": "outcome",
    "PooledProportion": "result",
    "PoolingRefused": "refusal",
    "Report": "units",
    "ReportedSpread": "spread",
    "Selection": "units",
    "StudyProportion": "result",
    "SubgroupAnalysis": "subgroup_analysis",
    "cumulative": "cumulative_pooling",
    "exact_interval": "exact",
    "kaplan_meier": "time_to_event",
    "leave_one_out": "influence",
    "meta_regression": "regression",
    "persons": "unique_persons",
    "pool": "pooling",
    "pool_many": "batch",
    "pool_outcome": "outcome",
    "prose_numbers": "in_prose",
    "reported_spread": "spread",
    "select": "units",
    "subgroups": "subgroup_analysis",
}

__all__ = [
    "CumulativeStep",
    "KaplanMeier",
    "LeftOut",
    "LeftOutReport",
    "MetaRegression",
    "Person",
    "PooledGroup",
    "PooledMany",
    "PooledOutcome",
    "PooledProportion",
    "PoolingRefused",
    "Report",
    "ReportedSpread",
    "Selection",
    "StudyProportion",
    "SubgroupAnalysis",
    "cumulative",
    "exact_interval",
    "kaplan_meier",
    "leave_one_out",
    "meta_regression",
    "persons",
    "pool",
    "pool_many",
    "pool_outcome",
    "prose_numbers",
    "reported_spread",
    "select",
    "subgroups",
]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
