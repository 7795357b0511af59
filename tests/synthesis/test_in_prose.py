"""Numbers that chapters glue into their sentences are those of the pooled outcome."""

from __future__ import annotations

import dataclasses

import pytest

from carta.evidence import load
from carta.synthesis import PoolingRefused, pool_outcome, prose_numbers


def test_numbers_are_per_cent_and_the_certainty_is_the_recorded_one() -> None:
    base = load()
    pooled = pool_outcome(base, "doris-remission")
    numbers = prose_numbers(base, pooled)
    assert pooled.overall is not None
    assert numbers["events"] == pooled.overall.events
    assert numbers["patients"] == pooled.overall.n
    assert numbers["cohorts"] == len(pooled.selection.included)
    assert numbers["share"] == pytest.approx(100 * pooled.overall.estimate)
    assert (numbers["low"], numbers["high"]) == pytest.approx(tuple(100 * end for end in pooled.overall.ci))
    assert numbers["certainty"] == base.certainty("doris-remission").level.replace("-", " ")


def test_an_outcome_without_a_judgement_has_no_certainty() -> None:
    base = load()
    assert "certainty" not in prose_numbers(base, pool_outcome(base, "late-neutropenia-grade-4"))


def test_a_refused_number_reaches_no_sentence() -> None:
    base = load()
    pooled = dataclasses.replace(
        pool_outcome(base, "doris-remission"), overall=None, refusal="All in one study."
    )
    with pytest.raises(PoolingRefused, match="DORIS remission: All in one study"):
        prose_numbers(base, pooled)
