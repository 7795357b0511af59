"""What a result hangs on: one-way analysis, thresholds, scenarios."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from carta.models.economics.cohort import Outcome, run
from carta.models.economics.description import Model, ParameterDescription
from carta.models.economics.distributions import quantile
from carta.models.economics.source import Source


@dataclass(frozen=True)
class Bar:
    """One bar of a tornado diagram."""

    parameter: str
    #: Values of the parameter, and what the result becomes.
    low: float
    high: float
    at_low: float
    at_high: float

    @property
    def width(self) -> float:
        """How far the result moves."""
        return abs(self.at_high - self.at_low)


Array = npt.NDArray[np.float64]

#: Makes a number for each draw, shape (draws,), of the outcomes of all strategies.
Measure = Callable[[Mapping[str, Outcome]], Array]


def incremental_benefit(strategy: str, reference: str, threshold: float) -> Measure:
    """Return a measure: net monetary benefit of a strategy over a reference, at a threshold."""

    def measure(outcomes: Mapping[str, Outcome]) -> Array:
        here, there = outcomes[strategy], outcomes[reference]
        result: Array = threshold * (here.effect - there.effect) - (here.cost - there.cost)
        return result

    return measure


def limits(parameter: ParameterDescription) -> tuple[float, float] | None:
    """Low and high value of one-way analysis: as given, else the 2.5 % and 97.5 % quantiles, else none."""
    if parameter.low is not None and parameter.high is not None:
        return parameter.low, parameter.high
    if parameter.distribution is None:
        return None
    low, high = quantile(parameter.distribution, [0.025, 0.975])
    return float(low), float(high)


def tornado(
    model: Model,
    measure: Measure,
    *,
    parameters: Sequence[str] | None = None,
    fixed: Mapping[str, float] | None = None,
    source: Source | None = None,
) -> list[Bar]:
    """Move each parameter from its low to its high value, all others held; the widest bar first.

    Args:
        model: the model.
        measure: what is looked at.
        parameters: those that are moved (default: all that have limits).
        fixed: values of others in place of those of the model.
        source: the model's files, for errors.
    """
    held = dict(fixed or {})
    ends = {
        name: found
        for name in (parameters if parameters is not None else model.parameters)
        if name not in held and (found := limits(model.parameters[name])) is not None
    }
    if not ends:
        return []
    # One run for all: draw 2 i has parameter i at its low end, draw 2 i + 1 at its high end.
    moved: dict[str, float | Array] = {}
    for i, (name, pair) in enumerate(ends.items()):
        value = model.parameters[name].value
        if not isinstance(value, int | float):
            raise ValueError(f"{name} is an expression: one-way analysis moves numbers alone")
        moved[name] = np.full(2 * len(ends), float(value))
        moved[name][2 * i : 2 * i + 2] = pair  # type: ignore[index]
    results = measure(run(model, {**held, **moved}, source=source))
    bars = [
        Bar(name, *pair, float(results[2 * i]), float(results[2 * i + 1]))
        for i, (name, pair) in enumerate(ends.items())
    ]
    return sorted(bars, key=lambda bar: -bar.width)


def threshold_value(
    model: Model,
    parameter: str,
    measure: Measure,
    bounds: tuple[float, float],
    *,
    fixed: Mapping[str, float] | None = None,
    source: Source | None = None,
    tolerance: float = 1e-6,
) -> float | None:
    """Return the value of a parameter at which a measure is zero, or none when it does not change sign.

    With the price of a product as parameter and :func:`incremental_benefit` as measure this is the threshold
    price. Brent's method; ``tolerance`` is relative to the width of the bounds.
    """
    from scipy.optimize import brentq

    held = dict(fixed or {})

    def at(value: float) -> float:
        return float(measure(run(model, {**held, parameter: value}, source=source))[0])

    low, high = bounds
    first, last = at(low), at(high)
    if first == 0:
        return low
    if last == 0:
        return high
    if (first > 0) == (last > 0):
        return None
    return float(brentq(at, low, high, xtol=tolerance * abs(high - low)))


def threshold_prices(
    model: Model,
    parameter: str,
    values: Sequence[float],
    strategy: str,
    thresholds: Sequence[float],
    *,
    price: str = "price",
    fixed: Mapping[str, float] | None = None,
    source: Source | None = None,
) -> dict[float, Array]:
    """Return the threshold price over values of another parameter.

    Costs must be linear in the price, as they are where a price is paid a fixed number of times.

    Args:
        model: the model, with a reference strategy.
        parameter: what is varied, and over which values.
        values: of the parameter.
        strategy: whose price is sought, against the reference.
        thresholds: willingness to pay for a QALY.
        price: the parameter that holds the price.
        fixed: values of others in place of those of the model.
        source: the model's files, for errors.

    Returns:
        For each threshold the price at each value; below zero where the strategy would not pay even when free.
    """
    reference = model.reference or next(iter(model.strategies))
    step = 1e6
    varied = {
        parameter: np.tile(np.asarray(values, dtype=float), 2),
        price: np.repeat([0.0, step], len(values)),
    }
    outcomes = run(model, {**(fixed or {}), **varied}, source=source)
    result = {}
    for threshold in thresholds:
        free, dear = np.split(incremental_benefit(strategy, reference, threshold)(outcomes), 2)
        result[float(threshold)] = free / (free - dear) * step
    return result


def with_scenario(model: Model, name: str | None) -> tuple[Model, dict[str, float]]:
    """Return the model under one of its scenarios, and the parameters that the scenario sets.

    Raises:
        KeyError: when there is none of that name.
    """
    if name is None:
        return model, {}
    if name not in model.scenarios:
        raise KeyError(f"there is no scenario {name!r}: there are {', '.join(model.scenarios) or 'none'}")
    scenario = model.scenarios[name]
    changes: dict[str, object] = {}
    if scenario.horizon is not None:
        changes["horizon"] = scenario.horizon
    if scenario.correction is not None:
        changes["correction"] = scenario.correction
    return model.model_copy(update=changes), dict(scenario.parameters)


def scenario_table(
    model: Model, *, fixed: Mapping[str, float] | None = None, source: Source | None = None
) -> dict[str, dict[str, Outcome]]:
    """Run the base case and every scenario.

    Returns:
        Outcomes of each strategy, by scenario; the base case stands under ``base``.
    """
    table = {"base": run(model, dict(fixed or {}), source=source)}
    for name in model.scenarios:
        changed, parameters = with_scenario(model, name)
        table[name] = run(changed, {**parameters, **(fixed or {})}, source=source)
    return table
