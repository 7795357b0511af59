"""Pooling: what must hold for every data set, and what is said where no number can be given."""

from __future__ import annotations

import warnings
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carta.synthesis import (
    PooledProportion,
    PoolingRefused,
    cumulative,
    exact_interval,
    leave_one_out,
    meta_regression,
    pool,
    pool_many,
    subgroups,
)
from carta.synthesis.result import MODELS, Model

Study = tuple[int, int]
STUDIES = st.lists(
    st.integers(1, 60).flatmap(lambda n: st.tuples(st.integers(0, n), st.just(n))), min_size=1, max_size=9
)
EVERY_MODEL = st.sampled_from(MODELS)


@pytest.fixture(autouse=True)
def _no_warnings() -> Iterator[None]:
    """A number with a warning is no sound number."""
    with warnings.catch_warnings():
        warnings.simplefilter("error", RuntimeWarning)
        yield


def answer(studies: list[Study], model: Model = "glmm") -> PooledProportion | str:
    try:
        return pool([y for y, _ in studies], [n for _, n in studies], model=model)
    except PoolingRefused as refusal:
        return str(refusal)


@given(STUDIES, EVERY_MODEL)
@settings(max_examples=150, deadline=None)
def test_every_data_set_has_a_sound_answer_or_a_sentence(studies: list[Study], model: Model) -> None:
    found = answer(studies, model)
    if isinstance(found, str):
        assert len(found) > 40 and found.endswith("."), found
        return
    low, high = found.ci
    assert 0 <= low <= found.estimate <= high <= 1
    assert found.prediction is None or found.prediction[0] <= found.estimate <= found.prediction[1]
    if found.prediction is not None and model != "beta-binomial":
        assert found.prediction[0] <= low + 1e-12 and high - 1e-12 <= found.prediction[1]
    assert found.tau2 is None or 0 <= found.tau2 < np.inf
    assert found.i2 is None or 0 <= found.i2 <= 100
    assert (found.events, found.n) == (sum(y for y, _ in studies), sum(n for _, n in studies))
    for study in found.studies:
        assert study.ci == pytest.approx(exact_interval(study.events, study.n), abs=1e-9)


@given(STUDIES, EVERY_MODEL, st.randoms(use_true_random=False))
@settings(max_examples=60, deadline=None)
def test_the_order_of_the_studies_does_not_matter(studies: list[Study], model: Model, random: object) -> None:
    shuffled = list(studies)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = answer(studies, model), answer(shuffled, model)
    if isinstance(one, PooledProportion) and isinstance(other, PooledProportion):
        assert one.estimate == pytest.approx(other.estimate, abs=1e-5)
        assert one.ci == pytest.approx(other.ci, abs=1e-4)
    else:
        assert isinstance(one, str) and isinstance(other, str)


@given(STUDIES, st.sampled_from(("glmm", "beta-binomial", "iv-logit")))
@settings(max_examples=60, deadline=None)
def test_the_absence_of_the_event_mirrors_the_event(studies: list[Study], model: Model) -> None:
    one, other = answer(studies, model), answer([(n - y, n) for y, n in studies], model)
    if isinstance(one, PooledProportion) and isinstance(other, PooledProportion):
        assert one.estimate == pytest.approx(1 - other.estimate, abs=1e-5)
        assert one.ci == pytest.approx((1 - other.ci[1], 1 - other.ci[0]), abs=1e-4)
    else:
        assert isinstance(one, str) and isinstance(other, str)


@pytest.mark.parametrize("model", MODELS)
@pytest.mark.parametrize(
    ("studies", "said"),
    [
        ([(3, 4)], "One study only"),
        ([(0, 3), (0, 14), (0, 5)], "No event in any study"),
        ([(8, 8), (3, 3)], "Only events in every study"),
        ([(1, 1), (0, 1), (1, 1)], "One patient in every study"),
        ([(0, 1)], "One study only"),
    ],
)
def test_where_no_spread_can_be_seen_the_exact_interval_is_given(
    studies: list[Study], said: str, model: Model
) -> None:
    found = answer(studies, model)
    assert isinstance(found, PooledProportion)
    some, all_ = sum(y for y, _ in studies), sum(n for _, n in studies)
    assert (found.fitted, found.estimate, found.ci) == ("exact", some / all_, exact_interval(some, all_))
    assert found.tau2 is None and found.prediction is None and said in found.notes[0]


def test_studies_that_are_all_or_nothing_are_refused() -> None:
    for model in ("glmm", "beta-binomial"):
        assert "either no or only events" in str(answer([(0, 14), (12, 12)], model))


def test_events_of_one_study_alone_are_refused_and_the_fallback_answers() -> None:
    events, n = [0, 0, 0, 0, 3, 0], [10, 9, 17, 30, 12, 15]
    labels = list("abcdef")
    with pytest.raises(PoolingRefused, match=r"All 3 events are in one of the 6 studies, e:"):
        pool(events, n, labels)
    found = pool(events, n, labels, fallback="beta-binomial")
    assert found.fitted == "beta-binomial" and found.model == "glmm" and "All 3 events" in found.notes[0]
    assert 0.005 < found.estimate < 0.1


def test_tau2_at_its_bound_is_said() -> None:
    found = pool([11, 13, 7, 6, 10], [15, 15, 8, 8, 17])
    assert found.tau2 == 0 and any("lower bound" in note for note in found.notes)
    assert found.prediction == found.ci


def test_profile_and_t_intervals_are_wider_than_wald_where_studies_are_few() -> None:
    counts = [5, 9, 2, 14], [12, 15, 10, 18]
    wald, t, profile = (pool(*counts, interval=kind) for kind in ("wald", "t", "profile"))
    assert t.ci[0] < wald.ci[0] and t.ci[1] > wald.ci[1]
    assert profile.ci[0] < profile.estimate < profile.ci[1] and profile.ci != wald.ci


@pytest.mark.parametrize(
    ("events", "n", "error", "said"),
    [
        ([3], [2], ValueError, "between 0 and n=2"),
        ([-1], [2], ValueError, "between 0 and n=2"),
        ([0], [0], ValueError, "at least 1"),
        ([1.5], [2], TypeError, "whole numbers"),
        ([True], [2], TypeError, "whole numbers"),
        ([1, 2], [3], ValueError, "equally long"),
        ([], [], PoolingRefused, "no study"),
    ],
)
def test_bad_counts_are_named(events: list[int], n: list[int], error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        pool(events, n)


def test_bad_options_are_named() -> None:
    with pytest.raises(ValueError, match="does not go with"):
        pool([1, 2], [3, 4], interval="hartung-knapp")
    with pytest.raises(ValueError, match="is none of"):
        pool([1, 2], [3, 4], model="glm")  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="twice"):
        pool([1, 2], [3, 4], ["a", "a"])


def test_many_at_once_are_what_one_at_a_time_gives() -> None:
    random = np.random.default_rng(20261126)
    n = random.integers(3, 40, (40, 12))
    p = 1 / (1 + np.exp(-random.normal(-0.5, 1, (40, 12))))
    events = random.binomial(n, p)
    many = pool_many(events, n)
    for row in range(40):
        one = pool(events[row], n[row])
        assert many.estimate[row] == pytest.approx(one.estimate, abs=1e-4)
        assert (many.low[row], many.high[row]) == pytest.approx(one.ci, abs=1e-4)
        assert many.tau2[row] == pytest.approx(one.tau2, abs=1e-3)
    assert not many.refused.any()
    assert pool_many(
        np.array([[0, 0], [0, 5], [2, 2]]), np.array([[3, 4], [3, 5], [4, 4]])
    ).refused.tolist() == [
        True,
        True,
        False,
    ]


def test_leaving_one_out_and_adding_one_at_a_time() -> None:
    events, n, labels = [1, 8, 5, 0], [10, 12, 11, 9], ["a", "b", "c", "d"]
    without = {one.label: one.pooled for one in leave_one_out(events, n, labels)}
    expected = pool(events[:3], n[:3], labels[:3])
    assert without["d"] is not None and without["d"].estimate == expected.estimate
    steps = cumulative(events, n, labels, ["2024-05", "2023", "2024", "2024-05-02"])
    assert [step.label for step in steps] == ["b", "c", "a", "d"]
    whole = pool(events, n, labels)
    assert steps[-1].pooled is not None and steps[-1].pooled.estimate == pytest.approx(
        whole.estimate, abs=1e-6
    )
    with pytest.raises(ValueError, match="d has no date"):
        cumulative(events, n, labels, ["2024", "2023", "2024", ""])


def test_groups_that_differ_are_found_and_like_ones_are_not() -> None:
    apart = subgroups([1, 2, 1, 9, 10, 8], [12, 14, 11, 12, 13, 11], ["x"] * 3 + ["y"] * 3)
    alike = subgroups([5, 6, 5, 5, 6, 5], [12, 14, 11, 12, 13, 11], ["x"] * 3 + ["y"] * 3)
    assert apart.lr_p is not None and alike.lr_p is not None and apart.lr_p < 1e-4 < 0.3 < alike.lr_p
    assert apart.q_p is not None and apart.q_p < 1e-4
    empty = subgroups([0, 0, 9, 10], [12, 14, 12, 13], ["x", "x", "y", "y"])
    assert empty.lr_p is not None and empty.lr_p < 1e-3 and empty.q_between is None and empty.notes


def test_a_line_is_refused_where_there_is_none() -> None:
    for covariate, said in (([1.0, 1, 1, 1], "same in every study"), ([1.0, 2, 3], "one number for every")):
        with pytest.raises(ValueError, match=said):
            meta_regression([1, 2, 3, 4], [9, 9, 9, 9], covariate)
    with pytest.raises(PoolingRefused, match="at least 4"):
        meta_regression([1, 2, 3], [9, 9, 9], [1, 2, 3])
    with pytest.raises(PoolingRefused, match="No event"):
        meta_regression([0, 0, 0, 0], [9, 9, 9, 9], [1, 2, 3, 4])
