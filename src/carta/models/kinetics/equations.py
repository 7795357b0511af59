"""The equations as TeX, printed from the symbols that the solvers compute with."""

from __future__ import annotations

from typing import NamedTuple

import sympy as sp

from carta.models.kinetics.system import BETWEEN, BETWEEN_WHAT, DOSES, EXTINCTION, RATES, READOUTS, STATES


class Equation(NamedTuple):
    """One formula."""

    #: What it gives, in words.
    what: str
    #: TeX without dollars.
    tex: str


class Group(NamedTuple):
    """Equations that belong together."""

    title: str
    equations: tuple[Equation, ...]


_GROUPS: dict[str, tuple[str, ...]] = {
    "CAR T cells": ("effectors", "memory"),
    "B lineage": ("precursors", "naive", "autoreactive"),
    "Plasma cells": ("short_lived", "long_lived", "new_long_lived"),
    "Antibodies": ("autoantibody", "vaccine_antibody", "igg"),
    "Carried by mRNA, or an antibody in place of cells": ("car_per_cell", "antibody"),
}

_DOSE_WORDS = {
    "infusion": "an infusion of CAR T cells",
    "mrna": "a dose of mRNA",
    "antibody": "a course of the antibody",
}


def _tex(expression: sp.Expr) -> str:
    return str(sp.latex(expression, ln_notation=True, order="none"))


def groups() -> list[Group]:
    """Return all equations of the model, grouped: in between, rates, doses, extinction, readouts."""
    between = tuple(
        Equation(BETWEEN_WHAT[symbol], f"{_tex(symbol)} = {_tex(expression)}")
        for symbol, expression in BETWEEN.items()
    )
    by_name = {state.name: state for state in STATES}
    rates = [
        Group(
            title,
            tuple(
                Equation(
                    by_name[name].what,
                    rf"\frac{{d{_tex(by_name[name].symbol)}}}{{dt}} = {_tex(RATES[by_name[name].symbol])}",
                )
                for name in names
            ),
        )
        for title, names in _GROUPS.items()
    ]
    jumps = [
        Equation(
            f"at {_DOSE_WORDS[kind]}",
            r",\quad ".join(rf"{_tex(symbol)} \leftarrow {_tex(value)}" for symbol, value in resets.items()),
        )
        for kind, resets in DOSES.items()
    ]
    jumps += [
        Equation("below one cell", rf"{_tex(symbol)} < {_tex(threshold)}:\quad {_tex(symbol)} \leftarrow 0")
        for symbol, threshold in EXTINCTION.items()
    ]
    shown = ("car_t_blood", "b_blood")
    readouts = tuple(Equation(READOUTS[name][0], _tex(READOUTS[name][2])) for name in shown)
    return [Group("In between", between), *rates, Group("Jumps", tuple(jumps)), Group("In blood", readouts)]
