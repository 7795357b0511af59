"""What a result hangs on: one-way analysis, thresholds, scenarios."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

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


#: Makes a number of the outcomes of all strategies.
Measure = Callable[[Mapping[str, Outcome]], float]


def incremental_benefit(strategy: str, reference: str, threshold: float) -> Measure:
    """Return a measure: net monetary benefit of a strategy over a reference, at a threshold."""

    def measure(outcomes: Mapping[str, Outcome]) -> float:
        here, there = outcomes[strategy], outcomes[reference]
        return float(threshold * (here.effect[0] - there.effect[0]) - (here.cost[0] - there.cost[0]))

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
    bars = []
    for name in parameters if parameters is not None else model.parameters:
        ends = limits(model.parameters[name])
        if ends is None or name in held:
            continue
        results = [measure(run(model, {**held, name: end}, source=source)) for end in ends]
        bars.append(Bar(name, *ends, *results))
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
        return measure(run(model, {**held, parameter: value}, source=source))

    low, high = bounds
    first, last = at(low), at(high)
    if first == 0:
        return low
    if last == 0:
        return high
    if (first > 0) == (last > 0):
        return None
    return float(brentq(at, low, high, xtol=tolerance * abs(high - low)))


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
