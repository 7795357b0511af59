"""What the roles and directives put into a page, read from the pages of the small book."""

from __future__ import annotations

import re
from pathlib import Path

from bs4 import BeautifulSoup, Tag

from small_book import scripts_of


def page(site: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


def words(part: Tag) -> str:
    """Return the words of a part of a page, with plain spaces."""
    return " ".join(part.get_text().split())


def test_each_form_of_a_fact(small_site: Path) -> None:
    buttons = page(small_site, "book/value").select("button.carta-fact")
    assert [words(button) for button in buttons] == [
        "8 of 10 patients",
        "80 %",
        "112 ± 47 days",
        "SD 47",
        "3 of 7",
    ]


def test_the_card_says_what_where_and_how_far_to_trust(small_site: Path) -> None:
    value = page(small_site, "book/value")
    button = value.find("button", string=re.compile("112"))
    assert isinstance(button, Tag)
    card = value.find(id=button["popovertarget"])
    assert isinstance(card, Tag)
    text = words(card)
    for part in (
        "Duration of B-cell aplasia",
        "112 ± 47 days, n = 15",
        "△ not verified",
        "When after infusion",
        "Found in Abstract",
        "Checked 2026-01-02",
        "Note Recalled.",
        "Alpha et al., 2024",
    ):
        assert part in text
    addresses = [link["href"] for link in card.select("a")]
    assert addresses == [
        "https://doi.org/10.1000/alpha",
        "../evidence/alpha-2024.html#aplasia",
        "references.html#cite-alpha-2024",
    ]
    # Not read in its source: said beside the value, without the card.
    mark = button.find_next_sibling(class_="carta-mark")
    assert mark is None or "not verified" in words(mark)
    assert "not verified" in words(button.parent.select(".carta-mark")[0])  # type: ignore[union-attr]


def test_a_page_may_not_hold_an_identifier_twice(small_site: Path) -> None:
    for path in small_site.rglob("*.html"):
        ids = re.findall(r'\sid="([^"]+)"', path.read_text(encoding="utf-8"))
        twice = {name for name in ids if ids.count(name) > 1}
        # The theme gives its search form twice.
        assert not {name for name in twice if name.startswith(("fact-", "study-", "cite-", "claim-"))}, (
            path.name
        )


def test_references_lead_to_entries_and_entries_back(small_site: Path) -> None:
    value = page(small_site, "book/value")
    (first,) = [part for part in value.select("main p") if "were in remission" in part.get_text()]
    leads = {
        words(link): link["href"]
        for link in first.select("a.reference")
        if not link.find_parent(popover=True)
    }
    assert leads["Alpha et al., 2024"] == "../evidence/alpha-2024.html"
    assert leads["NCT00000001"] == "../evidence/NCT00000001.html"
    assert leads["claim all-well"] == "audit.html#claim-all-well"
    entry = page(small_site, "evidence/alpha-2024")
    (used,) = entry.select("#part-used-in")
    back = {words(link): str(link["href"]) for link in used.select("a")}
    assert set(back) >= {"A value", "A figure", "Audit"}
    name, _, anchor = back["A value"].partition("#")
    assert name == "../book/value.html" and value.find(id=anchor) is not None
    assert page(small_site, "evidence/NCT00000001").select("#part-reports a[href='alpha-2024.html']")


def test_formulas_are_mathml_and_nothing_fetches_a_script_for_them(small_site: Path) -> None:
    value = page(small_site, "book/value")
    formulas = value.select("math")
    assert len(formulas) == 3
    assert len(formulas[0].select("mfrac")) == 1
    main = value.select("main")[0]
    for formula in main.select("math"):
        formula.decompose()
    assert not re.search(r"\\[a-z]+|\$", words(main))
    for path in small_site.rglob("*.html"):
        html = path.read_text(encoding="utf-8")
        assert "mathjax.js" not in html and "MathJax-script" not in html and "cdn." not in html, path.name


def test_lists_of_records(small_site: Path) -> None:
    audit = page(small_site, "book/audit")
    (claim,) = audit.select(".carta-claim")
    assert claim["id"] == "claim-all-well"
    assert "✗ contradicted" in words(claim) and "Eight of ten did." in words(claim)
    studies, trials, parameters = audit.select("table.carta-table")
    assert words(studies.select("caption .caption-text")[0]) == "All studies"
    assert [words(row.select("td")[0]) for row in studies.select("tbody tr")] == [
        "Alpha et al., 2024",
        "Beta, 2025",
    ]
    assert [words(row.select("td")[0]) for row in trials.select("tbody tr")] == ["NCT00000001"]
    assert "0.5 days" in words(parameters) and "assumed" in words(parameters)
    for row in parameters.select("tbody tr"):
        assert row.get("id") or row.select("[id]")


def test_counts_and_parameters_in_a_sentence(small_site: Path) -> None:
    text = words(page(small_site, "book/value").select("main")[0])
    assert "30 days, 2 studies" in text and "0.5 days △ assumed" in text


def test_a_figure_has_words_data_and_linked_sources(small_site: Path) -> None:
    (figure,) = page(small_site, "book/figure").select(".carta-figure")
    (drawing,) = figure.select("svg[role=img]")
    assert drawing["aria-label"] == "Most patients of both studies were in remission after treatment."
    assert {words(cell) for cell in figure.select("td, th")} >= {"alpha-2024", "beta-2025"}
    assert [link["href"] for link in figure.select(".carta-figure-sources a")] == [
        "../evidence/alpha-2024.html",
        "../evidence/beta-2025.html",
    ]


def test_a_page_loads_only_what_it_uses(small_site: Path) -> None:
    def scripts(name: str) -> set[str]:
        return scripts_of(page(small_site, name))

    assert "carta-figures.js" in scripts("book/figure")
    assert "carta-card.js" in scripts("book/value")
    unrelated = scripts("book/unrelated")
    assert unrelated.isdisjoint({"carta-figures.js", "carta-card.js", "fontawesome.js", "sphinx-thebe.js"})
    static = small_site / "_static"
    assert not (static / "scripts/fontawesome.js").exists() and not list(static.rglob("*.map"))
