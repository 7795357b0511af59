from __future__ import annotations

from pathlib import Path

import pytest

from carta.findings import Finding
from carta.prose import check_prose

CHAPTER = """\
---
jupytext: {text_representation: {extension: .md, format_name: myst}}
kernelspec: {name: python3, display_name: Python 3}
---
(ch-reset)=
# Deep B-cell depletion and the immune reset

## Key points

- CD19-directed CAR T cells with a 4-1BB domain cleared B cells for
  {fact}`muller-2024-nejm:b-cell-aplasia` {cite}`muller-2024-nejm`.
- Most events were grade 1 or 2.

## What you will learn

After this chapter you can tell depletion from reset.

## From CD19 to memory

In the CASTLE study (NCT06347718), KYV-101 was given in phase 1/2. All {glue:text}`n_patients` patients
had stopped glucocorticoids by March 2024.

| Product | Target | Followed for |
|---|---|---|
| KYV-101 | CD19 | {fact}`castle-2025:followup` |

```{code-cell} python
---
tags: [hide-input]
mystnb:
  figure:
    caption: |
      B cells return naive {cite}`muller-2024-nejm`, after
      {fact}`muller-2024-nejm:b-cell-aplasia`.
    name: fig-return
---
from carta.figures import show

show(chart, alt="B cells fall to zero within 1 week and return naive")
```

```{admonition} A caution
:class: warning

{fact}`castle-2025:grade-3` had grade 3 or higher infections.
```

## How sure are we?

Not very: the trials are small.

## What would change our mind?

A relapse with the same clones.

## Further reading

- {cite}`muller-2024-nejm`
"""


def project(tmp_path: Path, text: str, name: str = "book/mechanism/reset.md") -> Path:
    path = tmp_path / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text, encoding="utf-8")
    return path


def check(tmp_path: Path, text: str, name: str = "book/mechanism/reset.md") -> list[Finding]:
    return check_prose([project(tmp_path, text, name)], root=tmp_path)


def rules(findings: list[Finding]) -> list[tuple[str, int]]:
    return [(finding.rule, finding.line) for finding in findings]


def line_of(text: str) -> int:
    return CHAPTER[: CHAPTER.index(text)].count("\n") + 1


def test_a_sound_chapter_has_no_finding(tmp_path: Path) -> None:
    assert check(tmp_path, CHAPTER) == []


@pytest.mark.parametrize(
    ("sound", "broken", "where"),
    [
        ("return naive {cite}", "return naive in 15 patients {cite}", "return naive {cite}"),
        (
            "{fact}`muller-2024-nejm:b-cell-aplasia`.\n    name",
            "112 ± 47 days.\n    name",
            "{fact}`muller-2024-nejm:b-cell-aplasia`.\n    name",
        ),
        ("{fact}`castle-2025:grade-3` had", "Two patients had", "{fact}`castle-2025:grade-3` had"),
        ("{fact}`castle-2025:followup`", "2024 days", "{fact}`castle-2025:followup`"),
        ("A caution", "A caution from 15 patients", "```{admonition}"),
        ("{glue:text}`n_patients`", "five", "KYV-101 was given"),
    ],
)  # fmt: skip
def test_an_unbound_number_is_found_wherever_it_stands(
    tmp_path: Path, sound: str, broken: str, where: str
) -> None:
    assert sound in CHAPTER
    (finding,) = check(tmp_path, CHAPTER.replace(sound, broken, 1))
    assert (finding.rule, finding.severity) == ("prose/unbound-number", "error")
    assert (finding.file, finding.line) == ("book/mechanism/reset.md", line_of(where))


@pytest.mark.parametrize(
    ("sound", "broken", "rule", "line", "word"),
    [
        ("# Deep B-cell", "Deep B-cell", "prose/skeleton", 1, "no title"),
        ("## From CD19", "# From CD19", "prose/skeleton", line_of("## From CD19"), "second title"),
        ("## Key points", "### Key points", "prose/skeleton", line_of("# Deep"), "“Key points”"),
        ("## Further reading", "## Reading", "prose/skeleton", line_of("# Deep"), "“Further reading”"),
        ("name: fig-return", "nam: fig-return", "prose/figure", line_of("```{code-cell}"), "no name"),
        ("alt=", "title=", "prose/figure", line_of("```{code-cell}"), "no alt"),
        ('alt="B cells fall to zero within 1 week and return naive"', 'alt=""', "prose/figure",
         line_of("```{code-cell}"), "no alt"),
    ],
)  # fmt: skip
def test_a_chapter_keeps_the_skeleton(
    tmp_path: Path, sound: str, broken: str, rule: str, line: int, word: str
) -> None:
    findings = check(tmp_path, CHAPTER.replace(sound, broken, 1))
    assert rules(findings) == [(rule, line)]
    assert word in findings[0].message


def test_sections_keep_their_order(tmp_path: Path) -> None:
    swapped = CHAPTER.replace("## Key points", "## X").replace("## What you will learn", "## Key points")
    findings = check(tmp_path, swapped.replace("## X", "## What you will learn"))
    assert rules(findings) == [("prose/skeleton", line_of("## Key points"))]


def test_a_chapter_shows_a_figure(tmp_path: Path) -> None:
    findings = check(tmp_path, CHAPTER.replace("  figure:", "  image:"))
    assert rules(findings) == [("prose/figure", 1)]


@pytest.mark.parametrize("name", ["book/mechanism/index.md", "book/methods.md", "README.md"])
def test_other_pages_need_no_skeleton_but_no_unbound_number_either(tmp_path: Path, name: str) -> None:
    assert rules(check(tmp_path, "# Page\n\nIt had 15 patients.\n", name)) == [("prose/unbound-number", 3)]


def test_names_come_from_the_caller(tmp_path: Path) -> None:
    path = project(tmp_path, "# Page\n\nThe 9-11x product.\n", "book/page.md")
    assert rules(check_prose([path], root=tmp_path)) == [("prose/unbound-number", 3)]
    assert check_prose([path], root=tmp_path, names=["9-11x"]) == []


def test_raw_html_is_a_warning(tmp_path: Path) -> None:
    (finding,) = check(tmp_path, "# Page\n\n<div>word</div>\n", "book/page.md")
    assert (finding.rule, finding.severity, finding.line) == ("prose/raw-html", "warning", 3)


def test_a_broken_page_is_a_finding_and_the_others_are_checked(tmp_path: Path) -> None:
    bad = project(tmp_path, "", "book/bad.md")
    bad.write_bytes(b"# T\n\n\xff 15 patients\n\n```{note}\nopen")
    good = project(tmp_path, "# T\n\n15 patients\n", "book/good.md")
    findings = check_prose([tmp_path / "book/none.md", bad, tmp_path / "book", good], root=tmp_path)
    assert [(f.file, f.line, f.rule) for f in findings] == [
        ("book", 1, "prose/unreadable"),
        ("book/bad.md", 3, "prose/encoding"),
        ("book/bad.md", 3, "prose/unbound-number"),
        ("book/bad.md", 5, "prose/unclosed-fence"),
        ("book/good.md", 3, "prose/unbound-number"),
        ("book/none.md", 1, "prose/unreadable"),
    ]
