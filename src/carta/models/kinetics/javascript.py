"""The model as an ES module for the browser, generated from the same symbols as everything else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import cache

import sympy as sp

from carta.models.kinetics.system import (
    CONSTANTS,
    DECLINE,
    DOSES,
    EXTINCTION,
    PRODUCTION_LEFT,
    READOUTS,
    STATES,
    TIME,
    expanded,
    rate_vector,
)

#: Name of the generated file.
FILENAME = "carta-kinetics-model.js"

_PLACES: dict[sp.Symbol, sp.Symbol] = {
    TIME: sp.Symbol("t", real=True),
    **{state.symbol: sp.Symbol(f"y[{index}]", real=True) for index, state in enumerate(STATES)},
    **{
        constant.symbol: sp.Symbol(f"p[{index}]", real=True)
        for index, constant in enumerate(CONSTANTS.values())
    },
}


def _code(expression: sp.Expr) -> str:
    return str(sp.jscode(expression))


def _body(expressions: Sequence[sp.Expr]) -> tuple[list[str], list[str]]:
    """Return lines that compute shared parts, and the code of each expression."""
    placed = [sp.sympify(expression).xreplace(_PLACES) for expression in expressions]
    shared, reduced = sp.cse(placed, symbols=sp.numbered_symbols("x", real=True))
    return [f"  const {name} = {_code(part)};" for name, part in shared], [_code(part) for part in reduced]


def _function(head: str, expressions: Sequence[sp.Expr], targets: Sequence[str]) -> list[str]:
    lines, values = _body(expressions)
    return [
        head,
        *lines,
        *(f"  {target} = {value};" for target, value in zip(targets, values, strict=True)),
        "}",
    ]


@cache
def module() -> str:
    """Return the text of the module; equal models give equal bytes.

    It exports names, scales and the functions ``start``, ``rates``, ``doses``, ``thresholds``, ``readouts`` and
    ``decline``, in which ``t`` is the day, ``y`` the states and ``p`` the constants, both as arrays in the order of
    ``STATES`` and ``CONSTANTS``.
    """
    symbols = [state.symbol for state in STATES]
    lines = [
        "// The minimal model of the immune reset. Generated from carta.models.kinetics.system: change it there.",
        f"export const STATES = {json.dumps([state.name for state in STATES])};",
        f"export const SCALES = {json.dumps([float(state.scale) for state in STATES])};",
        f"export const CONSTANTS = {json.dumps(list(CONSTANTS))};",
        "",
        "// States at time zero, before the first dose.",
        *_function(
            "export function start(p, y) {",
            [state.start for state in STATES],
            [f"y[{index}]" for index in range(len(STATES))],
        ),
        "",
        "// Derivatives by time.",
        *_function(
            "export function rates(t, y, p, d) {",
            rate_vector(),
            [f"d[{index}]" for index in range(len(STATES))],
        ),
        "",
        "// What a dose of each kind changes.",
        "export const doses = {",
    ]
    for kind, resets in DOSES.items():
        shared, values = _body(list(resets.values()))
        lines += [f"  {kind}(y, p) {{", *shared]
        lines += [f"    const n{place} = {value};" for place, value in enumerate(values)]
        lines += [f"    y[{symbols.index(symbol)}] = n{place};" for place, symbol in enumerate(resets)]
        lines += ["  },"]
    lines += [
        "};",
        "",
        "// A state that falls below its threshold becomes zero.",
        "export const thresholds = [",
    ]
    for symbol, threshold in EXTINCTION.items():
        code = _code(threshold.xreplace(_PLACES))
        lines.append(f"  {{ place: {symbols.index(symbol)}, value: (p) => {code} }},")
    lines += ["];", "", "export const readouts = {"]
    for name, (_, _, expression) in READOUTS.items():
        code = _code(expanded(expression).xreplace(_PLACES))
        lines.append(f"  {name}: (t, y, p) => {code},")
    decline = DECLINE.xreplace(
        {PRODUCTION_LEFT: sp.Symbol("s"), CONSTANTS["igg_loss"].symbol: sp.Symbol("k")}
    )
    lines += [
        "};",
        "",
        "// Antibody on day t when its production drops to the share s; k is its loss rate.",
        f"export const decline = (t, s, k) => {_code(decline.xreplace(_PLACES))};",
        "",
    ]
    return "\n".join(lines)
