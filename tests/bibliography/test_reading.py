"""Reading: what pybtex reads is read alike, and what it drops, swallows or trips over is reported."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from pybtex.database import Person
from pybtex.database.input.bibtex import Parser

from carta.bibliography.check import check_bibliography
from carta.bibliography.entries import BibFile, BibliographyError
from carta.bibliography.reading import load_bibliography, parse_bibliography

SOUND = """\
Text before the first entry is a comment, with an address a@b.org in it.
@string{nejm = "N Engl J Med"}
@STRING(lancet = {The } # "Lancet")
@preamble{ "\\newcommand{\\x}{y}" }
@comment{ nothing {of} note }

@Article{muller-2024,
  Author  = {Müller, Fabian and {CASTLE Study Group} and others},
  TITLE   = {{CD19 CAR T-Cell Therapy
              in Autoimmune Disease}},
  journal = nejm,
  month   = feb,
  year    = 2024,
  note    = "quotes with {"} and {braces}",
}
@book(paren, title = {A (closing) one}, editor = "Doe, Jane", publisher = lancet # { Press}, year = "1999")
  @misc {spaced , title={x} , url = {https://a.org/@article} }@misc{same-line,title={y}}
"""


def parse(text: str) -> BibFile:
    return parse_bibliography(text.encode(), "a.bib")


def reported(bib_file: BibFile) -> list[tuple[str, int]]:
    return [(f.rule.removeprefix("bibliography/"), f.line) for f in bib_file.findings]


def test_a_sound_file_reads_as_pybtex_reads_it() -> None:
    ours = parse(SOUND)
    # pybtex takes the address in the leading text for a broken entry.
    theirs = Parser().parse_string(SOUND.split("\n", 1)[1]).entries
    assert not ours.findings
    assert [entry.key for entry in ours.entries] == list(theirs)
    for entry in ours.entries:
        other = theirs[entry.key]
        assert entry.type == other.type
        assert entry.fields == {name.lower(): value for name, value in other.fields.items()}
        persons = {role: [Person(name) for name in names] for role, names in entry.persons.items()}
        assert persons == {role.lower(): names for role, names in other.persons.items()}
    muller = ours.entries[0]
    assert (muller.line, muller.line_of("title"), muller.line_of("journal")) == (7, 9, 11)
    assert muller.persons["author"] == ["Müller, Fabian", "{CASTLE Study Group}", "others"]


GOOD = "@misc{good, title = {Good}}\n"


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("@misc{bad, title = {open\n" + GOOD, [("parse", 1)]),
        ('@misc{bad, title = "open}\n' + GOOD, [("parse", 1)]),
        ("@misc(bad, title = {open}\n" + GOOD, [("parse", 1)]),
        ("@misc{bad,\n title = {a}\n year = 2024\n}\n" + GOOD, [("parse", 3)]),
        ("@misc{bad,\n title = }\n" + GOOD, [("parse", 2)]),
        ("@misc{, title = {no key}}\n" + GOOD, [("parse", 1)]),
        ("@misc{bad, title = {" + "{" * 101 + "}" * 101 + "}}\n" + GOOD, [("parse", 1)]),
        (
            "@misc{bad, title = {one brace short, year = 2024}\n" + GOOD + "}\n",
            [("parse", 2), ("text-outside", 3)],
        ),
        ("@misc{bad, title = {open}, @misc{good, title = {same line}}", [("parse", 1)]),
        ("@article bad, title = {no brace}\n" + GOOD, [("parse", 1)]),
        ("@misc{" + "k=" * 101 + ", title = {x}}\n" + GOOD, [("parse", 1)]),
        ("@string{m = {open\n" + GOOD, [("parse", 1)]),
        (GOOD + "@misc{last, title = {never ends", [("parse", 2)]),
        (GOOD.replace("}}", "}}}"), [("text-outside", 1)]),
        (GOOD.replace("}}", "}},\n  year = 2024}"), [("text-outside", 2)]),
        ("@comment{\n" + GOOD + "}", [("in-comment", 2)]),
        (GOOD + "@comment{ open", [("parse", 2)]),
        ("@misc{good title = {x}}", [("missing-comma", 1)]),
        ("@misc{good,\n title = nowhere # {x}}", [("undefined-macro", 2)]),
        ("@misc{good, title = {x},\n Title = {y}}", [("duplicate-field", 2)]),
        (GOOD + "@misc{outer, note = {\n@misc{inner, title = {x}}\n}}", [("swallowed-entry", 3)]),
        ("@1misc{bad,\n title = {x}\n}\n" + GOOD, [("parse", 1)]),
        ("@{bad, title = {x}}\n" + GOOD, [("parse", 1)]),
        ("@mi;sc{bad, title = {x}}\n" + GOOD, [("parse", 1)]),
        ("@" + "t" * 100 + "{bad, title = {x}}\n" + GOOD, [("parse", 1)]),
        ("@miscbad,\n title = {x},\n year = 2024\n}\n" + GOOD, [("parse", 1)]),
        ("@mi{sc{bad,\n title = {x}\n}\n" + GOOD, [("parse", 1)]),
        ("@misc{bad, title = {open\n\n@mi;sc{worse, title = {x}}\n" + GOOD, [("parse", 1), ("parse", 3)]),
        (GOOD + "misc{bad,\n title = {x},\n year = {2024}\n}\n", [("text-outside", 3)]),
        ("% misc{bad,\n% title = {x}\n@comment{\n title = {x}\n}\n" + GOOD, []),
        (GOOD, []),
    ],
)
def test_a_broken_entry_is_reported_and_the_rest_is_read(text: str, expected: list[tuple[str, int]]) -> None:
    bib_file = parse(text)
    assert "good" in [entry.key for entry in bib_file.entries]
    assert reported(bib_file) == expected


def test_macros_that_double_at_every_line_do_not_fill_the_memory() -> None:
    lines = ["@string{m0 = {ten letters}}", *(f"@string{{m{n + 1} = m{n} # m{n}}}" for n in range(64))]
    bib_file = parse("\n".join([*lines, GOOD]))
    assert [entry.key for entry in bib_file.entries] == ["good"]
    assert "expand to too much" in bib_file.findings[0].message


@pytest.mark.parametrize(
    ("data", "rule"),
    [
        ("@misc{a,\n title={Müller}}".encode("utf-8-sig"), None),
        ("@misc{a,\n title={Müller}}".encode("latin-1"), ("encoding", 2)),
        ("@misc{a,\n title={Müller}}".encode("utf-16"), ("encoding", 1)),
        ("@misc{a,\n title={Müller}}".encode("utf-16-be"), ("encoding", 1)),
        ("@misc{a,\n title={Mü\0ller}}".encode(), ("encoding", 2)),
        ("@misc{a,\r title={Müller}}".encode(), None),
    ],
)
def test_odd_encodings_are_read_and_reported(data: bytes, rule: tuple[str, int] | None) -> None:
    bib_file = parse_bibliography(data, "a.bib")
    assert bib_file.entries[0].fields == {"title": "Müller"}
    assert bib_file.entries[0].line_of("title") == 2
    assert reported(bib_file) == ([rule] if rule else [])


def test_windows_quotes_among_utf_8() -> None:
    bib_file = parse_bibliography("@misc{a, title={ü ".encode() + b"\x93x\x94}}", "a.bib")
    assert bib_file.entries[0].fields["title"] == "ü “x”"


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "empty"),
        (b"  \n", "empty"),
        (b"only text", "no BibTeX entry"),
        (b"@comment{x}", "no BibTeX entry"),
    ],
)
def test_a_file_without_entries_says_so(tmp_path: Path, content: bytes, message: str) -> None:
    path = tmp_path / "a.bib"
    path.write_bytes(content)
    (finding,) = check_bibliography(path, root=tmp_path)
    assert (finding.rule, finding.severity, finding.file) == (
        "bibliography/unreadable-file",
        "error",
        "a.bib",
    )
    assert message in finding.message


def test_what_is_no_file_says_so(tmp_path: Path) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    loop = tmp_path / "loop"
    loop.symlink_to(loop)
    below = tmp_path / "below"
    below.write_text(GOOD)
    for path, message in [
        (tmp_path, "folder"),
        (tmp_path / "none.bib", "does not exist"),
        (pipe, "pipe"),
        (loop, "cannot be read"),
        (below / "a.bib", "cannot be read"),
        (tmp_path / ("long" * 200), "cannot be read"),
    ]:
        (finding,) = check_bibliography(path, root=tmp_path)
        assert message in finding.message


def test_loading_remembers_until_the_content_changes(tmp_path: Path) -> None:
    path, cache = tmp_path / "a.bib", tmp_path / "cache"
    path.write_text(GOOD)
    first = load_bibliography(path, cache_dir=cache)
    assert load_bibliography(path, cache_dir=cache) == first
    assert [entry.line for entry in first.values()] == [1]
    (remembered,) = cache.iterdir()
    remembered.write_bytes(b"damaged")
    assert load_bibliography(path, cache_dir=cache) == first
    path.write_text(GOOD + "@misc{new, title = {New}}")
    assert list(load_bibliography(path, cache_dir=cache)) == ["good", "new"]


@pytest.mark.parametrize("content", ["", GOOD + GOOD, GOOD + "@misc{bad, title = {"])
def test_loading_an_unsound_file_raises_with_findings(tmp_path: Path, content: str) -> None:
    path = tmp_path / "a.bib"
    path.write_text(content)
    with pytest.raises(BibliographyError) as raised:
        load_bibliography(path, cache_dir=tmp_path / "cache")
    assert raised.value.findings
    assert "mend:" in str(raised.value)
