"""Any text and any bytes: the check never raises, and no entry goes missing without a word."""

from __future__ import annotations

import random

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carta.bibliography.check import check_entries
from carta.bibliography.reading import parse_bibliography

FRAGMENTS = st.sampled_from(
    [
        "@article{k, ",
        "@misc{K,\n",
        "@book(p, ",
        "@string{m = ",
        "@comment{",
        "@preamble{",
        "@",
        "title = ",
        "author = {A and ",
        "and others",
        "year = 2024,",
        "pages = {12--3},",
        "doi = {https://doi.org/10.1/",
        "crossref = {k},",
        "confirmed = {title},",
        "m # ",
        "{",
        "}",
        '"',
        "(",
        ")",
        ",",
        "=",
        "#",
        "\\'e",
        "\\",
        "$",
        "%",
        "\n",
        "\r",
        "\0",
        " ",
        "ü",
        "\ud800",
    ]
)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.one_of(FRAGMENTS, st.text(max_size=8)), max_size=60).map("".join))
def test_no_text_stops_the_check(text: str) -> None:
    bib_file = parse_bibliography(text.encode("utf-8", "surrogatepass"), "any.bib")
    lines = text.count("\n") + text.count("\r") + 1
    for finding in check_entries(bib_file, cited={"k": ("page.md", 1)}):
        assert finding.file == "page.md" or 1 <= finding.line <= lines
        finding.message.encode("utf-8")


@settings(max_examples=150, deadline=None)
@given(st.binary(max_size=300))
def test_no_bytes_stop_the_check(data: bytes) -> None:
    check_entries(parse_bibliography(b"@misc{k, title={" + data + b"}}\n" + data, "any.bib"))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.sampled_from(["", "{", "}", '"', "(", ")", ",", "=", "#", "@", "\\"]), st.integers(0, 10**6)
        ),
        min_size=1,
        max_size=8,
    )
)
def test_every_entry_is_read_or_reported(damage: list[tuple[str, int]]) -> None:
    """One mark too many, or one character too few, anywhere behind the key of each entry."""
    text = ""
    for number, (mark, place) in enumerate(damage):
        body = '  title = {{A {TeX} title}},\n  author = "M{\\"u}ller, F and others",\n  year = 2024,\n}\n'
        at = place % len(body)
        body = body[:at] + mark + body[at + (mark == "") :]
        text += f"@article{{key{number},\n{body}\n"
    bib_file = parse_bibliography(text.encode(), "damaged.bib")
    read = {entry.key for entry in bib_file.entries}
    for number in range(len(damage)):
        key = f"key{number}"
        assert key in read or any(f"'{key}'" in finding.message for finding in bib_file.findings), text


@settings(max_examples=300, deadline=None)
@given(
    st.lists(
        st.tuples(st.sampled_from([*"{}()\"'#%,;=@\\<[ 1é", ""]), st.integers(0, 8)), min_size=1, max_size=4
    )
)
def test_an_entry_with_a_damaged_type_is_read_or_reported(damage: list[tuple[str, int]]) -> None:
    """BibTeX and pybtex take such an entry for a comment, and drop it without a word."""
    text = ""
    for number, (mark, place) in enumerate(damage):
        head = "@article"
        head = head[:place] + mark + head[place + (mark == "") :]
        text += f"{head}{{key{number},\n  title = {{x}},\n}}\n"
    bib_file = parse_bibliography(text.encode(), "damaged.bib")
    told = {entry.line for entry in bib_file.entries} | {finding.line for finding in bib_file.findings}
    for number in range(len(damage)):
        assert told & {3 * number + 1, 3 * number + 2, 3 * number + 3}, text


@pytest.mark.parametrize("broken", [0, 5000, 9999])
def test_ten_thousand_entries_but_one(broken: int) -> None:
    entries = [
        f"@article{{key{n},\n  title = {{{{The {n}th study}}}},\n  journal = {{J}},\n"
        f"  author = {{Li, Wei}},\n  year = {{{random.Random(n).randint(1900, 2020)}}},\n}}\n"
        for n in range(10_000)
    ]
    entries[broken] = entries[broken].replace("{J}", "{J")
    bib_file = parse_bibliography("\n".join(entries).encode(), "large.bib")
    findings = check_entries(bib_file)
    assert len(bib_file.entries) == 9999
    assert [(f.rule, f.line) for f in findings] == [("bibliography/parse", broken * 7 + 1)]
