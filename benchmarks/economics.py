"""Speed of the probabilistic analysis of CARTA's lupus model, against the same model as a plain loop over draws.

    python benchmarks/economics.py [--n 10000] [--plain 300] [--seed 1]

Both get the same draws and must give the same answers. The plain loop is written as a textbook would have it in
NumPy: for each draw and strategy a transition array over all cycles, then one vector-matrix product a cycle. It is
timed on fewer draws (--plain) and scaled, unless --plain is n. The memory traffic of the engine is compared with what
this machine's memory can carry, measured by copying a large array.
"""

from __future__ import annotations

import argparse
import os
import time
from pathlib import Path

import numpy as np
import numpy.typing as npt

from carta.evidence import load
from carta.models.economics import Model
from carta.models.economics.carta_models import load_model
from carta.models.economics.cohort import traffic
from carta.models.economics.distributions import draw_parameters
from carta.models.economics.probabilistic import BLOCK, run_probabilistic

Array = npt.NDArray[np.float64]

REMISSION, CONTROLLED, ACTIVE, DEAD, AFTER_RITUXIMAB, DAMAGE = range(6)


def rate(probability: float | Array) -> float | Array:
    return -np.log1p(-np.asarray(probability))


def plain_draw(p: dict[str, float], women: Array, men: Array) -> list[tuple[float, float]]:
    """One draw of the lupus model (United States): cost and QALYs of each strategy."""
    length, cycles = 0.25, 240
    time_ = np.arange(cycles) * length
    age = p["age_at_start"] + time_
    at = np.clip(np.floor(age + 1e-9).astype(int) - 18, 0, len(women) - 1)
    m = rate(np.minimum(p["share_female"] * women[at] + (1 - p["share_female"]) * men[at], 0.99))
    m_active = m * p["smr"]
    m_controlled = m * (1 + p["controlled_share"] * (p["smr"] - 1))
    person_years = p["series_a"] * p["person_years_a"] / 12 + p["series_b"] * p["person_years_b"] / 365.25
    r_relapse = np.full(cycles, p["relapse_counts"] / person_years)
    r_loss = rate(min(p["p_loss"], 0.95))
    r_damage = rate(p["p_damage"])
    hr_belimumab = np.log(1 - p["health_bel"] / 100) / np.log(1 - p["health_standard"] / 100)
    discount_rate = p["discount_percent"] / 100
    ends = np.arange(cycles + 1) * length
    discount = (1 + discount_rate) ** -ends
    weights = np.ones(cycles + 1)
    weights[[0, -1]] = 0.5
    c_active = p["cost_severe"] * p["f_active"] * p["inflation"]
    c_controlled = p["cost_mild"] * p["f_low"] * p["inflation"]
    c_remission = c_active * p["cost_after_share"] / p["cost_before"]
    u_active = p["u_active_mild"] - p["severity"] * (p["u_active_mild"] - p["u_active_severe"])
    u_damage = p["u_remission"] - p["u_damage_loss"]
    utility = np.array([p["u_remission"], p["u_remission"], u_active, 0, p["u_remission"], u_damage])
    results = []
    for strategy in ("care", "cart", "belimumab", "rituximab"):
        on = (time_ < p["belimumab_years"]) & (strategy == "belimumab")
        r_control = rate(p["p_control"]) * np.where(on, hr_belimumab, 1.0)
        rates = np.zeros((cycles, 6, 6))
        rates[:, REMISSION, ACTIVE] = r_relapse
        rates[:, REMISSION, DAMAGE] = r_damage * p["damage_ratio"]
        rates[:, REMISSION, DEAD] = m_controlled
        rates[:, CONTROLLED, ACTIVE] = r_loss
        rates[:, CONTROLLED, DAMAGE] = r_damage * p["damage_ratio"]
        rates[:, CONTROLLED, DEAD] = m_controlled
        rates[:, AFTER_RITUXIMAB, ACTIVE] = rate(p["well_after_rituximab"])
        rates[:, AFTER_RITUXIMAB, DAMAGE] = r_damage * p["damage_ratio"]
        rates[:, AFTER_RITUXIMAB, DEAD] = m_controlled
        rates[:, ACTIVE, CONTROLLED] = r_control
        rates[:, ACTIVE, DAMAGE] = r_damage
        rates[:, ACTIVE, DEAD] = m_active
        rates[:, DAMAGE, DEAD] = m_active * p["damage_mortality"]
        total = rates.sum(axis=2, keepdims=True)
        share = np.divide(1 - np.exp(-total * length), total, out=np.zeros_like(total), where=total > 0)
        matrix = rates * share
        matrix[:, range(6), range(6)] = 1 - matrix.sum(axis=2)
        cohort = np.zeros(6)
        cost, effect = 0.0, 0.0
        if strategy == "cart":
            made = 1 - p["no_product"]
            alive = made * (1 - p["procedure_death"])
            cohort[REMISSION] = alive * p["p_remission"]
            cohort[DEAD] = made * p["procedure_death"]
            cohort[ACTIVE] = 1 - cohort[REMISSION] - cohort[DEAD]
            cost += p["price"] * made
            cost += (p["total_inpatient"] - p["total_product"]) * p["f_episode"] * p["inflation"]
            effect -= p["procedure_loss"] * (1 - cohort[DEAD])
        elif strategy == "rituximab":
            cohort[AFTER_RITUXIMAB] = 1
            cost += p["c_rituximab"]
        else:
            cohort[ACTIVE] = 1
        trace = np.empty((cycles + 1, 6))
        trace[0] = cohort
        for t in range(cycles):
            trace[t + 1] = trace[t] @ matrix[t]
        drug = np.where((ends < p["belimumab_years"]) & (strategy == "belimumab"), p["c_belimumab"], 0.0)
        costs = np.tile([c_remission, c_controlled, c_active, 0, c_controlled, c_active], (cycles + 1, 1))
        costs[:, CONTROLLED] += drug
        costs[:, ACTIVE] += drug
        cost += float(((trace * costs).sum(axis=1) * discount * weights).sum() * length)
        effect += float(((trace @ utility) * discount * weights).sum() * length)
        results.append((cost, effect))
    return results


def plain(model: Model, draws: dict[str, Array], n: int) -> Array:
    """The plain loop over the first n draws; shape (n, strategies, 2)."""
    fixed = {name: float(q.value) for name, q in model.parameters.items() if isinstance(q.value, int | float)}
    women, men = (np.asarray(model.tables[name].y) for name in ("mortality_women", "mortality_men"))
    return np.array(
        [plain_draw({**fixed, **{k: float(v[i]) for k, v in draws.items()}}, women, men) for i in range(n)]
    )


def bandwidth() -> float:
    """Bytes a second that copying a large array reads and writes."""
    source = np.ones(32_000_000)
    target = np.empty_like(source)
    best = np.inf
    for _ in range(4):
        start = time.perf_counter()
        np.copyto(target, source)
        best = min(best, time.perf_counter() - start)
    return 2 * source.nbytes / best


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--n", type=int, default=10_000)
    parser.add_argument("--plain", type=int, default=320)
    parser.add_argument("--seed", type=int, default=1)
    options = parser.parse_args()
    root = Path(__file__).resolve().parents[1]
    model, source = load_model("lupus-us", load(root))
    draws = draw_parameters(model, options.n, options.seed)

    run_probabilistic(model, 2 * BLOCK, options.seed, source=source)  # compiles the inner loop
    # The two take turns, and each counts its best turn, so that whatever else the machine does weighs on neither.
    parts, plain_best, engine_best, engine_cpu = [], np.inf, np.inf, np.inf
    turns = np.array_split(np.arange(options.plain), 8)
    for turn in turns:
        start = time.perf_counter()
        chosen = {name: values[turn] for name, values in draws.items()}
        parts.append(plain(model, chosen, len(turn)))
        plain_best = min(plain_best, (time.perf_counter() - start) / len(turn) * options.n)
        start, cpu = time.perf_counter(), time.process_time()
        result = run_probabilistic(model, options.n, options.seed, source=source)
        engine_best = min(engine_best, time.perf_counter() - start)
        engine_cpu = min(engine_cpu, time.process_time() - cpu)
    slow = np.concatenate(parts)

    fast = np.stack([result.cost, result.effect], axis=2)[: options.plain]
    worst = float(np.max(np.abs(fast / slow - 1)))
    moved = traffic(model, {name: values[:BLOCK] for name, values in draws.items()}) * options.n / BLOCK
    peak = bandwidth()
    print(
        f"{model.model}: {options.n} draws, {len(model.strategies)} strategies, {model.cycles} cycles, {os.cpu_count()} cores"
    )
    print(f"plain loop over draws: {plain_best:8.2f} s ({options.plain} draws timed)")
    print(
        f"engine:                {engine_best:8.2f} s ({engine_cpu:.2f} s of processor time), drawing included"
    )
    print(f"ratio:                 {plain_best / engine_best:8.1f}")
    print(f"largest difference:    {worst:8.1e} (relative, {options.plain} draws)")
    print(
        f"bytes of the blocks' buffers, written once and read once a draw and cycle: {moved / 1e9:.2f} GB, {moved / engine_best / 1e9:.2f} GB/s; "
        f"copying reaches {peak / 1e9:.2f} GB/s ({moved / engine_best / peak:.0%} of it)"
    )
    assert worst < 1e-9, "the two do not agree"


if __name__ == "__main__":
    main()
