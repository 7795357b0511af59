"""Citations for reference managers: readers of their own take them as we meant them, for the whole bibliography."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
import rispy
from pybtex.database import parse_string

from carta.bibliography.entries import BibEntry
from carta.bibliography.export import citation_files, to_bibtex, to_csl_json, to_ris
from carta.bibliography.reading import load_bibliography

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def bibliography() -> dict[str, BibEntry]:
    return load_bibliography(ROOT / "references.bib")


def test_readers_of_each_form_take_every_reference(bibliography: dict[str, BibEntry]) -> None:
    entries = list(bibliography.values())
    files = citation_files("all", entries)

    read = parse_string(files["all.bib"], "bibtex")
    assert list(read.entries) == list(bibliography)
    assert not any({"confirmed", "missing"} & set(entry.fields) for entry in read.entries.values())

    ris = rispy.loads(files["all.ris"])
    assert [reference["id"] for reference in ris] == list(bibliography)
    csl = json.loads(files["all.csl.json"])
    assert [item["id"] for item in csl] == list(bibliography)
    for entry, reference, item in zip(entries, ris, csl, strict=True):
        assert reference["title"] == item["title"] != ""
        assert "{" not in item["title"]
        authors = entry.persons.get("author", [])
        assert len(reference.get("authors", [])) == len(item.get("author", [])) == len(authors)
        if entry.has("doi"):
            assert reference["doi"] == item["DOI"] == entry.fields["doi"].strip("{}")


def test_names_pages_doubts_and_special_characters() -> None:
    entry = BibEntry(
        "berg-2024-jex",
        "article",
        {
            "title": "{Cost & effect of 5 % in $370m deals}",
            "journal": "Journal of Examples & More",
            "year": "2024",
            "pages": "687--700",
            "doi": "10.5555/a_b",
            "confirmed": "{author, title, journal, doi}",
            "missing": "{volume}",
        },
        {"author": ["van der Berg, Jan", "{CASTLE Study Group}", "others"]},
    )
    assert to_bibtex([entry]) == (
        "@article{berg-2024-jex,\n"
        "  author = {van der Berg, Jan and {CASTLE Study Group} and others},\n"
        "  title = {{Cost \\& effect of 5 \\% in \\$370m deals}},\n"
        "  journal = {Journal of Examples \\& More},\n"
        "  pages = {687--700},\n"
        "  year = {2024},\n"
        "  doi = {10.5555/a_b},\n"
        "  annote = {Not confirmed at the source: the year, the pages.},\n"
        "}\n"
    )
    assert to_ris([entry]).splitlines() == [
        "TY  - JOUR",
        "ID  - berg-2024-jex",
        "AU  - van der Berg, Jan",
        "AU  - CASTLE Study Group",
        "AU  - others",
        "TI  - Cost & effect of 5 % in $370m deals",
        "T2  - Journal of Examples & More",
        "PY  - 2024",
        "SP  - 687",
        "EP  - 700",
        "DO  - 10.5555/a_b",
        "UR  - https://doi.org/10.5555/a_b",
        "N1  - Not confirmed at the source: the year, the pages.",
        "ER  - ",
    ]
    (item,) = json.loads(to_csl_json([entry]))
    assert item["author"] == [
        {"family": "van der Berg", "given": "Jan"},
        {"literal": "CASTLE Study Group"},
        {"literal": "others"},
    ]
    assert item["issued"] == {"date-parts": [[2024]]}
    assert item["page"] == "687–700"


def test_a_title_that_was_not_read_says_so_in_every_form() -> None:
    entry = BibEntry("x-case", "misc", {"title": "{[Description: a case]}", "confirmed": ""}, {})
    for text in citation_files("x", [entry]).values():
        assert "its title was not read" in text


def test_a_page_of_the_book_is_cited_as_a_chapter() -> None:
    chapter = BibEntry(
        "carta-lupus",
        "incollection",
        {
            "title": "Lupus",
            "booktitle": "A living review",
            "year": "2026",
            "url": "https://example.org/lupus",
        },
        {"author": ["{The CARTA authors}"]},
    )
    assert json.loads(to_csl_json([chapter]))[0]["type"] == "chapter"
    assert rispy.loads(to_ris([chapter]))[0]["type_of_reference"] == "CHAP"
    assert (
        parse_string(to_bibtex([chapter]), "bibtex").entries["carta-lupus"].fields["booktitle"]
        == "A living review"
    )
