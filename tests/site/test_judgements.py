"""Tables of judgements in a real build: what they say without colour, where reasons are, and what is refused."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from carta.site.build import BuildError, build_html
from projects import replace, write_project

ROOT = Path(__file__).parents[2]

PAGE = """\
# Judged

```{risk-of-bias} Bias of all
:outcome: crs-any
```

```{appraisal} alpha-2024-journal
```

```{summary-of-findings} What is known
:outcomes: crs
:reasons:
```

```{bibliography}
```
"""


def _project(place: Path, page: str) -> Path:
    root = write_project(place, **{"book/intro.md": page, "_toc.yml": "format: jb-book\nroot: book/intro\n"})
    shutil.copy(ROOT / "_config.yml", root)
    return root


def _cells(row: Tag) -> list[str]:
    return [" ".join(cell.get_text(" ").split()) for cell in row.find_all(["td", "th"])]


@pytest.fixture(scope="module")
def pages(tmp_path_factory: pytest.TempPathFactory) -> dict[str, BeautifulSoup]:
    root = _project(tmp_path_factory.mktemp("judged") / "p", PAGE)
    build_html(root, quiet=True)
    site = root / "_build" / "html"
    return {
        name: BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")
        for name in ("book/intro", "evidence/alpha-2024-journal", "evidence/beta-2023-journal")
    }


def test_each_answer_is_a_sign_and_a_word(pages: dict[str, BeautifulSoup]) -> None:
    table = next(t for t in pages["book/intro"].find_all("table") if "carta-judgements" in t["class"])
    assert table.caption is not None and "Bias of all" in table.caption.get_text()
    head, row = table.find_all("tr")
    assert _cells(head) == ["Study", *map(str, range(1, 11)), "What was read"]
    shown = _cells(row)
    assert shown[1:] == [*["✓ yes"] * 3, *["? unclear"] * 2, *["✓ yes"] * 3, "✗ no", "✓ yes", "abstract"]
    assert "Müller et al., 2024" in shown[0]
    assert [str(link["href"]) for link in row.find_all("a")] == ["../evidence/alpha-2024-journal.html"]
    # What the numbers and the signs stand for is said on the page.
    words = " ".join(pages["book/intro"].get_text(" ").split())
    assert "✓ yes; ✗ no; ? unclear" in words and "Patients included one after the other" in words


@pytest.mark.parametrize("page", ["book/intro", "evidence/alpha-2024-journal"])
def test_each_answer_has_its_reason(pages: dict[str, BeautifulSoup], page: str) -> None:
    table = next(t for t in pages[page].find_all("table") if t.caption and "JBI" in t.caption.get_text())
    rows = [_cells(row) for row in table.find_all("tr")]
    assert rows[0] == ["Item", "Judgement", "Why"] and len(rows) == 11
    assert rows[9] == ["Treating centre and its patients described", "✗ no", "The abstract says nothing."]
    assert "The abstract." in pages[page].get_text()


def test_a_study_that_was_not_judged_has_no_such_section(pages: dict[str, BeautifulSoup]) -> None:
    assert pages["evidence/alpha-2024-journal"].find(id="part-risk-of-bias")
    assert not pages["evidence/beta-2023-journal"].find(id="part-risk-of-bias")


def test_the_effect_is_computed_and_the_certainty_has_its_reasons(pages: dict[str, BeautifulSoup]) -> None:
    tables = {
        table.caption.get_text(" "): [_cells(row) for row in table.find_all("tr")]
        for table in pages["book/intro"].find_all("table")
        if table.caption
    }
    findings = next(
        rows for caption, rows in tables.items() if "known" in caption and "reasons" not in caption
    )
    question, evidence, effect, certainty, plain = findings[1]
    assert (question, plain) == ("Cytokine release of any grade", "It is common.")
    assert evidence == "15 patients in 1 group; no comparison"
    # Clopper and Pearson's interval of eleven of fifteen.
    assert effect == "11 of 15; pooled 73 % (45 to 92 %)"
    assert certainty == "⊕◯◯◯ very low : risk of bias −1; imprecision −2"
    reasons = next(rows for caption, rows in tables.items() if "reasons" in caption)
    assert reasons[1] == ["Cytokine release of any grade", "Start", "low", "No comparison group."]
    assert ["", "Imprecision", "very serious, −2", "Few patients."] in reasons and len(reasons) == 11


def test_what_does_not_exist_is_refused_at_its_line(tmp_path: Path) -> None:
    root = _project(tmp_path / "p", PAGE)
    replace(root, "book/intro.md", ":outcome: crs-any", ":outcome: crs-all")
    replace(root, "book/intro.md", "{appraisal} alpha", "{appraisal} alfa")
    replace(root, "book/intro.md", ":outcomes: crs\n", ":outcomes: cr\n")
    with pytest.raises(BuildError) as caught:
        build_html(root, quiet=True)
    said = str(caught.value)
    assert "intro.md:3: " in said and "no outcome 'crs-all'" in said and "crs-any" in said
    assert "intro.md:10: " in said and "no certainty 'cr'" in said
    assert "intro.md:7: " in said and "no appraisal 'alfa-2024-journal'" in said
