"""Each rule on evidence is silent on a sound project and speaks, on the right line, on a spoilt one."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from carta.evidence.rules import RULES, check_evidence
from projects import replace, write_project

KEYS = {"alpha-2024-journal", "beta-2023-journal", "gamma-2025-news"}
ALPHA = "evidence/studies/alpha-2024-journal.yaml"
BETA = "evidence/studies/beta-2023-journal.yaml"
NEWS = "evidence/studies/gamma-2025-news.yaml"
TRIAL = "evidence/trials/NCT00000001.yaml"
CLAIMS = "evidence/claims/news.yaml"
APPRAISAL = "evidence/appraisals/alpha-2024-journal.yaml"
CERTAINTY = "evidence/certainty/crs.yaml"
MODEL = "evidence/parameters/model.yaml"


def test_a_sound_project_has_no_findings(tmp_path: Path) -> None:
    assert check_evidence(write_project(tmp_path), bibliography=KEYS) == []


#: Rule, file, what is replaced by what, and the text of the line on which the finding must stand.
SPOILT = [
    ("events-within-n", ALPHA, "    events: 11\n    n: 15", "    events: 16\n    n: 15", "events: 16"),
    ("events-within-n", BETA, "    n: 5\n    unit", "    n: 7\n    unit", "events: 3"),
    ("interval-contains-estimate", ALPHA, "range: [4, 29]", "range: [16, 29]", "range: [16, 29]"),
    ("interval-contains-estimate", ALPHA, "range: [4, 29]", "range: [29, 4]", "range: [29, 4]"),
    ("interval-contains-estimate", MODEL, "range: [0.1, 0.5]", "range: [0.3, 0.5]", "range: [0.3, 0.5]"),
    (
        "grades-sum",
        ALPHA,
        "  followup:",
        "  one:\n    what: CRS grade 1\n    events: 12\n    n: 15\n    unit: patient\n    outcome: crs-grade-1\n"
        "    locator: Table 2\n    status: read\n    checked: 2026-01-02\n  followup:",
        "crs:",
    ),
    ("unit", ALPHA, "    unit: month", "    unit: fortnight", "unit: fortnight"),
    ("unit", ALPHA, "    unit: month", "    unit: patient", "unit: patient"),
    ("unit", "evidence/vocabulary.yaml", "pint: month", "pint: mon^^th", "diseases:"),
    ("dates", TRIAL, "start: 2024-02", "start: 2029-02", "completion: 2028-03-01"),
    ("dates", ALPHA, "n: 15\naccess: abstract\nadded: 2026-01-02", "n: 15\naccess: abstract\nadded: 2999-01-02", "added: 2999-01-02"),
    ("one-record-for-each-work", ALPHA, "cohort: one-centre", "cohort: one-centre\nalso_known_as: [beta-2023-journal]", "also_known_as: [beta-2023-journal]"),
    ("vocabulary", ALPHA, "diseases: [sle]", "diseases: [lupus]", "diseases: [lupus]"),
    ("vocabulary", ALPHA, "outcome: crs-any", "outcome: crs-all", "outcome: crs-all"),
    ("known-source", CLAIMS, "sources: [alpha-2024-journal]", "sources: [alfa-2024-journal]", "sources: [alfa-2024-journal]"),
    ("known-source", MODEL, "sources: [alpha-2024-journal]", "sources: [nobody]", "sources: [nobody]"),
    ("status-fits-access", NEWS, "status: second-hand", "status: read", "status: read"),
    ("status-fits-access", ALPHA, "locator: Table 2", "locator: news digest", "status: read"),
    ("circular", ALPHA, "cohort: one-centre", "cohort: one-centre\ncircular: [gamma-2025-news]", "design: news"),
    ("circular", CLAIMS, "verdict: partly\n    finding: It was reported for one series.\n    sources: [alpha-2024-journal]", "verdict: supported\n    finding: It says so.\n    sources: [gamma-2025-news]", "sources: [gamma-2025-news]"),
    ("overlaps", BETA, "overlaps:\n  alpha-2024-journal: The five are among the fifteen of the later report.\n", "", "design: case-series"),
    ("overlaps", BETA, "  alpha-2024-journal: The five", "  omega-2024: Unknown.\n  alpha-2024-journal: The five", "omega-2024: Unknown."),
    ("overlaps", ALPHA, "    sex: F", "    sex: F\n    same_patient_as: ['beta-2023-journal:p9']", "same_patient_as"),
    ("outcome-count", ALPHA, "    range: [4, 29]\n    unit: month", "    range: [4, 29]\n    unit: month\n    outcome: crs-any", "outcome: crs-any"),
    ("outcome-count", BETA, "    unit: patient\n    outcome", "    unit: person\n    outcome", "outcome: crs-any"),
    ("outcome-cohort", ALPHA, "cohort: one-centre\n", "", "outcome: crs-any"),
    ("outcome-cohort", ALPHA, "design: case-series", "design: review", "cohort: one-centre"),
    ("outcome-disease", BETA, "diseases: [sle]\n", "", "outcome: crs-any"),
    ("outcome-once", ALPHA, "  followup:", "  again:\n    what: CRS of any grade\n    events: 10\n    n: 15\n    unit: patient\n    outcome: crs-any\n"
        "    locator: Table 3\n    status: read\n    checked: 2026-01-02\n  followup:", "outcome: crs-any"),
    ("appraisal-missing", APPRAISAL, "instrument: jbi-case-series", "instrument: jbi", "outcome: crs-any"),
    ("certainty-words", CERTAINTY, "outcome: crs-any", "outcome: crs-all", "outcome: crs-all"),
    ("certainty-words", CERTAINTY, "start: low", "diseases: [lupus]\nstart: low", "diseases: [lupus]"),
    ("certainty-words", CERTAINTY, "start: low", "trial: alpha-2024-journal\nstart: high", "trial: alpha-2024-journal"),
    ("certainty-current", CERTAINTY, "judged: 2026-01-03", "judged: 2026-01-01", "judged: 2026-01-01"),
    ("nct", TRIAL, "read_fields: [title, status]", "read_fields: [title, colour]", "read_fields: [title, colour]"),
]  # fmt: skip


@pytest.mark.parametrize(("rule", "file", "old", "new", "line"), SPOILT, ids=lambda value: str(value)[:40])
def test_a_spoilt_record_is_found_on_its_line(
    tmp_path: Path, rule: str, file: str, old: str, new: str, line: str
) -> None:
    root = write_project(tmp_path)
    replace(root, file, old, new)
    found = check_evidence(root, bibliography=KEYS)
    hits = [finding for finding in found if finding.rule == f"evidence/{rule}"]
    assert hits, f"expected evidence/{rule}, found {[finding.rule for finding in found]}"
    places = {
        (root / hit.file).read_text(encoding="utf-8").splitlines()[hit.line - 1].strip() for hit in hits
    }
    assert any(line in place for place in places), places
    assert all(hit.message.endswith(".") and hit.mend.endswith(".") for hit in hits)


def test_shared_registration_needs_a_word_on_shared_patients(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    # Without the cohort, only the registration tells that patients may be shared.
    for name in (ALPHA, BETA):
        path = root / name
        text = re.sub(r"cohort: one-centre\noverlaps:\n  .*\n", "", path.read_text(encoding="utf-8"))
        path.write_text(text.replace("    outcome: crs-any\n", ""), encoding="utf-8")
    replace(root, BETA, "n: 5\naccess", "registrations: [NCT00000001]\nn: 5\naccess")
    found = check_evidence(root, bibliography=KEYS)
    assert [finding.rule for finding in found] == ["evidence/shared-registration"]


def test_a_study_without_an_entry_is_found(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    found = check_evidence(root, bibliography=KEYS - {"beta-2023-journal"})
    assert [(finding.rule, finding.file) for finding in found] == [("evidence/bibliography-entry", BETA)]


def test_an_inconsistency_of_the_source_is_stated_not_hidden(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    replace(
        root,
        ALPHA,
        "range: [4, 29]",
        "range: [16, 29]\n    source_inconsistency: The range does not hold the median.",
    )
    assert check_evidence(root, bibliography=KEYS) == []


def test_every_rule_was_shown_to_fail() -> None:
    shown = {entry[0] for entry in SPOILT} | {"shared-registration", "bibliography-entry", "appraisal-study"}
    assert shown == set(RULES)


#: What is written to the file, the line of the finding, and a part of its message.
UNREADABLE = [
    ("design: case-series\n  n: 5\n", 2, "not sound YAML"),
    ("design: case-series\ndesign: news\n", 2, "a second time"),
    ("- a list\n", 1, "no record"),
    ("design: case-series\naccess: abstract\nadded: 2026-01-02\ndesing: news\n", 4, "no such field"),
    ("design: case-series\naccess: abstract\n", 1, "missing"),
    ("design: case-series\naccess: skimmed\nadded: 2026-01-02\n", 2, "skimmed"),
    (
        "design: case-series\naccess: abstract\nadded: 2026-01-02\nfacts:\n  a:\n    what: x\n    events: 3\n"
        "    locator: y\n    status: read\n    checked: 2026-01-02\n",
        5,
        "without n",
    ),
    (
        "design: case-series\naccess: abstract\nadded: 2026-01-02\nfacts:\n  a:\n    what: x\n    mean: 3\n"
        "    median: 4\n    locator: y\n    status: read\n    checked: 2026-01-02\n",
        5,
        "give one of them",
    ),
    (
        "design: case-series\naccess: abstract\nadded: 2026-01-02\nregistrations: [NCT1234]\n",
        4,
        "eight digits",
    ),
]


@pytest.mark.parametrize(("content", "line", "message"), UNREADABLE, ids=lambda value: str(value)[:30])
def test_an_unreadable_record_names_line_and_mend(
    tmp_path: Path, content: str, line: int, message: str
) -> None:
    root = write_project(tmp_path)
    (root / BETA).write_text(content, encoding="utf-8")
    found = [finding for finding in check_evidence(root, bibliography=KEYS) if finding.file == BETA]
    assert (found[0].line, message in found[0].message) == (line, True), found
    assert found[0].mend


def test_a_record_that_is_not_utf8_is_found(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    (root / BETA).write_bytes("design: news\naccess: Köln".encode("latin-1"))
    found = [finding for finding in check_evidence(root) if finding.file == BETA]
    assert (found[0].rule, found[0].line) == ("evidence/encoding", 2)


def test_a_trial_file_is_named_after_its_number(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    (root / TRIAL).rename(root / "evidence/trials/NCT123.yaml")
    assert "evidence/nct" in {finding.rule for finding in check_evidence(root, bibliography=KEYS)}
