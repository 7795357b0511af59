"""Kimmel et al. 2021: normal and CAR T cells compete for the room that lymphodepletion leaves, and kill a tumour."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt
from scipy.integrate import solve_ivp

if TYPE_CHECKING:
    from carta.evidence import Evidence

Vector = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Competition:
    """Normal T cells, CAR T cells and tumour cells in time, each of shape (n,)."""

    times: Vector
    normal: Vector
    car_t: Vector
    tumour: Vector
    sources: tuple[str, ...] = ("kimmel-2021-rspb",)


def kimmel(
    evidence: Evidence,
    times: npt.ArrayLike,
    *,
    tumour_growth: float | None = None,
    normal_at_start: float | None = None,
    rtol: float = 1e-8,
) -> Competition:
    """Solve the deterministic part of the model with the parameters of ``evidence/parameters/kimmel-2021.yaml``.

    ``dN/dt = -r_N N ln((N + C) / K_N)``, ``dC/dt = -r_C(T) C ln((N + C) / K_C)`` with
    ``r_C(T) = rho_C + b (T - K_N)^2 / (a T^2 + (T - K_N)^2)``, ``T = N + C``, and
    ``dB/dt = r_B B - gamma_B B C / (k_B + C)``. The published simulation treats fewer than a hundred tumour cells as
    a birth-death process, which is left out here.

    Args:
        evidence: the base.
        times: ascending days of output, shape (n,), from zero.
        tumour_growth: 1/day; the middle of the published range on the log scale when not given.
        normal_at_start: normal T cells at infusion; their capacity stands for no lymphodepletion.
        rtol: relative tolerance.

    Raises:
        RuntimeError: LSODA gave up.
    """
    parameters = evidence.parameters("kimmel-2021").parameters
    v = {name: float(p.value) for name, p in parameters.items() if isinstance(p.value, int | float)}
    span = parameters["rb"].range
    if tumour_growth is None:
        if span is None:
            raise RuntimeError("kimmel-2021:rb has no range")
        tumour_growth = float(np.sqrt(span[0] * span[1]))
    rate = tumour_growth

    def rates(_: float, y: Vector) -> list[float]:
        normal, car = y[0], y[1]
        total = normal + car
        empty = (total - v["kn"]) ** 2
        boost = v["rhoc"] + v["b"] * empty / (v["a"] * total**2 + empty)
        return [
            -v["rn"] * normal * np.log(total / v["kn"]),
            -boost * car * np.log(total / v["kc"]),
            # The logarithm of the tumour: its linear equation then never runs below zero.
            rate - v["gammab"] * car / (v["kb"] + car),
        ]

    grid = np.asarray(times, dtype=float)
    start = [v["n0"] if normal_at_start is None else normal_at_start, v["c0"], np.log(v["b0"])]
    result = solve_ivp(
        rates, (grid[0], grid[-1]), start, method="LSODA", t_eval=grid, rtol=rtol, atol=[1.0, 1.0, 1e-8]
    )
    if not result.success:
        raise RuntimeError(f"the competition model could not be solved: {result.message}")
    return Competition(grid, result.y[0], result.y[1], np.exp(result.y[2]))
