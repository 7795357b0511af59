"""Each rule fires on the right line of a small file, and is silent on a good one."""

from __future__ import annotations

import datetime
from pathlib import Path

import pytest

from carta.bibliography.check import check_bibliography, check_entries, rule_summaries
from carta.bibliography.reading import parse_bibliography
from carta.findings import Finding

GOOD = """\
@article{muller-2024-nejm,
  author = {Müller, Fabian and van der Berg, Anna and {CASTLE Study Group} and others},
  title = {{CD19 CAR T-Cell Therapy in Autoimmune Disease — A Case Series with Follow-up}},
  journal = {New England Journal of Medicine},
  volume = {390},
  number = {8},
  pages = {687--700},
  year = {2024},
  doi = {10.1056/NEJMoa2308917},
  pmid = {38381673},
  pmcid = {PMC10391090},
  nct = {NCT03767751, NCT06347718},
  issn = {0028-4793, 1533-4406},
  isbn = {978-3-16-148410-0 (print)},
  url = {https://www.nejm.org/doi/full/10.1056/NEJMoa2308917?a=1&b=%20#top},
  eprint = {2301.12345v2},
  archiveprefix = {arXiv},
  confirmed = {author, title, journal, volume, number, pages, year, doi, pmid, pmcid, nct, issn, isbn, url,
               eprint},
}
"""

NEXT_YEAR = datetime.date.today().year + 1


def found(text: str) -> list[Finding]:
    return check_entries(parse_bibliography(text.encode(), "a.bib"))


def short(findings: list[Finding]) -> list[tuple[str, str, int]]:
    return [(f.rule.removeprefix("bibliography/"), f.severity, f.line) for f in findings]


def test_a_good_entry_is_silent() -> None:
    assert found(GOOD) == []


#: A field put in place of that of the good entry, and the finding on it.
FIELDS = [
    ("doi = {10.1056}", "doi", "error"),
    ("doi = {10.1056/nejm oa}", "doi", "error"),
    (r"doi = {10.1007/978-3\_4}", "doi", "error"),
    ("doi = {10.1056/nejm–1}", "doi", "error"),
    ("doi = {10.1056/nejm.}", "doi", "error"),
    ("doi = {https://doi.org/10.1056/NEJMoa2308917}", "bare-identifier", "warning"),
    ("doi = {10.1002/(SICI)1097-0258(19980815/30)17:15/16<1661::AID-SIM968>3.0.CO;2-2}", None, None),
    ("pmid = {PMC10391090}", "pmid", "error"),
    ("pmid = {038381673}", "pmid", "error"),
    ("pmid = {https://pubmed.ncbi.nlm.nih.gov/38381673/}", "bare-identifier", "warning"),
    ("pmcid = {10391090}", "pmcid", "error"),
    ("pmcid = {PMC10391090.1}", None, None),
    ("isbn = {978-3-16-148410-1}", "isbn", "error"),
    ("isbn = {978-3-16-148410}", "isbn", "error"),
    ("isbn = {0-306-40615-2, 9783161484100}", None, None),
    ("issn = {0028-4794}", "issn", "error"),
    ("issn = {2434-561X 0028-4793}", None, None),
    ("eprint = {2313.12345}", "arxiv", "error"),
    ("eprint = {1401.12345}", "arxiv", "error"),
    ("eprint = {q-bio/0601001}", None, None),
    ("nct = {NCT0376775}", "nct", "error"),
    ("title = {{A trial registered as NCT037677511 in people with lupus}}", "nct", "error"),
    ("url = {www.nejm.org}", "url", "error"),
    ("url = {ftp://nejm.org/a}", "url", "error"),
    ("url = {https://nejm/a}", "url", "error"),
    ("url = {https://[nejm/a}", "url", "error"),
    (r"url = {https://nejm.org/a\_b}", "url", "error"),
    ("url = {https://nejm.org/a b}", "url", "error"),
    ("year = {1783}", "year", "error"),
    (f"year = {{{NEXT_YEAR}}}", None, None),
    (f"year = {{{NEXT_YEAR + 1}}}", "year", "error"),
    ("year = {2024a}", "year", "error"),
    ("year = {in press}", "year", "warning"),
    ("pages = {700--687}", "pages", "error"),
    ("pages = {687--}", "pages", "error"),
    ("pages = {1--2--3}", "pages", "error"),
    ("pages = {1123--8}", "pages", "warning"),
    ("pages = {1128--3}", "pages", "error"),
    ("pages = {pp. 12--34}", "pages", "warning"),
    ("pages = {e123, S12–S20, xii--xx, 123.e1--123.e5, 15:1--15:20, 1123-1134.e8, CD012345}", None, None),
    ("author = {Müller, Fabian and and Berg, Anna}", "name", "error"),
    ("author = {Müller, Fabian, Berg, Anna}", "name", "error"),
    ("author = {Müller F; Berg A}", "name", "error"),
    ("author = {Müller, Fabian et al.}", "name", "error"),
    ("author = {, Fabian}", "name", "error"),
    ("author = {others}", "name", "error"),
    ("author = {others and Müller, Fabian}", "name", "error"),
    ("author = {Müller1, Fabian}", "name", "error"),
    ("author = {Institute for Clinical Review}", "body-name", "warning"),
    ("author = {{Authors not seen} and others}", "placeholder", "error"),
    ("author = {{to be confirmed}}", "placeholder", "error"),
    ("author = {{news}}", "placeholder", "error"),
    ("journal = {n/a}", "placeholder", "error"),
    ('journal = {Zeitschrift f{\\"u}r Rheumatologie}', "tex", "warning"),
    (r"journal = {\emph{Blood}}", "tex", "error"),
    ("title = {{Cells with $CD19^{+}$ in people with lupus nephritis}}", "tex", "error"),
    ("title = {CD19 CAR T cells in people with lupus nephritis}", "title-protection", "warning"),
    ("year = 2024 # jan", "macro", "warning"),
    ("journal = {}", "required-fields", "error"),
]


@pytest.mark.parametrize(("field", "rule", "severity"), FIELDS)
def test_a_field_is_reported_on_its_line(field: str, rule: str | None, severity: str | None) -> None:
    name = field.split()[0]
    lines = GOOD.splitlines()
    (number,) = (n for n, line in enumerate(lines) if line.startswith(f"  {name} ="))
    lines[number] = f"  {field},"
    findings = short(found("\n".join(lines)))
    if rule is None:
        assert findings == []
    else:
        line = 1 if rule == "required-fields" else number + 1
        assert (rule, severity, line) in findings


#: Whole files, and all findings on them.
FILES = [
    ("@misc{a, title = {A}}\n\n@misc{a, title = {B}}", [("duplicate-key", "error", 3)]),
    ("@misc{a, title = {A}}\n@misc{A, title = {B}}", [("duplicate-key", "error", 2)]),
    (
        "@misc{a, title={A}, doi={10.1000/X}}\n@misc{b, title={B},\n doi={https://doi.org/10.1000/x}}",
        [("duplicate-work", "error", 3), ("bare-identifier", "warning", 3)],
    ),
    ("@misc{a, title={A}, pmid={123}}\n@misc{b, title={B},\n pmid={123}}", [("duplicate-work", "error", 3)]),
    (
        "@misc{a, title={The {B} cell, its loss & {\\'E}clat}}\n"
        "@misc{b,\n title={The B-Cell: its Loss and <i>Eclat</i>}}",
        [("tex", "notice", 1), ("duplicate-work", "error", 3)],
    ),
    (
        "@misc{a, title={B cells and their early return}, year=2023}\n"
        "@misc{b, title={B cells and their early return}, year=2024}",
        [("duplicate-work", "warning", 2)],
    ),
    (
        "@misc{a, title={B cells and their early return}}\n"
        "@misc{b, title={B cells and their early return}, related={a}}",
        [],
    ),
    ("@misc{a, title={Reply}}\n@misc{b, title={Reply}}", []),
    ("\n@article{a, title={A}}", [("required-fields", "error", 2)]),
    ("@novel{a, title={A}}", [("unknown-type", "warning", 1)]),
    (
        "@inproceedings{c, author={Li, W}, title={C}, crossref={P}}\n"
        "@proceedings{p, title={Proceedings}, year=2020}",
        [],
    ),
    (
        "@inproceedings{c, author={Li, W}, title={C}, booktitle={B}, year=2020,\n crossref={gone}}",
        [("crossref", "error", 2)],
    ),
    (
        "@misc{c, title={C}, crossref={bad}}\n@misc{bad, title={open}",
        [("crossref", "error", 1), ("parse", "error", 2)],
    ),
    ("@misc{c, title={C},\n crossref={c}}", [("crossref", "error", 2)]),
    (
        "@misc{a, title={A}, crossref={b}}\n@misc{b, title={B}, crossref={c}}\n"
        "@misc{c, title={C}, crossref={a}}",
        [("crossref", "error", 1)],
    ),
    (
        "@misc{a, title={{A}}, year=2020, confirmed={title}}\n@misc{b,\n title={{B}}}",
        [("unconfirmed", "notice", 1), ("unconfirmed-title", "error", 3)],
    ),
    (
        "@misc{a, title={{[Description: company report]}}, year=2020, confirmed={year}}",
        [("unconfirmed-title", "notice", 1)],
    ),
    (
        "@misc{a,\n title={{Whole-blood manufacture (to be confirmed)}}, confirmed={title}}",
        [("unconfirmed-title", "error", 2)],
    ),
    (
        "@misc{a, title={{[Description: company report]}}, confirmed={title}}",
        [("unconfirmed-title", "error", 1)],
    ),
    ("@misc{a, title={{[A real title in brackets]}}, confirmed={title}}", []),
    ("@misc{a, title={{A}},\n confirmed={title, jurnal}}", [("confirmed-absent", "warning", 2)]),
    ("@misc{a, title={Not ours}}", []),
]


@pytest.mark.parametrize(("text", "expected"), FILES)
def test_a_file_gives_these_findings(text: str, expected: list[tuple[str, str, int]]) -> None:
    assert short(found(text)) == expected


def test_use_is_checked_for_our_own_file(tmp_path: Path) -> None:
    path = tmp_path / "references.bib"
    path.write_text(
        "@misc{cited, title={A}, crossref={parent}}\n@misc{known, title={B}}\n"
        "@misc{parent, title={C}}\n@misc{spare, title={D}}\n@misc{broken, title={E}",
    )
    assert [f.rule for f in check_bibliography(path, root=tmp_path)] == ["bibliography/parse"]
    cited = {"cited": ("a.md", 3), "Known": ("b.md", 7), "gone": ("a.md", 9), "broken": ("a.md", 11)}
    findings = check_bibliography(path, root=tmp_path, cited=cited, known={"known"})
    assert [(f.file, f.line, f.rule) for f in findings] == [
        ("a.md", 9, "bibliography/missing"),
        ("b.md", 7, "bibliography/missing"),
        ("references.bib", 4, "bibliography/uncited"),
        ("references.bib", 5, "bibliography/parse"),
    ]
    assert "Write it 'known'" in findings[1].mend


def test_every_rule_was_made_to_fire() -> None:
    """No rule without a row above, or in the tests of reading."""
    fired = {rule for _, rule, _ in FIELDS} | {rule for _, rows in FILES for rule, _, _ in rows}
    fired |= {"missing", "uncited"}
    fired |= {"unreadable-file", "encoding", "swallowed-entry", "text-outside", "in-comment"}
    fired |= {"undefined-macro", "duplicate-field", "missing-comma"}
    assert {name.removeprefix("bibliography/") for name in rule_summaries()} == fired - {None}
