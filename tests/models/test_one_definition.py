"""Printed equations and generated code are those of the model that is computed."""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
import sympy as sp

from carta.evidence import load
from carta.models.kinetics import javascript, lsoda, system
from carta.models.kinetics.equations import groups
from carta.models.kinetics.scenarios import SCENARIOS, scenario
from carta.models.kinetics.settings import Library
from carta.models.kinetics.solution import start_vector

ROOT = Path(__file__).resolve().parents[2]


def test_every_state_and_constant_is_printed() -> None:
    text = " ".join(equation.tex for group in groups() for equation in group.equations)
    for state in system.STATES:
        assert rf"\frac{{d{sp.latex(state.symbol)}}}{{dt}}" in text
    for constant in system.CONSTANTS.values():
        # The share of B cells lost is a start value, which the tables of states give.
        if constant.name != "b_lost":
            assert sp.latex(constant.symbol) in text, constant.name


def test_a_changed_rate_changes_print_and_code(monkeypatch: pytest.MonkeyPatch) -> None:
    before = javascript.module(), groups()
    symbol = system.STATES[1].symbol
    monkeypatch.setitem(system.RATES, symbol, system.RATES[symbol] * 2)
    javascript.module.cache_clear()
    try:
        assert javascript.module() != before[0]
        assert groups() != before[1]
    finally:
        monkeypatch.undo()
        javascript.module.cache_clear()
    assert javascript.module() == before[0]


def test_the_generated_code_computes_the_same_rates(tmp_path: Path) -> None:
    """At random states of every scenario; the browser test compares whole curves."""
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node: the browser test covers it")
    library = Library(load(ROOT))
    rng = np.random.default_rng(5)
    cases = []
    for name in SCENARIOS:
        settings = scenario(library, name).settings
        states = np.abs(start_vector(settings)) * rng.uniform(0.1, 1.5, len(system.STATES))
        states[:2] = rng.uniform(1e6, 1e10, 2)
        states[11:] = rng.uniform(0, 1, 2)
        cases.append((float(rng.uniform(0, 60)), states.tolist(), settings.vector()))
    (tmp_path / "model.mjs").write_text(javascript.module(), encoding="utf-8")
    (tmp_path / "run.mjs").write_text(
        "import { rates } from './model.mjs';\n"
        f"const found = {json.dumps(cases)}.map(([t, y, p]) => {{ const d = []; rates(t, y, p, d); return d; }});\n"
        "console.log(JSON.stringify(found));\n",
        encoding="utf-8",
    )
    run = subprocess.run([node, "run.mjs"], cwd=tmp_path, capture_output=True, text=True, check=True)
    for (t, states, constants), found in zip(cases, json.loads(run.stdout), strict=True):
        assert found == pytest.approx(lsoda.rates()(t, *states, *constants), rel=1e-11, abs=1e-14)
