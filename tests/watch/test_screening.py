"""Deduplication, ranking, decisions and the flow diagram."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import ValidationError

from carta.evidence import load
from carta.evidence.records import ScreenedPaper, ScreeningRound
from carta.evidence.screening import screening_flow
from carta.evidence.yaml_edit import set_field
from carta.evidence.yaml_files import parse
from carta.figures import flow_table, prisma_flow, show
from carta.watch.answers import Paper
from carta.watch.known import read_known, sort_papers
from carta.watch.ranking import rank
from index_server import indexes
from watched_project import eventful_world, run, watched_project

ROOT = Path(__file__).resolve().parents[2]


def test_records_of_one_work_are_joined_by_any_name() -> None:
    title = "CAR T cells in a rare disease of the nerves"
    papers = [
        Paper("pubmed", title, pmid="1"),
        Paper("europe-pmc", "Another spelling entirely of it", doi="10.1000/x", pmid="2"),
        # Joins the two: the title of the one and the DOI of the other.
        Paper("europe-pmc", f"{title}.", doi="10.1000/x"),
        Paper("pubmed", "Editorial", pmid="3"),
        Paper("pubmed", "Editorial", pmid="4"),
        Paper("pubmed", "A known work", doi="10.1000/known"),
    ]
    found = sort_papers(papers, frozenset({"doi:10.1000/known"}))
    assert [(paper.pmid, paper.doi, sources) for paper, sources in found.new] == [
        ("1", "10.1000/x", ["pubmed", "europe-pmc"]),
        ("3", None, ["pubmed"]),
        ("4", None, ["pubmed"]),
    ]
    assert (found.duplicates, found.known) == (2, 1)


def test_the_base_ranks_reports_of_patients_before_background() -> None:
    papers = [
        Paper("pubmed", "Budget impact of axicabtagene ciloleucel in large B-cell lymphoma"),
        Paper(
            "pubmed",
            "Editorial",
            abstract="Five patients with refractory systemic lupus received CD19 CAR T cells.",
        ),
        Paper("pubmed", "CD19 CAR T cells in refractory systemic sclerosis: a case series"),
    ]
    known = read_known(ROOT)
    ranking = rank(known, papers)
    lymphoma, editorial, series = (score or 0.0 for score in ranking.scores)
    assert series > editorial > lymphoma
    assert ranking == rank(known, papers), "the order depends on chance"
    area = float(ranking.about.split("ROC curve ")[1][:4])
    # Held-out titles: guessing gives 0.5.
    assert area > 0.8


def test_decisions_need_reasons_and_counts_must_add_up() -> None:
    paper = {"title": "A title", "found_in": ["pubmed"]}
    for wrong, message in (
        ({"decision": "excluded", "decided": "2026-11-26"}, "without reason or stage"),
        ({"decision": "included", "decided": "2026-11-26"}, "give the key of its study"),
        ({"decision": "excluded", "reason": "review", "stage": "full-text"}, "without its day"),
        ({"reason": "review"}, "but no decision"),
    ):
        with pytest.raises(ValidationError, match=message):
            ScreenedPaper.model_validate(paper | wrong)
    with pytest.raises(ValidationError, match="does not add up: 3 records found"):
        ScreeningRound.model_validate(
            {
                "date": "2026-11-26",
                "found": {"pubmed": 3},
                "duplicates": 0,
                "known": 1,
                "papers": {"a": paper},
            }
        )


def test_decisions_flow_into_the_diagram(tmp_path: Path) -> None:
    root = watched_project(tmp_path / "project")
    with indexes(eventful_world()) as environment:
        run(root, environment, "--apply")
        (file,) = (root / "evidence/screening").iterdir()
        papers = parse(file.read_text(encoding="utf-8"))["papers"]
        papers["doi:10.1000/new-1"] |= {
            "decision": "excluded", "stage": "title-abstract", "reason": "a review", "decided": "2026-11-26",
        }  # fmt: skip
        papers["doi:10.1000/new-2"] |= {
            "decision": "included", "study": "alpha-2024-journal", "decided": "2026-11-26",
        }  # fmt: skip
        file.write_text(set_field(file.read_text(encoding="utf-8"), "papers", papers), encoding="utf-8")
        assert run(root, environment, "--fresh").exit_code == 0, "what was decided is not found again"
    flow = screening_flow(load(root))
    assert (flow.rounds, flow.screened, flow.undecided, flow.sought) == (1, 3, 1, 1)
    assert flow.excluded_early == {"a review": 1}
    assert (flow.first_studies, flow.included_studies) == (2, 1)
    assert (flow.first_trials, flow.added_trials) == (1, 1)
    alt = "Of nine records of one search, three were left to screen; one became a source."
    drawn = show(prisma_flow(flow), alt=alt, table=flow_table(flow), filename="flow").drawing.svg
    for words in ("Records of 1 search:", "a review:", "Awaiting a decision:", "not counted"):
        assert words in drawn
    with pytest.raises(ValueError, match="accounted for"):
        prisma_flow(replace(flow, duplicates=flow.duplicates + 1))


def test_the_first_collection_has_no_invented_counts() -> None:
    flow = screening_flow(load(ROOT))
    table = flow_table(flow)
    first = table[table["stage"] == "First collection"].set_index("what")["records"]
    assert first.isna().sum() == 1
    assert first["Sources in the base"] + flow.included_studies == len(load(ROOT).keys())
