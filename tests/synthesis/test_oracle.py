"""Our numbers against R: metafor, lme4 and R's own optimiser, on published and on our own counts.

``oracle/oracle.R`` says how they were made. Tolerances: 1e-6 for closed forms; 1e-4 on the reporting scale (fractions
of one) for what is found by iteration. ``rma.glmm`` is held at 25 nodes of its quadrature; its default of 7 has not
settled where a study has no or only events, and is held at 1e-3.
"""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from carta.synthesis import meta_regression, pool, subgroups
from carta.synthesis.result import PooledProportion
from needs import lacking
from synthesis.oracle_data import ORACLE, read_counts, read_expected

COUNTS = read_counts()
EXPECTED = read_expected()

CLOSED, ITERATED, COARSE = 1e-6, 1e-4, 1e-3
#: Where Hartung and Knapp's interval has no width, ours is Wald's (and says so).
NO_WIDTH = {("made-equal", "PLO DL knha"), ("made-equal", "PLO REML knha")}
MODELS = {
    "glmm": "glmm",
    "glmer": "glmm",
    "beta-binomial": "beta-binomial",
    "PLO": "iv-logit",
    "PFT": "iv-freeman-tukey",
}
#: Quantities on the scale of the model or in per cent, where an error in tau² is larger than in what is reported.
WIDER = {"i2": 100.0, "tau2": 10.0, "mean": 1.0, "se": 10.0}


def values(pooled: PooledProportion) -> dict[str, float | None]:
    prediction = pooled.prediction or (None, None)
    return {
        "mean": pooled.mean,
        "se": pooled.se,
        "tau2": pooled.tau2,
        "i2": pooled.i2,
        "q": pooled.q,
        "estimate": pooled.estimate,
        "low": pooled.ci[0],
        "high": pooled.ci[1],
        "prediction_low": prediction[0],
        "prediction_high": prediction[1],
        "rho": pooled.overdispersion,
        "log_likelihood": pooled.log_likelihood,
    }


def ours(name: str, method: str) -> PooledProportion:
    counts = COUNTS[name]
    first, *rest = method.split()
    options = {"model": MODELS[first]}
    if first in ("PLO", "PFT"):
        tau2, test = rest
        options |= {"tau2": tau2.lower(), "interval": {"z": "wald", "knha": "hartung-knapp"}[test]}
    return pool(counts.events, counts.n, counts.studies, **options)  # type: ignore[arg-type]


def tolerance(method: str, quantity: str) -> float:
    if method == "glmm 7":
        return COARSE * WIDER.get(quantity, 1.0)
    closed = " DL " in method or quantity == "q"
    return CLOSED if closed else ITERATED * WIDER.get(quantity, 1.0)


POOLED = [key for key in EXPECTED if key[1].split()[0] in MODELS and key not in NO_WIDTH]


@pytest.mark.parametrize(("name", "method"), POOLED)
def test_pooled_numbers_are_those_of_r(name: str, method: str) -> None:
    found, expected = values(ours(name, method)), EXPECTED[name, method]
    if method == "glmm 7":
        expected = {
            key: expected[key]
            for key in ("estimate", "low", "high", "prediction_low", "prediction_high", "q")
        }
    for quantity, value in expected.items():
        assert found[quantity] == pytest.approx(value, abs=tolerance(method, quantity), rel=1e-9), quantity


def test_exact_intervals_are_those_of_binom_test() -> None:
    for name, counts in COUNTS.items():
        studies = pool(counts.events, counts.n, counts.studies, model="iv-logit").studies
        for study in studies:
            expected = EXPECTED[name, f"exact {study.label}"]
            assert study.ci == pytest.approx((expected["low"], expected["high"]), abs=CLOSED), study.label


def latitudes() -> list[float]:
    # Colditz et al., JAMA 1994;271:698-702, in the order of the trials of dat.bcg.
    return [44, 55, 42, 52, 13, 44, 19, 13, 27, 42, 18, 33, 33]


def allocations() -> list[str]:
    # How patients were assigned in the same trials, in the same order.
    one, other, last = "random", "alternate", "systematic"
    return [*[one] * 4, other, other, *[one] * 3, *[last] * 4]


def test_meta_regression_is_that_of_metafor() -> None:
    counts, expected = COUNTS["bcg-control"], EXPECTED["bcg-control", "latitude"]
    found = meta_regression(counts.events, counts.n, latitudes())
    for quantity in ("intercept", "slope", "se", "tau2", "wald", "lr"):
        assert getattr(found, quantity) == pytest.approx(expected[quantity], rel=1e-3), quantity
    low, high = found.predict(20)[0], found.predict(50)[0]
    assert low < high and 0 < low < 1


def test_groups_are_tested_as_by_glmer() -> None:
    counts = COUNTS["bcg-control"]
    found = subgroups(counts.events, counts.n, allocations())
    assert found.lr == pytest.approx(EXPECTED["bcg-control", "allocation"]["lr"], rel=1e-3)


def test_r_still_gives_the_committed_numbers(tmp_path: Path) -> None:
    if shutil.which("Rscript") is None or _lacks("metafor") or _lacks("lme4"):
        lacking("R with metafor and lme4 is missing: install r-cran-metafor and r-cran-lme4")
    subprocess.run(
        ["Rscript", str(ORACLE / "oracle.R"), str(ORACLE / "own.csv"), str(tmp_path)],
        check=True,
        capture_output=True,
    )
    assert (tmp_path / "published.csv").read_text() == (ORACLE / "published.csv").read_text()
    fresh = read_expected(tmp_path / "expected.csv")
    assert fresh.keys() == EXPECTED.keys()
    for key, expected in EXPECTED.items():
        assert fresh[key] == pytest.approx(expected, rel=1e-3, abs=1e-5), key


def _lacks(package: str) -> bool:
    asked = subprocess.run(["Rscript", "-e", f"library({package})"], capture_output=True, check=False)
    return asked.returncode != 0
