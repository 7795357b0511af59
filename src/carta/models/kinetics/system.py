"""The minimal model of the immune reset, defined once, symbolically.

Printed equations (:mod:`.equations`), the numerical solvers (:mod:`.lsoda`, :mod:`.taylor`) and the code that runs in
the reader's browser (:mod:`.javascript`) are all made from the objects of this module, so that they cannot differ.

Time is in days. CAR T cells are counted in cells of the whole body; B cells in shares of the normal pool; plasma
cells, antibodies and IgG in shares of their level before treatment.

The form follows published parts: niche and Gompertz regrowth from Kimmel 2021, contraction and memory from Stein
2019, B-cell turnover from Pan 2019. The whole is a teaching model of ours, and no published model.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import Any, NamedTuple

import sympy as sp


class State(NamedTuple):
    """A quantity that changes in time."""

    name: str
    symbol: sp.Symbol
    #: What it is, as a table would say it.
    what: str
    unit: str
    #: Value at time zero, before the first dose.
    start: sp.Expr
    #: A typical size, from which absolute tolerances are taken.
    scale: float


class Quantity(NamedTuple):
    """A constant of the model, or something computed from states and constants."""

    name: str
    symbol: sp.Symbol
    what: str


def _symbol(tex: str) -> sp.Symbol:
    return sp.Symbol(tex, real=True)


def _constants() -> dict[str, Quantity]:
    rows = [
        ("dose", "D", "CAR T cells infused"),
        ("engrafting", "f", "share of infused cells that engraft"),
        ("growth", r"\rho", "maximal growth of effectors"),
        ("theta", r"\theta", "target load at half-maximal stimulation"),
        ("capacity", "K_C", "capacity of CAR T cells"),
        ("niche_refill", "r_L", "regrowth rate of normal T cells after lymphodepletion"),
        ("lymphocytes_left", "l_0", "lymphocytes at infusion as a share of normal"),
        ("effector_death", r"\delta_E", "death rate of effectors"),
        ("memory_formation", "r_M", "formation of memory CAR T"),
        ("memory_death", r"\delta_M", "death rate of memory CAR T"),
        ("killing", r"\kappa", "maximal killing rate"),
        ("half_killing", "K", "CAR T cells at half-maximal killing"),
        ("b_turnover", r"\mu_N", "turnover of naive B cells"),
        ("precursor_recovery", "k_Q", "recovery of precursors"),
        ("memory_b_division", r"\lambda_R", "division rate of antigen-experienced B cells"),
        ("autoreactive_share", "f_R", "share of autoreactive cells in the B pool"),
        ("new_tolerance_loss", r"\varepsilon", "new loss of tolerance"),
        ("b_pool", "B_0", "B cells in the body"),
        ("b_lost", r"\ell", "share of B cells removed by lymphodepletion"),
        ("c_q", "c_Q", "sensitivity of precursors to killing"),
        ("c_n", "c_N", "sensitivity of naive B cells to killing"),
        ("c_r", "c_R", "sensitivity of autoreactive B cells to killing"),
        ("c_s", "c_S", "sensitivity of short-lived plasma cells to killing"),
        ("c_l", "c_L", "sensitivity of long-lived plasma cells to killing"),
        ("w_n", "w_N", "weight of naive B cells as target"),
        ("w_r", "w_R", "weight of autoreactive B cells as target"),
        ("w_s", "w_S", "weight of short-lived plasma cells as target"),
        ("w_l", "w_L", "weight of long-lived plasma cells as target"),
        ("short_lived_death", r"\delta_S", "death rate of short-lived plasma cells"),
        ("long_lived_death", r"\delta_L", "death rate of long-lived plasma cells"),
        ("niche_plasma", r"\eta", "refill of the plasma-cell niche"),
        ("igg_loss", "k_A", "loss rate of IgG"),
        ("fa", "f_A", "share of autoantibody from short-lived cells"),
        ("fv", "f_V", "share of vaccine antibody from short-lived cells"),
        ("gs", "g_S", "share of total IgG from short-lived cells"),
        ("phi", r"\phi", "share of T cells in blood"),
        ("blood_volume", "V_b", "blood volume"),
        ("blood_b", "b_0", "B cells in blood before treatment"),
        ("mrna", r"\chi", "one for a CAR carried by mRNA, zero for an integrating vector"),
        ("car_loss", "k_q", "loss of the CAR, mRNA only"),
        ("division", r"\rho_{div}", "division rate of cells that dilute the CAR, mRNA only"),
        ("reach", r"\pi", "share of CAR cells that reach the tissue while they carry the CAR, mRNA only"),
        ("q50", "q_{50}", "CAR per cell at half-maximal effect"),
        ("mrna_dose", "D_q", "cells that carry the CAR after each mRNA dose"),
        ("antibody_killing", "k_r", "killing by the antibody at the start"),
        ("antibody_half_life", "h_r", "half-life of the effect of the antibody"),
    ]
    return {name: Quantity(name, _symbol(tex), what) for name, tex, what in rows}


#: Constants by name.
CONSTANTS = _constants()

TIME = sp.Symbol("t", real=True)

_c = {name: quantity.symbol for name, quantity in CONSTANTS.items()}
_E, _M, _Q, _N, _R = (_symbol(tex) for tex in ("E", "M", "Q", "N", "R"))
_PS, _PL, _PN, _A, _V, _G = (_symbol(tex) for tex in ("P_S", "P_L", "P_N", "A", "V", "G"))
_q, _u = _symbol("q"), _symbol("u")

#: States in the order of every vector.
STATES = (
    State("effectors", _E, "effector CAR T cells", "cell", sp.Integer(0), 1e9),
    State("memory", _M, "memory CAR T cells", "cell", sp.Integer(0), 1e8),
    State("precursors", _Q, "marrow precursors", "share of normal", sp.Integer(1), 1),
    State(
        "naive",
        _N,
        "naive B cells",
        "share of the normal B pool",
        (1 - _c["autoreactive_share"]) * (1 - _c["b_lost"]),
        1,
    ),
    State(
        "autoreactive",
        _R,
        "autoreactive B cells",
        "share of the normal B pool",
        _c["autoreactive_share"] * (1 - _c["b_lost"]),
        # A single cell of the pool must be resolved, since extinction is decided there.
        1e-8,
    ),
    State("short_lived", _PS, "short-lived plasma cells", "share of baseline", sp.Integer(1), 1),
    State("long_lived", _PL, "long-lived plasma cells of before", "share of baseline", sp.Integer(1), 1),
    State(
        "new_long_lived", _PN, "long-lived plasma cells formed since", "share of baseline", sp.Integer(0), 1
    ),
    State("autoantibody", _A, "autoantibody", "share of baseline", sp.Integer(1), 1),
    State("vaccine_antibody", _V, "vaccine antibody", "share of baseline", sp.Integer(1), 1),
    State("igg", _G, "total IgG", "share of baseline", sp.Integer(1), 1),
    State("car_per_cell", _q, "CAR per cell, mRNA only", "share", sp.Integer(0), 1),
    State("antibody", _u, "killing rate of the antibody", "1/day", sp.Integer(0), 1),
)

STATE_NAMES = tuple(state.name for state in STATES)

_T, _psi, _eta_q, _X, _k, _K_L = (_symbol(tex) for tex in ("T", r"\psi", r"\eta_q", "X", "k", "K_L"))

#: Quantities in between, each in terms of states, constants and those before it.
BETWEEN: dict[sp.Symbol, sp.Expr] = {
    _T: _c["w_n"] * _N + _c["w_r"] * _R + _c["w_s"] * _PS + _c["w_l"] * (_PL + _PN),
    _psi: 1 - sp.exp(sp.log(_c["lymphocytes_left"]) * sp.exp(-_c["niche_refill"] * TIME)),
    _eta_q: 1 - _c["mrna"] + _c["mrna"] * _c["reach"] * _q / (_q + _c["q50"]),
    _X: _E * _eta_q + _M,
    _k: _c["killing"] * _X / (_c["half_killing"] + _X),
    _K_L: 1 + _c["long_lived_death"] / _c["niche_plasma"],
}

#: What each of the quantities in between stands for.
BETWEEN_WHAT = {
    _T: "target load",
    _psi: "room that lymphodepletion left",
    _eta_q: "share of effectors that act",
    _X: "CAR T cells that act",
    _k: "killing rate",
    _K_L: "capacity of the plasma-cell niche",
}


def _rates() -> dict[sp.Symbol, sp.Expr]:
    c = _c
    return {
        _E: c["growth"] * _T / (_T + c["theta"]) * _psi * (1 - (_E + _M) / c["capacity"]) * _E
        - (c["effector_death"] + c["memory_formation"]) * _E,
        _M: c["memory_formation"] * _E - c["memory_death"] * _M,
        _Q: c["precursor_recovery"] * (1 - _Q) - c["c_q"] * _k * _Q,
        _N: c["b_turnover"] * (1 - c["autoreactive_share"]) * _Q
        - (c["b_turnover"] + c["c_n"] * _k + _u) * _N,
        _R: c["memory_b_division"] * _R * (1 - _R / c["autoreactive_share"])
        - (c["c_r"] * _k + _u) * _R
        + c["new_tolerance_loss"] * _N,
        _PS: c["short_lived_death"] * _R / c["autoreactive_share"]
        - (c["short_lived_death"] + c["c_s"] * _k) * _PS,
        _PL: c["long_lived_death"] * _R / c["autoreactive_share"]
        - (c["long_lived_death"] + c["c_l"] * _k) * _PL,
        _PN: c["niche_plasma"] * (_N + _R) * sp.Max(0, 1 - (_PL + _PN) / _K_L)
        - (c["long_lived_death"] + c["c_l"] * _k) * _PN,
        _A: c["igg_loss"] * (c["fa"] * _PS + (1 - c["fa"]) * _PL - _A),
        _V: c["igg_loss"] * (c["fv"] * (_N + _R) + (1 - c["fv"]) * _PL - _V),
        _G: c["igg_loss"] * (c["gs"] * (_N + _R) + (1 - c["gs"]) * (_PL + _PN) - _G),
        _q: -c["mrna"] * (c["car_loss"] + c["division"]) * _q,
        _u: -sp.log(2) / c["antibody_half_life"] * _u,
    }


#: Time derivative of each state, in terms of states, constants and the quantities in between.
RATES = _rates()

#: What a dose of each kind sets, from the state just before it.
DOSES: dict[str, dict[sp.Symbol, sp.Expr]] = {
    "infusion": {_E: _E + _c["engrafting"] * _c["dose"]},
    "mrna": {_E: _c["mrna_dose"], _q: sp.Integer(1)},
    "antibody": {_u: _u + _c["antibody_killing"]},
}

#: A population that becomes zero once it falls below the value (one cell of the pool).
EXTINCTION: dict[sp.Symbol, sp.Expr] = {_R: 1 / _c["b_pool"]}

#: What a blood sample or a report would show.
READOUTS: dict[str, tuple[str, str, sp.Expr]] = {
    "car_t_blood": (
        "CAR T cells in blood",
        "cell/uL",
        _c["phi"] * (_E + _M) / _c["blood_volume"],
    ),
    "b_pool_share": ("B cells", "share of the normal B pool", _N + _R),
    "b_blood": ("B cells in blood", "cell/uL", (_N + _R) * _c["blood_b"]),
    "clones": (
        "autoreactive B cells",
        "share of their normal level",
        _R / _c["autoreactive_share"],
    ),
    "plasma_cells": ("long-lived plasma cells, old and new", "share of baseline", _PL + _PN),
    "kill_rate": ("killing rate", "1/day", _k),
    "room": ("room that lymphodepletion left", "share", _psi),
}

#: Autoantibody when its production drops at once to a share of what it was: the answer of the antibody equation alone.
PRODUCTION_LEFT = _symbol("s")
DECLINE = PRODUCTION_LEFT + (1 - PRODUCTION_LEFT) * sp.exp(-_c["igg_loss"] * TIME)


def expanded(expression: sp.Expr) -> sp.Expr:
    """Return an expression in states, constants and time alone."""
    for symbol in reversed(list(BETWEEN)):
        expression = expression.subs(symbol, BETWEEN[symbol])
    return expression


def rate_vector() -> list[sp.Expr]:
    """Return the derivatives in the order of :data:`STATES`, in states, constants and time alone."""
    return [expanded(RATES[state.symbol]) for state in STATES]


@cache
def decline_function() -> Callable[..., Any]:
    """Return :data:`DECLINE` as a NumPy function of day, share of production left, and loss rate of IgG."""
    return sp.lambdify((TIME, PRODUCTION_LEFT, CONSTANTS["igg_loss"].symbol), DECLINE, "numpy")  # type: ignore[no-any-return]
