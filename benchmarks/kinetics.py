"""How fast virtual patients are solved, against a plain loop of SciPy's LSODA with a Python right-hand side.

Same patients, same relative tolerance, same daily output over two years, same answers (checked). Prints both times,
their ratio, and the share of the fast run's processor time that is not arithmetic of the integrator: starting chunks,
drawing up arrays, sending results between processes.

Run: python benchmarks/kinetics.py [--patients 1000] [--plain 200] [--cores 2]
"""

from __future__ import annotations

import argparse
import time
from concurrent.futures import Executor, ProcessPoolExecutor, ThreadPoolExecutor
from pathlib import Path

import numpy as np

from carta.evidence import load
from carta.models.kinetics import lsoda, taylor
from carta.models.kinetics.measures import grid
from carta.models.kinetics.patients import draw_patients, simulate_patients, spreads
from carta.models.kinetics.scenarios import Scenario, scenario
from carta.models.kinetics.settings import Library
from carta.models.kinetics.solution import RELATIVE_TOLERANCE

ROOT = Path(__file__).resolve().parents[1]
DAYS = grid(730.0, 1.0)


def warm(_: int) -> float:
    """Compile the model in a worker; return the seconds that took."""
    start = time.perf_counter()
    taylor.integrator(RELATIVE_TOLERANCE * taylor.MARGIN)
    time.sleep(0.2)
    return time.perf_counter() - start - 0.2


def arithmetic(patients: list[Scenario]) -> float:
    """Return the seconds that the integrator itself takes for these patients, in this process."""
    compiled = taylor.integrator(RELATIVE_TOLERANCE * taylor.MARGIN)
    inner = compiled._adaptive
    spent = 0.0

    class Timed:
        def __getattr__(self, name: str) -> object:
            return getattr(inner, name)

        def propagate_grid(self, *args: object, **kwargs: object) -> object:
            nonlocal spent
            start = time.perf_counter()
            found = inner.propagate_grid(*args, **kwargs)
            spent += time.perf_counter() - start
            return found

    compiled._adaptive = Timed()
    try:
        taylor.solve_many(patients, DAYS)
    finally:
        compiled._adaptive = inner
    return spent


def timed(patients: list[Scenario], executor: Executor | None) -> tuple[float, list[np.ndarray]]:
    """Return the best of three times and the states."""
    best = float("inf")
    for _ in range(3):
        start = time.perf_counter()
        solved = simulate_patients(patients, DAYS, executor=executor)
        best = min(best, time.perf_counter() - start)
    return best, [solution.states for solution in solved]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("--patients", type=int, default=1000)
    parser.add_argument(
        "--plain", type=int, default=200, help="patients of the plain loop; its time is scaled"
    )
    parser.add_argument("--cores", type=int, default=2)
    options = parser.parse_args()
    evidence = load(ROOT)
    chosen = scenario(Library(evidence), "cd19")
    patients = draw_patients(chosen, spreads(evidence), options.patients, seed=1)

    lsoda.rates()
    some = patients[: options.plain]
    start = time.perf_counter()
    plain = [lsoda.solve(patient, DAYS, exact_jacobian=False).states for patient in some]
    plain_time = (time.perf_counter() - start) * len(patients) / len(some)

    first = warm(0)
    one, _ = timed(patients, None)
    inner = arithmetic(patients)
    with ThreadPoolExecutor(options.cores) as threads:
        list(threads.map(warm, range(options.cores * 2)))
        threaded, states = timed(patients, threads)
    with ProcessPoolExecutor(options.cores) as processes:
        list(processes.map(warm, range(options.cores * 2)))
        many, _ = timed(patients, processes)

    difference = max(
        float((np.abs(a - b) / np.maximum(np.abs(a).max(axis=0), 1e-300)).max())
        for a, b in zip(plain, states, strict=False)
    )
    print(f"patients {len(patients)}, two years, relative tolerance {RELATIVE_TOLERANCE:g}")
    print(f"plain loop of LSODA: {plain_time:.2f} s (measured on {len(some)} patients)")
    print(f"compiled, one process: {one:.3f} s, {plain_time / one:.0f} times as fast")
    print(f"compiled, {options.cores} threads: {threaded:.3f} s, {plain_time / threaded:.0f} times as fast")
    print(f"compiled, {options.cores} processes: {many:.3f} s, {plain_time / many:.0f} times as fast")
    share = {"one thread": one, f"{options.cores} threads": threaded * options.cores}
    share[f"{options.cores} processes"] = many * options.cores
    told = ", ".join(f"{1 - inner / total:.0%} with {name}" for name, total in share.items())
    print(f"share of the time that is not arithmetic: {told}")
    print(f"compiling once for each process: {first:.2f} s")
    print(f"largest difference, relative to the largest value of each state: {difference:.1e}")


if __name__ == "__main__":
    main()
