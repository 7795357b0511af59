"""Independent units: no patient counts twice, and what is left out is named."""

from __future__ import annotations

from itertools import combinations
from pathlib import Path

import pytest

from carta.evidence import Evidence, load
from carta.synthesis import PoolingRefused, pool_outcome, select
from carta.synthesis.units import DESIGNS, days, refuse_overlap, shared_patients

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def base() -> Evidence:
    return load(ROOT)


def test_no_two_reports_of_any_outcome_share_patients(base: Evidence) -> None:
    pooled = 0
    for outcome in base.vocabulary().outcomes:
        for rule in ("largest", "latest"):
            chosen = select(base, outcome, rule=rule)
            outlines = {report.study: base.study_outline(report.study) for report in chosen.included}
            for one, other in combinations(outlines, 2):
                assert shared_patients(outlines, one, other) is None, (outcome, one, other)
            for report in chosen.included:
                assert (
                    outlines[report.study].design in DESIGNS
                    and "cancer" not in outlines[report.study].diseases
                )
            with_counts = {fact.study for fact in base.facts(outcome=outcome) if fact.fact.events is not None}
            named = {report.study for report in chosen.included} | {one.study for one in chosen.left_out}
            assert named == with_counts and all(one.reason.endswith(".") for one in chosen.left_out)
            pooled += len(chosen.included)
    assert pooled > 100


def test_the_erlangen_patients_count_once(base: Evidence) -> None:
    chosen = select(base, "crs-any")
    erlangen = [report.study for report in chosen.included if report.cohort == "erlangen-cd19"]
    assert erlangen == ["muller-2024-nejm"]
    reasons = {one.study: one.reason for one in chosen.left_out}
    assert "muller-2024-nejm" in reasons["mackensen-2022-natmed"]


def test_the_rule_can_be_changed(base: Evidence) -> None:
    largest = {report.study for report in select(base, "doris-remission").included}
    latest = {report.study for report in select(base, "doris-remission", rule="latest").included}
    assert largest and latest
    early = select(base, "crs-any", rule="latest")
    erlangen = [report.published for report in early.included if report.cohort == "erlangen-cd19"]
    assert erlangen == ["2024"]


def test_the_placebo_arm_never_counts(base: Evidence) -> None:
    (report,) = select(base, "mgc-response").included
    assert (report.events, report.n) == (10, 14) and "Descartes-08" in report.choice


def test_arms_that_are_the_whole_report_are_added(base: Evidence) -> None:
    report = next(one for one in select(base, "crs-grade-1").included if one.study == "autolus-carlysle")
    assert (report.events, report.n, len(report.facts)) == (6, 9, 2)


def test_overlapping_reports_are_refused_by_name(base: Evidence) -> None:
    with pytest.raises(PoolingRefused, match="mackensen-2022-natmed and muller-2024-nejm must not be pooled"):
        refuse_overlap(base, ["mackensen-2022-natmed", "muller-2024-nejm"])
    with pytest.raises(PoolingRefused, match="named twice"):
        refuse_overlap(base, ["muller-2024-nejm", "muller-2024-nejm"])
    refuse_overlap(base, ["muller-2024-nejm", "qin-2023-sttt"])


def test_filters_and_groups(base: Evidence) -> None:
    cancer = select(base, "crs-any", diseases=["cancer"])
    assert [report.study for report in cancer.included] == ["lisocel-tla-table"]
    found = pool_outcome(base, "crs-any", "cell-source")
    assert found.overall is not None and found.analysis is not None
    assert sum(group.patients for group in found.groups) == found.patients == found.overall.n
    assert sum(group.cohorts for group in found.groups) == found.cohorts == found.overall.k
    assert found.group("allogeneic-t").label == "Allogeneic T cells"
    only = select(base, "crs-any", cell_sources=["allogeneic-t"])
    assert {report.study for report in only.included} == {
        r.study for r in found.group("allogeneic-t").reports
    }
    with pytest.raises(ValueError, match="no outcome 'crs'"):
        select(base, "crs")
    with pytest.raises(PoolingRefused, match="No report of crs-grade-5"):
        pool_outcome(base, "crs-grade-5")


def test_time_points_are_compared_in_days() -> None:
    assert days("weeks 36 and 48") == 48 * 7 and days("month 12") > days("6 months") > days("week 24")
    assert days(None) == days("at last visit") == 0
