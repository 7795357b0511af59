"""Judgements of bias and certainty: what they add up to, and that unsound ones are refused on their line."""

from __future__ import annotations

from collections import Counter
from pathlib import Path

import pytest

from carta.evidence import load
from carta.evidence.appraisals import Certainty
from carta.evidence.export import tables
from carta.evidence.loading import read_base
from carta.evidence.pooling import may_be_pooled
from carta.evidence.records import Study
from carta.evidence.rules import check_evidence
from projects import CERTAINTY, replace, write_project

ROOT = Path(__file__).parents[2]
APPRAISAL_FILE = "evidence/appraisals/alpha-2024-journal.yaml"
CERTAINTY_FILE = "evidence/certainty/crs.yaml"
ALPHA = "evidence/studies/alpha-2024-journal.yaml"

ROB_2 = """\
instrument: rob-2
read: The abstract.
appraised: 2026-01-03
outcome: crs-any
analyses:
  mitt:
    label: modified intention to treat
    question: assignment
    active: alpha-2024-journal:crs
    control: beta-2023-journal:crs
    domains:
      randomisation: {risk: low, reason: Computer.}
      deviations: {risk: high, reason: Ten left out.}
      missing: {risk: low, reason: None.}
      measurement: {risk: low, reason: Blinded.}
      selection: {risk: some-concerns, reason: No plan.}
    overall: {risk: high, reason: One domain is high.}
"""


def _lines(root: Path, rule: str) -> list[str]:
    found = [finding for finding in check_evidence(root) if finding.rule == f"evidence/{rule}"]
    return [(root / hit.file).read_text(encoding="utf-8").splitlines()[hit.line - 1].strip() for hit in found]


def test_a_randomised_comparison_needs_a_randomised_trial_and_two_counts(tmp_path: Path) -> None:
    root = write_project(tmp_path, **{APPRAISAL_FILE: ROB_2})
    assert _lines(root, "appraisal-study") == ["instrument: rob-2"]
    replace(root, ALPHA, "design: case-series", "design: rct")
    replace(root, "evidence/vocabulary.yaml", "designs:\n", "designs:\n  rct: {label: Randomised trial}\n")
    assert _lines(root, "appraisal-study") == []
    replace(root, APPRAISAL_FILE, "control: beta-2023-journal:crs", "control: alpha-2024-journal:n")
    assert _lines(root, "appraisal-study") == ["control: alpha-2024-journal:n"]
    # Its certainty may start high, and names the trial.
    replace(root, CERTAINTY_FILE, "start: low", "trial: alpha-2024-journal\nstart: high")
    assert _lines(root, "certainty-words") == []


def test_an_appraisal_of_nobody_is_found(tmp_path: Path) -> None:
    root = write_project(tmp_path)
    (root / APPRAISAL_FILE).rename(root / "evidence/appraisals/omega-2020.yaml")
    assert _lines(root, "appraisal-study") == ["instrument: jbi-case-series"]
    assert _lines(root, "appraisal-missing") == ["outcome: crs-any"]


@pytest.mark.parametrize(
    ("file", "content", "old", "new", "says"),
    [
        (APPRAISAL_FILE, ROB_2, "overall: {risk: high", "overall: {risk: some-concerns", "never better than"),
        (APPRAISAL_FILE, ROB_2, "outcome: crs-any\n", "", "give outcome and analyses"),
        (CERTAINTY_FILE, CERTAINTY, "large_effect: {levels: 0", "large_effect: {levels: 1", "nothing lowers"),
        (CERTAINTY_FILE, CERTAINTY, "start: low", "start: high", "names its trial"),
        (CERTAINTY_FILE, CERTAINTY, "concern: very-serious", "concern: grave", "imprecision.concern"),
    ],
)
def test_an_unsound_judgement_is_refused(
    tmp_path: Path, file: str, content: str, old: str, new: str, says: str
) -> None:
    root = write_project(tmp_path, **{file: content})
    replace(root, file, old, new)
    messages = [finding.message for finding in read_base(root).findings]
    assert len(messages) == 1 and says in messages[0], messages


def _certainty(start: str, lowered: tuple[int, ...], raised: tuple[int, ...] = (0, 0, 0)) -> Certainty:
    words = ("none", "serious", "very-serious")
    names = ("risk_of_bias", "inconsistency", "indirectness", "imprecision", "publication_bias")
    record: dict[str, object] = {
        name: {"concern": words[levels], "reason": "So."} for name, levels in zip(names, lowered, strict=True)
    }
    for name, levels in zip(("large_effect", "dose_response", "confounding"), raised, strict=True):
        record[name] = {"levels": levels, "reason": "So."}
    record |= {"outcome": "crs-any", "question": "Who?", "start": start, "start_reason": "So."}
    record |= {"plain": "So.", "judged": "2026-01-01"}
    if start == "high":
        record["trial"] = "a-trial"
    return Certainty.model_validate(record)


@pytest.mark.parametrize(
    ("start", "lowered", "raised", "level"),
    [
        ("high", (0, 0, 0, 0, 0), (0, 0, 0), "high"),
        ("high", (1, 0, 0, 1, 0), (0, 0, 0), "low"),
        ("high", (1, 0, 0, 2, 0), (0, 0, 0), "very-low"),
        ("low", (0, 0, 0, 0, 0), (0, 0, 0), "low"),
        ("low", (2, 2, 2, 2, 2), (0, 0, 0), "very-low"),
        ("low", (0, 0, 0, 0, 0), (1, 0, 0), "moderate"),
        ("low", (0, 0, 0, 0, 0), (2, 1, 1), "high"),
    ],
)
def test_the_level_follows_from_start_and_steps(
    start: str, lowered: tuple[int, ...], raised: tuple[int, ...], level: str
) -> None:
    assert _certainty(start, lowered, raised).level == level


@pytest.mark.parametrize(
    ("change", "pooled"),
    [
        ({}, True),
        ({"design": "case-report"}, False),
        ({"design": "meta-analysis"}, False),
        ({"design": "news"}, False),
        ({"diseases": ["cancer"]}, False),
        ({"diseases": ["cancer", "sle"]}, True),
        ({"cohort": None}, False),
        ({"product": {"targets": ["cd19"], "cell_source": "t-cell-engager"}}, False),
        ({"product": None}, False),
    ],
)
def test_who_may_be_pooled(change: dict[str, object], pooled: bool) -> None:
    record = {
        "design": "case-series",
        "diseases": ["sle"],
        "cohort": "one-centre",
        "product": {"targets": ["cd19"], "cell_source": "autologous-t"},
        "access": "abstract",
        "added": "2026-01-01",
    }
    assert may_be_pooled(Study.model_validate(record | change)) is pooled


def test_the_real_base_judges_honestly() -> None:
    """What was hardly read is mostly unclear, and both sets of the one randomised trial were judged."""
    base = load(ROOT)
    studies = base.studies()
    answers: Counter[tuple[str, str]] = Counter()
    for key, appraisal in base.appraisals().items():
        for answer, count in appraisal.counts().items():
            answers[studies[key].access, answer] += count
    news = {answer: count for (access, answer), count in answers.items() if access == "news"}
    assert news["unclear"] > sum(news.values()) / 2
    trial = base.appraisal("cartesian-2024-mg001-2b")
    assert {judged.question for judged in trial.analyses.values()} == {"assignment", "adherence"}


def test_every_judgement_is_exported() -> None:
    base = load(ROOT)
    held = {table.name: table.rows for table in tables(base)}
    series = sum(appraisal.items is not None for appraisal in base.appraisals().values())
    sets = sum(len(appraisal.analyses) for appraisal in base.appraisals().values())
    assert len(held["appraisals"]) == 10 * series + 6 * sets
    assert len(held["certainty"]) == 10 * len(base.certainties())
    assert all(row["reason"] for name in ("appraisals", "certainty") for row in held[name])
