"""Results as plain data, and as a text for a terminal."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from carta.models.economics.cohort import Outcome, run
from carta.models.economics.description import Model
from carta.models.economics.incremental import incremental_analysis, pairwise_icer
from carta.models.economics.information import all_partial
from carta.models.economics.probabilistic import (
    Probabilistic,
    acceptability,
    acceptability_frontier,
    summary,
)
from carta.models.economics.sensitivity import incremental_benefit, threshold_value
from carta.models.economics.sensitivity import tornado as one_way
from carta.models.economics.source import Source


def reference_of(model: Model) -> str:
    """The strategy that others are compared with: as the model says, else its first."""
    return model.reference or next(iter(model.strategies))


def base_report(
    model: Model,
    thresholds: Sequence[float],
    *,
    fixed: Mapping[str, float] | None = None,
    scenario: str | None = None,
    tornado: bool = False,
    threshold_of: str | None = None,
    source: Source | None = None,
) -> dict[str, Any]:
    """Run the base case and return what it comes to as plain data."""
    fixed = dict(fixed or {})
    outcomes = run(model, fixed, source=source)
    reference = reference_of(model)
    content: dict[str, Any] = {
        "model": model.model,
        "standing": model.standing,
        "currency": model.currency,
        "price_year": model.price_year,
        "scenario": scenario,
        "set": fixed,
        "reference": reference,
        "thresholds": list(thresholds),
        "strategies": {name: _outcome(outcome) for name, outcome in outcomes.items()},
        "incremental": [asdict(row) for row in incremental_analysis(means(outcomes))],
        "against_reference": _pairwise(outcomes, reference),
    }
    others = [name for name in model.strategies if name != reference]
    if tornado:
        content["tornado"] = {
            name: {
                f"{threshold:g}": [
                    asdict(bar)
                    for bar in one_way(
                        model, incremental_benefit(name, reference, threshold), fixed=fixed, source=source
                    )
                ]
                for threshold in thresholds
            }
            for name in others
        }
    if threshold_of is not None:
        bounds = _bounds(model, threshold_of)
        ends = [run(model, {**fixed, threshold_of: end}, source=source) for end in bounds]
        content["threshold_of"] = {
            "parameter": threshold_of,
            "bounds": list(bounds),
            "values": {
                name: {
                    f"{threshold:g}": threshold_value(
                        model,
                        threshold_of,
                        incremental_benefit(name, reference, threshold),
                        bounds,
                        fixed=fixed,
                        source=source,
                    )
                    for threshold in thresholds
                }
                for name in others
                # What the parameter does not touch has no threshold.
                if means(ends[0])[name] != means(ends[1])[name]
            },
        }
    return content


def _bounds(model: Model, parameter: str) -> tuple[float, float]:
    """Where a threshold is looked for: from zero to the high value of one-way analysis, or to twenty times the value."""
    described = model.parameters[parameter]
    if described.low is not None and described.high is not None:
        # A price may have to be lower than any that one-way analysis looks at.
        return min(0.0, described.low), described.high
    value = float(described.value) if isinstance(described.value, int | float) else 1.0
    return 0.0, max(20 * value, 1e-9)


def means(outcomes: Mapping[str, Outcome]) -> dict[str, tuple[float, float]]:
    """Mean cost and effect of each strategy."""
    return {name: (float(o.cost.mean()), float(o.effect.mean())) for name, o in outcomes.items()}


def _outcome(outcome: Outcome) -> dict[str, Any]:
    return {
        "cost": float(outcome.cost.mean()),
        "effect": float(outcome.effect.mean()),
        "life_years": float(outcome.life_years.mean()),
        "years": {state: float(years.mean()) for state, years in outcome.years.items()},
    }


def _pairwise(outcomes: Mapping[str, Outcome], reference: str) -> dict[str, Any]:
    base = means(outcomes)
    result = {}
    for name, (cost, effect) in base.items():
        if name != reference:
            icer, word = pairwise_icer(cost, effect, *base[reference])
            result[name] = {
                "incremental_cost": cost - base[reference][0],
                "incremental_effect": effect - base[reference][1],
                "icer": icer,
                "verdict": word,
            }
    return result


def probabilistic_report(
    model: Model, result: Probabilistic, thresholds: Sequence[float], *, evppi: bool = False
) -> dict[str, Any]:
    """Return a probabilistic analysis as plain data."""
    content: dict[str, Any] = {
        "draws": result.draws,
        "seed": result.seed,
        "strategies": {
            name: {
                "cost": summary(result.cost[:, i]),
                "effect": summary(result.effect[:, i]),
                "life_years": summary(result.life_years[:, i]),
            }
            for i, name in enumerate(result.strategies)
        },
        "incremental": [asdict(row) for row in incremental_analysis(result.means())],
    }
    if thresholds:
        content["acceptability"] = {
            name: [float(share) for share in shares]
            for name, shares in acceptability(result, thresholds).items()
        }
        content["frontier"] = [asdict(point) for point in acceptability_frontier(result, thresholds)]
    if evppi:
        content["evppi"] = {f"{threshold:g}": all_partial(result, threshold) for threshold in thresholds}
    return content


def text_report(content: Mapping[str, Any]) -> str:
    """Write plain data of the two functions above for a terminal."""
    currency = content["currency"]
    year = f", prices of {content['price_year']}" if content["price_year"] else ""
    lines = [f"{content['model']} ({currency}{year})"]
    if content["standing"]:
        lines.append(str(content["standing"]))
    if content["scenario"]:
        lines.append(f"Scenario: {content['scenario']}")
    lines += ["", f"{'strategy':<24}{'cost':>14}{'QALYs':>10}{'life-years':>12}"]
    for name, row in content["strategies"].items():
        lines.append(f"{name:<24}{row['cost']:>14,.0f}{row['effect']:>10.3f}{row['life_years']:>12.2f}")
    lines += [
        "",
        "Along the frontier:",
        f"{'strategy':<24}{'more cost':>14}{'more QALYs':>12}{'per QALY':>14}  standing",
    ]
    for row in content["incremental"]:
        more = "".join(
            f"{'–':>{width}}" if row[key] is None else f"{row[key]:>{width},.{digits}f}"
            for key, width, digits in (
                ("incremental_cost", 14, 0),
                ("incremental_effect", 12, 3),
                ("icer", 14, 0),
            )
        )
        lines.append(f"{row['strategy']:<24}{more}  {row['standing']}")
    for strategy, values in content.get("threshold_of", {}).get("values", {}).items():
        lines += [
            "",
            f"{content['threshold_of']['parameter']} at which {strategy} breaks even with {content['reference']}:",
        ]
        for threshold, value in values.items():
            shown = (
                "never within the range"
                if value is None
                else f"{value:,.4g}"
                if value < 1000
                else f"{value:,.0f}"
            )
            lines.append(f"  at {float(threshold):,.0f} {currency} a QALY: {shown}")
    for strategy, by_threshold in content.get("tornado", {}).items():
        for threshold, bars in by_threshold.items():
            lines += [
                "",
                f"Net benefit of {strategy} over {content['reference']} at {float(threshold):,.0f} a QALY:",
            ]
            lines += [
                f"  {bar['parameter']:<28}{bar['low']:>12.4g} to {bar['high']:<12.4g}"
                f"{bar['at_low']:>14,.0f} to {bar['at_high']:,.0f}"
                for bar in bars[:12]
            ]
    drawn = content.get("probabilistic")
    if drawn:
        lines += ["", f"{drawn['draws']} draws, seed {drawn['seed']} (mean, 95 % interval):"]
        for name, row in drawn["strategies"].items():
            cost, effect = row["cost"], row["effect"]
            lines.append(
                f"  {name:<22}{cost['mean']:>12,.0f} ({cost['low']:,.0f} to {cost['high']:,.0f})"
                f"{effect['mean']:>10.2f} ({effect['low']:.2f} to {effect['high']:.2f})"
            )
        for point in drawn.get("frontier", []):
            lines.append(
                f"  at {point['threshold']:,.0f} {currency} a QALY: {point['strategy']} "
                f"(best in {point['probability']:.0%} of draws; EVPI {point['evpi']:,.0f} a person)"
            )
        for threshold, values in drawn.get("evppi", {}).items():
            lines.append(f"  EVPPI a person at {float(threshold):,.0f} a QALY:")
            lines += [f"    {name:<28}{value:>12,.0f}" for name, value in list(values.items())[:10]]
    return "\n".join(lines) + "\n"
