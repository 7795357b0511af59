"""What a model file must hold beyond its form: names that exist, rows that can be made, states that are reached."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from difflib import get_close_matches

from carta.findings import Finding
from carta.models.economics.counting import counting
from carta.models.economics.description import CLOCK, Formula, Model, OneTime, Strategy, Transition
from carta.models.economics.distributions import correlated_groups
from carta.models.economics.expressions import FUNCTIONS, ExpressionError, parse
from carta.models.economics.source import Source

#: What may be read where: the clock does not run at the start, nor in a one-time amount.
_STILL: frozenset[str] = frozenset({"cycle_length"})
_MOVING = frozenset(CLOCK)

Place = tuple[str | int, ...]


def check_model(model: Model, source: Source) -> list[Finding]:
    """Return what is wrong with a model whose form is sound."""
    findings = list(_names(model, source))
    if findings:
        return findings
    return [*_settings(model, source), *_uncertainty(model, source), *_structure(model, source)]


def merged_transitions(model: Model, strategy: Strategy) -> dict[str, dict[str, Transition | str]]:
    """Return the ways out of each state under a strategy."""
    result: dict[str, dict[str, Transition | str]] = {
        state: dict(row) for state, row in model.transitions.items()
    }
    for state, row in strategy.transitions.items():
        result.setdefault(state, {}).update(row)
    return result


def _formulas(model: Model) -> Iterator[tuple[Formula | None, Place, frozenset[str]]]:
    """Every formula of a model with its place and what of the clock it may read."""
    yield model.start_age, ("start_age",), _STILL
    yield model.discount.costs, ("discount", "costs"), _STILL
    yield model.discount.effects, ("discount", "effects"), _STILL
    for name, parameter in model.parameters.items():
        yield parameter.value, ("parameters", name, "value"), _MOVING - {"state_time"}
    for name, state in model.states.items():
        yield state.cost, ("states", name, "cost"), _MOVING
        yield state.utility, ("states", name, "utility"), _MOVING
    for name, share in model.initial.items():
        yield share, ("initial", name), _STILL
    yield from _row_formulas(model.transitions, ("transitions",))
    yield from _one_time_formulas(model.one_time, ("one_time",))
    for name, strategy in model.strategies.items():
        here: Place = ("strategies", name)
        for parameter_name, value in strategy.parameters.items():
            yield value, (*here, "parameters", parameter_name), _MOVING - {"state_time"}
        for state_name, share in (strategy.initial or {}).items():
            yield share, (*here, "initial", state_name), _STILL
        for state_name, fields in strategy.states.items():
            for field, value in fields.items():
                yield value, (*here, "states", state_name, field), _MOVING
        yield from _row_formulas(strategy.transitions, (*here, "transitions"))
        yield from _one_time_formulas(strategy.one_time, (*here, "one_time"))


def _row_formulas(
    rows: Mapping[str, Mapping[str, Transition | str]], here: Place
) -> Iterator[tuple[Formula | None, Place, frozenset[str]]]:
    for state, row in rows.items():
        for target, transition in row.items():
            if isinstance(transition, Transition):
                for field in ("probability", "rate", "hr", "rr", "cost", "effect"):
                    yield getattr(transition, field), (*here, state, target, field), _MOVING


def _one_time_formulas(
    items: Iterable[OneTime], here: Place
) -> Iterator[tuple[Formula | None, Place, frozenset[str]]]:
    for i, item in enumerate(items):
        yield item.cost, (*here, i, "cost"), _STILL
        yield item.effect, (*here, i, "effect"), _STILL


def _near(name: str, known: Iterable[str]) -> str:
    near = get_close_matches(name, list(known), n=1, cutoff=0.6)
    return f" Did you mean {near[0]!r}?" if near else ""


def _names(model: Model, source: Source) -> Iterator[Finding]:
    """Names that are undefined, defined twice, or defined in a circle."""
    taken = {**dict.fromkeys(FUNCTIONS, "a function"), **dict.fromkeys(CLOCK, "the clock")}
    for kind in ("parameters", "tables"):
        for name in getattr(model, kind):
            if name in taken:
                yield source.finding(
                    "name",
                    (kind, name),
                    f"The name {name!r} stands already for {taken[name]}.",
                    "Choose another.",
                )
            taken[name] = f"one of {kind}"
    dependencies: dict[str, frozenset[str]] = {}
    for formula, place, clock in _formulas(model):
        if formula is None:
            continue
        try:
            expression = parse(formula)
        except ExpressionError as error:
            yield source.finding("expression", place, f"The expression {error}.", "Correct the expression.")
            continue
        if place[0] == "parameters":
            dependencies[str(place[1])] = expression.names
        known = {*model.parameters, *clock}
        for name in sorted(expression.names - known):
            reason = "the clock does not run here" if name in CLOCK else "it is no parameter"
            yield source.finding(
                "name",
                place,
                f"The expression {expression.text!r} names {name!r}: {reason}.{_near(name, known)}",
                "Define the parameter, or correct the name.",
            )
        callable_here = {*FUNCTIONS, *model.tables}
        for name in sorted(expression.calls - callable_here):
            yield source.finding(
                "name",
                place,
                f"The expression {expression.text!r} calls {name!r}: it is neither a function nor a table."
                f"{_near(name, callable_here)}",
                "Use a function or table that exists.",
            )
    circle = _circle(dependencies)
    if circle:
        yield source.finding(
            "circular",
            ("parameters", circle[0]),
            f"Parameters are defined in a circle: {' → '.join([*circle, circle[0]])}.",
            "Give one of them a value.",
        )
    yield from _known(model, source)


def _circle(dependencies: Mapping[str, frozenset[str]]) -> list[str]:
    done: set[str] = set()

    def visit(name: str, path: list[str]) -> list[str]:
        if name in path:
            return path[path.index(name) :]
        if name in done:
            return []
        for needed in sorted(dependencies.get(name, frozenset()) & dependencies.keys()):
            found = visit(needed, [*path, name])
            if found:
                return found
        done.add(name)
        return []

    for name in dependencies:
        found = visit(name, [])
        if found:
            return found
    return []


def _known(model: Model, source: Source) -> Iterator[Finding]:
    """States, parameters and strategies that are named where there are none."""

    def need(kind: str, known: Iterable[str], named: Iterable[tuple[str, Place]]) -> Iterator[Finding]:
        options = list(known)
        for name, place in named:
            if name not in options:
                yield source.finding(
                    kind,
                    place,
                    f"There is no {kind} {name!r}.{_near(name, options)}",
                    f"Use one of {', '.join(options)}.",
                )

    def rows(transitions: Mapping[str, Mapping[str, object]], here: Place) -> Iterator[tuple[str, Place]]:
        for state, row in transitions.items():
            yield state, (*here, state)
            for target in row:
                yield target, (*here, state, target)

    states: list[tuple[str, Place]] = [(name, ("initial", name)) for name in model.initial]
    states += rows(model.transitions, ("transitions",))
    states += [(s, ("one_time", i)) for i, item in enumerate(model.one_time) for s in item.states or ()]
    parameters: list[tuple[str, Place]] = []
    for name, strategy in model.strategies.items():
        here: Place = ("strategies", name)
        states += [(s, (*here, "initial", s)) for s in strategy.initial or ()]
        states += [(s, (*here, "states", s)) for s in strategy.states]
        states += rows(strategy.transitions, (*here, "transitions"))
        states += [
            (s, (*here, "one_time", i)) for i, item in enumerate(strategy.one_time) for s in item.states or ()
        ]
        parameters += [(p, (*here, "parameters", p)) for p in strategy.parameters]
    for name, scenario in model.scenarios.items():
        parameters += [(p, ("scenarios", name, "parameters", p)) for p in scenario.parameters]
    for name, group in model.dirichlet.items():
        parameters += [(p, ("dirichlet", name)) for p in group.parameters]
    for i, correlation in enumerate(model.correlations):
        parameters += [(p, ("correlations", i)) for p in correlation.parameters]
    yield from need("state", model.states, states)
    yield from need("parameter", model.parameters, parameters)
    if model.reference is not None:
        yield from need("strategy", model.strategies, [(model.reference, ("reference",))])


def _settings(model: Model, source: Source) -> Iterator[Finding]:
    horizons: list[tuple[float, Place]] = [(model.horizon, ("horizon",))]
    horizons += [
        (scenario.horizon, ("scenarios", name, "horizon"))
        for name, scenario in model.scenarios.items()
        if scenario.horizon is not None
    ]
    for horizon, place in horizons:
        cycles = horizon / model.cycle_length
        if abs(cycles - round(cycles)) > 1e-6 or round(cycles) < 1:
            yield source.finding(
                "horizon",
                place,
                f"A horizon of {horizon:g} years is no whole number of cycles of {model.cycle_length:g} years.",
                "Choose a multiple of cycle_length.",
            )
    if abs(model.horizon / model.cycle_length - model.cycles) <= 1e-6 and model.cycles >= 1:
        try:
            counting(model.correction, model.cycles, model.cycle_length, model.counting_weights)
        except ValueError as error:
            yield source.finding(
                "correction", ("correction",), f"The correction cannot be made: {error}.", "Change it."
            )
    items: list[tuple[OneTime, Place]] = [(item, ("one_time", i)) for i, item in enumerate(model.one_time)]
    for name, strategy in model.strategies.items():
        items += [(item, ("strategies", name, "one_time", i)) for i, item in enumerate(strategy.one_time)]
    for item, place in items:
        if item.at > model.horizon:
            yield source.finding(
                "one-time",
                place,
                f"{item.what!r} falls after the horizon.",
                "Move it, or lengthen the horizon.",
            )
        elif abs(item.at / model.cycle_length - round(item.at / model.cycle_length)) > 1e-6:
            yield source.finding(
                "one-time",
                place,
                f"{item.what!r} does not fall on the end of a cycle.",
                "Move it to a multiple of cycle_length.",
            )


def _uncertainty(model: Model, source: Source) -> Iterator[Finding]:
    for name, group in model.dirichlet.items():
        total = 0.0
        for member in group.parameters:
            parameter = model.parameters[member]
            if not isinstance(parameter.value, int | float) or parameter.distribution is not None:
                yield source.finding(
                    "dirichlet",
                    ("parameters", member),
                    f"{member} is drawn by the Dirichlet group {name}, but is an expression or has a distribution.",
                    "Give it a plain value and no distribution.",
                )
            else:
                total += parameter.value
        if abs(total - 1) > 1e-6:
            yield source.finding(
                "dirichlet",
                ("dirichlet", name),
                f"The values of the group sum to {total:g}.",
                "Make them sum to one.",
            )
    for i, correlation in enumerate(model.correlations):
        for member in correlation.parameters:
            if model.parameters[member].distribution is None:
                yield source.finding(
                    "correlation",
                    ("correlations", i),
                    f"{member} has no distribution.",
                    "Give it one, or drop the correlation.",
                )
    try:
        correlated_groups(model.correlations)
    except ValueError as error:
        yield source.finding(
            "correlation", ("correlations",), f"{str(error).capitalize()}.", "Make them smaller."
        )


def _structure(model: Model, source: Source) -> Iterator[Finding]:
    """Rows that mix kinds, and states that no strategy reaches."""
    reached: set[str] = set()
    for name, strategy in model.strategies.items():
        transitions = merged_transitions(model, strategy)
        for state, row in transitions.items():
            here: Place = ("strategies", name, "transitions", state)
            if state not in strategy.transitions:
                here = ("transitions", state)
            kinds = {
                "rate" if transition.rate is not None else "probability"
                for target, transition in row.items()
                if isinstance(transition, Transition)
            }
            if len(kinds) > 1:
                yield source.finding(
                    "row",
                    here,
                    f"The ways out of {state!r} mix probabilities and rates.",
                    "Use one kind, or turn a rate into a probability with prob(rate, cycle_length).",
                )
            rests = [target for target, transition in row.items() if transition == "rest"]
            if len(rests) > 1:
                yield source.finding(
                    "row",
                    here,
                    f"What remains of {state!r} goes to {' and '.join(rests)}.",
                    "Keep one 'rest'.",
                )
            own = row.get(state)
            if isinstance(own, Transition) and own.rate is not None:
                yield source.finding(
                    "row",
                    (*here, state),
                    f"{state!r} has a rate to itself.",
                    "Leave it out: who does not move stays.",
                )
        seen: set[str] = set()
        starts = list(strategy.initial if strategy.initial is not None else model.initial)
        while starts:
            state = starts.pop()
            if state not in seen:
                seen.add(state)
                starts += transitions.get(state, {})
        reached |= seen
    for state in model.states:
        if state not in reached:
            yield source.finding(
                "unreachable",
                ("states", state),
                f"No strategy ever reaches the state {state!r}.",
                "Add a way into it, or take it out.",
            )
