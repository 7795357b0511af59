"""A model as data for the page: the same expressions, states and draws, for the engine in ``carta-economics-engine.js``.

Nothing of a model is written twice: expressions travel as trees that the page evaluates, so that no text is run as
code there.
"""

from __future__ import annotations

import ast
from typing import Any

from carta.models.economics.checks import merged_transitions
from carta.models.economics.description import Formula, Model, OneTime, Strategy, Transition
from carta.models.economics.distributions import draw_parameters
from carta.models.economics.expressions import parse
from carta.models.economics.report import reference_of

#: Significant digits of a draw: its last digits are noise, and cost the reader's line.
_DIGITS = 6

_OPERATORS: dict[type[ast.AST], str] = {
    ast.Add: "+",
    ast.Sub: "-",
    ast.Mult: "*",
    ast.Div: "/",
    ast.Pow: "**",
    ast.Mod: "%",
    ast.FloorDiv: "//",
    ast.USub: "neg",
    ast.UAdd: "pos",
    ast.Not: "not",
    ast.And: "and",
    ast.Or: "or",
    ast.Lt: "<",
    ast.LtE: "<=",
    ast.Gt: ">",
    ast.GtE: ">=",
    ast.Eq: "==",
    ast.NotEq: "!=",
}


def tree(formula: Formula) -> Any:
    """Return an expression as numbers, names and lists ``[operator, argument, ...]``; calls begin with ``"call"``."""
    if isinstance(formula, int | float):
        return formula
    return _tree(parse(formula)._tree)


def _tree(node: ast.expr) -> Any:
    match node:
        case ast.Constant(value=value):
            return float(value)  # type: ignore[arg-type]
        case ast.Name(id=name):
            return name
        case ast.BinOp(left=left, op=op, right=right):
            return [_OPERATORS[type(op)], _tree(left), _tree(right)]
        case ast.UnaryOp(op=sign, operand=operand):
            return [_OPERATORS[type(sign)], _tree(operand)]
        case ast.BoolOp(op=junction, values=values):
            return [_OPERATORS[type(junction)], *(_tree(value) for value in values)]
        case ast.Compare(left=left, ops=ops, comparators=others):
            terms = [left, *others]
            parts = [[_OPERATORS[type(op)], _tree(terms[i]), _tree(terms[i + 1])] for i, op in enumerate(ops)]
            return parts[0] if len(parts) == 1 else ["and", *parts]
        case ast.Call(func=ast.Name(id=name), args=arguments):
            return ["call", name, *(_tree(argument) for argument in arguments)]
    raise AssertionError(node)  # parse() let nothing else through


def rounded_draws(model: Model, n: int, seed: int) -> dict[str, list[float]]:
    """Draws of the uncertain parameters with few digits, as the page gets them."""
    return {
        name: [float(f"{value:.{_DIGITS}g}") for value in values]
        for name, values in draw_parameters(model, n, seed).items()
    }


def export(model: Model, n: int, seed: int) -> dict[str, Any]:
    """Return a model and ``n`` draws as plain data.

    Raises:
        ValueError: for what the page's engine does not know: tunnel states, and other counting than half cycles.
    """
    if any(state.tunnel for state in model.states.values()):
        raise ValueError(f"{model.model}: the page's engine knows no tunnel states")
    if model.correction != "half-cycle" or model.counting_weights is not None:
        raise ValueError(f"{model.model}: the page's engine counts half cycles only")
    return {
        "model": model.model,
        "currency": model.currency,
        "cycleLength": model.cycle_length,
        "horizon": model.horizon,
        "startAge": tree(model.start_age),
        "discount": {
            "costs": tree(model.discount.costs),
            "effects": tree(model.discount.effects),
            "wholeYears": model.discount.by == "whole-years",
        },
        "thresholds": list(model.thresholds),
        "reference": reference_of(model),
        "parameters": {name: tree(parameter.value) for name, parameter in model.parameters.items()},
        "draws": rounded_draws(model, n, seed),
        "tables": {
            name: {"x": table.x, "y": table.y, "linear": table.interpolation == "linear"}
            for name, table in model.tables.items()
        },
        "states": [
            {
                "name": name,
                "label": state.label or name,
                "cost": tree(state.cost),
                "utility": tree(state.utility),
                "dead": state.dead,
            }
            for name, state in model.states.items()
        ],
        "strategies": {name: _strategy(model, strategy, name) for name, strategy in model.strategies.items()},
    }


def _strategy(model: Model, strategy: Strategy, name: str) -> dict[str, Any]:
    initial = strategy.initial if strategy.initial is not None else model.initial
    return {
        "label": strategy.label or name,
        "parameters": {key: tree(value) for key, value in strategy.parameters.items()},
        "initial": {state: tree(share) for state, share in initial.items()},
        "states": {
            state: {field: tree(value) for field, value in fields.items()}
            for state, fields in strategy.states.items()
        },
        "rows": {
            state: {aim: _move(move) for aim, move in row.items()}
            for state, row in merged_transitions(model, strategy).items()
        },
        "oneTime": [_one_time(item) for item in (*model.one_time, *strategy.one_time)],
    }


def _move(move: Transition | str) -> Any:
    if not isinstance(move, Transition):
        return "rest"
    return {
        field: tree(getattr(move, field))
        for field in ("probability", "rate", "hr", "rr", "cost", "effect")
        if getattr(move, field) is not None
    }


def _one_time(item: OneTime) -> dict[str, Any]:
    return {"at": item.at, "cost": tree(item.cost), "effect": tree(item.effect), "states": item.states}
