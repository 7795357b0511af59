"""Writing: what is written reads back as it was, and what could not be read back is refused."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carta.bibliography.check import check_bibliography
from carta.bibliography.entries import BibEntry
from carta.bibliography.reading import load_bibliography, parse_bibliography
from carta.bibliography.writer import canonical, format_entry, write_bibliography

ENTRY = BibEntry(
    "muller-2024-nejm",
    "article",
    {
        "confirmed": "author, title, journal, year, doi",
        "doi": "10.1056/NEJMoa2308917",
        "title": "CD19 CAR T-Cell  Therapy in “Autoimmune” Disease",
        "year": "2024",
        "journal": "New England Journal of Medicine",
    },
    {"author": ["Müller, Fabian", "{CASTLE Study Group}", "others"]},
)


def test_the_form_is_fixed() -> None:
    assert format_entry(ENTRY) == (
        "@article{muller-2024-nejm,\n"
        "  author = {Müller, Fabian and {CASTLE Study Group} and others},\n"
        "  title = {{CD19 CAR T-Cell Therapy in “Autoimmune” Disease}},\n"
        "  journal = {New England Journal of Medicine},\n"
        "  year = {2024},\n"
        "  doi = {10.1056/NEJMoa2308917},\n"
        "  confirmed = {author, title, journal, year, doi},\n"
        "}\n"
    )


def test_a_written_file_is_sorted_sound_and_stable(tmp_path: Path) -> None:
    path = tmp_path / "references.bib"
    other = BibEntry("auth-2025", "misc", {"title": "{Other} work", "confirmed": "title"})
    write_bibliography([ENTRY, other], path)
    assert check_bibliography(path, root=tmp_path) == []
    loaded = load_bibliography(path, cache_dir=tmp_path / "cache")
    assert list(loaded.values()) == [canonical(other), canonical(ENTRY)]
    before = path.read_bytes()
    write_bibliography(loaded.values(), path)
    assert path.read_bytes() == before


WORDS = st.text(
    st.characters(blacklist_categories=["Cs", "Cc"], blacklist_characters="{}\0"), min_size=1, max_size=20
).filter(str.strip)
NAMES = WORDS.filter(lambda name: " and " not in f" {' '.join(name.split())} ".lower())


@settings(max_examples=100, deadline=None)
@given(
    st.dictionaries(st.sampled_from(["title", "journal", "note", "zz-extra"]), WORDS, max_size=4),
    st.dictionaries(
        st.sampled_from(["author", "editor"]), st.lists(NAMES, min_size=1, max_size=3), max_size=2
    ),
)
def test_any_entry_reads_back_as_written(fields: dict[str, str], persons: dict[str, list[str]]) -> None:
    entry = BibEntry("key", "misc", fields, persons)
    read = parse_bibliography(format_entry(entry).encode(), "a.bib")
    assert not read.findings
    assert read.entries == [canonical(entry)]


@pytest.mark.parametrize(
    "entry",
    [
        BibEntry("a b", "misc"),
        BibEntry("a", "comment"),
        BibEntry("a", "misc", {"note": "open {"}),
        BibEntry("a", "misc", {"note": "} early {"}),
        BibEntry("a", "misc", {"no name": "x"}),
        BibEntry("a", "misc", {}, {"translator": ["Li, Wei"]}),
    ],
)
def test_what_could_not_be_read_back_is_refused(entry: BibEntry, tmp_path: Path) -> None:
    path = tmp_path / "references.bib"
    path.write_text("as it was")
    with pytest.raises(ValueError, match="a"):
        write_bibliography([entry], path)
    assert path.read_text() == "as it was"


def test_a_key_that_is_there_twice_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="twice"):
        write_bibliography([BibEntry("a", "misc"), BibEntry("A", "misc")], tmp_path / "a.bib")
