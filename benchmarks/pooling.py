"""How many data sets a second the exact model pools, beside metafor::rma.glmm in the same run.

    python benchmarks/pooling.py            # the whole: 1,000 data sets
    python benchmarks/pooling.py --sets 200 --in-r 20

Both get the same data sets; R gets the first ones only and its rate is scaled, since it would take minutes for all. The
answers of those are compared, and the run fails where they differ.
"""

from __future__ import annotations

import argparse
import csv
import json
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import numpy as np

from carta.synthesis import pool_many

#: The same data sets at every run.
SEED = 20261126
STUDIES = 20
#: Largest difference of estimates and bounds, as fractions of one.
TOLERANCE = 1e-4

R_CODE = """
suppressPackageStartupMessages(library(metafor))
arguments <- commandArgs(trailingOnly = TRUE)
d <- read.csv(arguments[1])
sets <- split(d, d$set)
started <- proc.time()[["elapsed"]]
out <- lapply(sets, function(one) {
  fit <- tryCatch(suppressWarnings(rma.glmm(measure = "PLO", xi = one$events, ni = one$n)), error = function(e) NULL)
  if (is.null(fit)) return(c(NA, NA, NA))
  plogis(c(fit$beta, fit$ci.lb, fit$ci.ub))
})
seconds <- proc.time()[["elapsed"]] - started
cat("{\\"seconds\\":", seconds, ",\\"version\\":\\"", as.character(packageVersion("metafor")), "\\",\\"values\\":[", sep = "")
cat(sapply(out, function(v) paste0("[", paste(ifelse(is.na(v), "null", formatC(v, digits = 12)), collapse = ","), "]")), sep = ",")
cat("]}")
"""


def data_sets(count: int) -> tuple[np.ndarray, np.ndarray]:
    """Return events and n of random data sets, shape (count, 20), as small series have them."""
    random = np.random.default_rng(SEED)
    n = random.integers(5, 40, (count, STUDIES))
    centre = random.normal(-0.5, 1.0, (count, 1))
    spread = random.uniform(0.2, 1.2, (count, 1))
    p = 1 / (1 + np.exp(-(centre + spread * random.normal(size=(count, STUDIES)))))
    return random.binomial(n, p), n


def in_r(events: np.ndarray, n: np.ndarray) -> dict[str, object]:
    """Return what metafor makes of the data sets, with the seconds that it took without starting R."""
    with tempfile.TemporaryDirectory() as folder:
        script, table = Path(folder) / "run.R", Path(folder) / "data.csv"
        script.write_text(R_CODE, encoding="utf-8")
        with table.open("w", newline="", encoding="utf-8") as stream:
            writer = csv.writer(stream)
            writer.writerow(["set", "events", "n"])
            for number, (some, all_) in enumerate(zip(events, n, strict=True)):
                writer.writerows([number, int(y), int(size)] for y, size in zip(some, all_, strict=True))
        done = subprocess.run(
            ["Rscript", str(script), str(table)], check=True, capture_output=True, text=True
        )
    answer: dict[str, object] = json.loads(done.stdout)
    return answer


def main() -> int:
    """Run both, print the rates and the ratio, and return 1 where the answers differ."""
    parser = argparse.ArgumentParser(description="Exact pooling beside metafor::rma.glmm.")
    parser.add_argument("--sets", type=int, default=1000, help="data sets for CARTA (default 1000)")
    parser.add_argument("--in-r", type=int, default=60, help="how many of them metafor gets too (default 60)")
    arguments = parser.parse_args()
    if shutil.which("Rscript") is None:
        print("Rscript is missing: install r-cran-metafor and r-cran-lme4", file=sys.stderr)
        return 2
    events, n = data_sets(arguments.sets)
    pool_many(events[:4], n[:4])  # what is loaded once is not what is measured
    started = time.perf_counter()
    ours = pool_many(events, n)
    seconds = time.perf_counter() - started
    rate = arguments.sets / seconds
    print(
        f"carta.synthesis.pool_many: {arguments.sets} data sets of {STUDIES} studies in {seconds:.2f} s: {rate:.0f} a second"
    )
    count = min(arguments.in_r, arguments.sets)
    print(f"metafor::rma.glmm: the first {count} of them ...", flush=True)
    theirs = in_r(events[:count], n[:count])
    r_seconds = float(str(theirs["seconds"]))
    r_rate = count / r_seconds
    print(f"metafor {theirs['version']}: {count} data sets in {r_seconds:.2f} s: {r_rate:.1f} a second")
    print(f"ratio: {rate / r_rate:.0f}")
    values = np.array(theirs["values"], dtype=float)
    both = ~np.isnan(values[:, 0]) & ~ours.refused[:count]
    mine = np.column_stack([ours.estimate, ours.low, ours.high])[:count]
    differ = np.abs(mine - values)[both].max()
    print(f"answers compared: {both.sum()} of {count}; largest difference of estimate or bound: {differ:.1e}")
    if differ > TOLERANCE or both.sum() < 0.9 * count:
        print("the answers differ", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
