"""The effect in a summary of findings is that of the evidence as it stands; the certainty that of the record."""

from __future__ import annotations

import sqlite3
from itertools import combinations
from pathlib import Path

import pytest

from carta.evidence import UnknownRecordError, load
from carta.evidence.export import write_data
from carta.evidence.pooling import may_be_pooled
from carta.synthesis.certainty import findings_table, summary_of_findings, summary_row
from carta.synthesis.exact import exact_interval
from projects import replace, write_project

ROOT = Path(__file__).parents[2]


def test_one_report_of_shared_patients_and_a_new_count_a_new_effect(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    row = summary_row(load(root), "crs")
    assert row.certainty.level == "very-low"
    assert [label for label, _ in row.lowered] == ["Risk of bias", "Imprecision"]
    held = row.frequency
    # The five of the earlier report are among the fifteen.
    assert held is not None and (held.events, held.patients, held.studies) == (
        11,
        15,
        ("alpha-2024-journal",),
    )
    assert held.pooled == (11 / 15, *exact_interval(11, 15))
    replace(root, "evidence/studies/alpha-2024-journal.yaml", "events: 11", "events: 12")
    changed = summary_row(load(root), "crs").frequency
    assert changed is not None and changed.pooled is not None and changed.pooled[0] == 12 / 15


def test_what_cannot_be_pooled_says_why(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    replace(root, "evidence/certainty/crs.yaml", "start: low", "diseases: [myositis]\nstart: low")
    replace(root, "evidence/vocabulary.yaml", "diseases:\n", "diseases:\n  myositis: {label: Myositis}\n")
    row = summary_row(load(root), "crs")
    assert row.frequency is None and row.refused is not None
    assert "alpha-2024-journal" in row.refused
    with pytest.raises(UnknownRecordError, match="cr"):
        summary_row(load(root), "cr")


def test_every_pooled_report_of_the_real_base_was_judged_and_none_twice() -> None:
    base = load(ROOT)
    rows = summary_of_findings(base)
    appraised, studies = base.appraisals(), base.studies()
    assert [row.name for row in rows] == sorted(base.certainties())
    for row in rows:
        assert row.refused is None, row
        # Where the usual model gives no number, that is said.
        assert row.frequency is None or row.frequency.pooled or row.frequency.notes
        if row.frequency is None:
            continue
        taken = row.frequency.studies
        assert all(key in appraised and may_be_pooled(studies[key]) for key in taken), row.name
        assert len(taken) == row.frequency.cohorts
        for one, other in combinations(taken, 2):
            assert studies[one].cohort != studies[other].cohort
            assert other not in studies[one].overlaps


def test_the_randomised_trial_is_compared_in_both_sets() -> None:
    row = summary_row(load(ROOT), "mgc-response")
    intended, protocol = row.comparisons
    assert (intended.active, intended.control) == ((10, 14), (3, 12))
    assert [intended.estimate, protocol.estimate] == pytest.approx([10 / 14 - 3 / 12, 11 / 16 - 5 / 15])
    assert 0 < protocol.low < intended.low < intended.estimate < intended.high < 1


def test_the_exported_table_holds_every_row_with_its_dictionary(tmp_path: Path) -> None:
    base = load(ROOT)
    table = findings_table(base)
    names = [column.name for column in table.columns]
    assert all(list(row) == names for row in table.rows) and all(column.meaning for column in table.columns)
    assert {row["certainty"] for row in table.rows} == set(base.certainties())
    assert sum(row["kind"] == "comparison" for row in table.rows) == 2
    write_data(load(write_project(tmp_path / "p")), tmp_path / "out", computed=[table])
    with sqlite3.connect(tmp_path / "out" / "carta.sqlite") as database:
        stored = database.execute("SELECT n, control_n FROM summary_of_findings WHERE kind = 'comparison'")
        assert stored.fetchall() == [(14, 12), (16, 15)]
    assert "## summary_of_findings" in (tmp_path / "out" / "DATA-DICTIONARY.md").read_text(encoding="utf-8")
