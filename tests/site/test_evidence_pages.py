"""Entries, their index, citations, open data, the audit and the glossary, in one small book that was built for real."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import rispy
from bs4 import BeautifulSoup, Tag
from playwright.sync_api import Browser, Page
from pybtex.database import parse_string

from carta.figures import forest_plot, show
from carta.site.build import build_html
from carta.synthesis import pool
from projects import ALPHA, CLAIMS, replace, write_pages, write_project
from small_book import scripts_of
from static_server import serving

CLAIM = """\
  cured:
    claim: All patients are cured.
    where: [End]
    kind: trial
    verdict: contradicted
    finding: No source says so.
    sources: [gamma-2025-news]
    confidence: high
    also_known_as: [all-cured]
"""

WORDS = """\
# Words

## The {term}`car`

A {term}`CAR` is made. An {term}`autoantibody` is not. Another {term}`chimeric antigen receptor`, {term}`words of its own <CAR>`.

{fact}`alpha-2024-journal:crs`, and {cite}`beta-2023-journal`.

{site-file}`The index <evidence/index.html?disease=x>`
"""

GLOSSARY = """\
# Glossary

```{glossary}
CAR
chimeric antigen receptor
  A made receptor, against an {term}`antigen`.

antigen
  What is recognised.

autoantibody
  An antibody & more against <oneself>.
```
"""

AUDIT = """\
# Audit

```{claims-filter}
```

## Trials

```{claims}
:kind: trial
```
"""


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_project(tmp_path_factory.mktemp("evidence"))
    (root / "evidence" / "claims" / "news.yaml").write_text(CLAIMS + CLAIM, encoding="utf-8")
    replace(
        root,
        "evidence/studies/gamma-2025-news.yaml",
        "locator: headline",
        "locator: as told by alpha-2024-journal",
    )
    pooled = pool([11, 3], [15, 5], ["alpha-2024-journal", "beta-2023-journal"])
    chart = forest_plot(pooled, x_title="Patients with CRS", names={"beta-2023-journal": "The first five"})
    figure = show(
        chart,
        alt="Most of the patients of both reports had CRS after the infusion.",
        sources=["alpha-2024-journal"],
    )
    write_pages(
        root,
        {
            "words": WORDS,
            "glossary": GLOSSARY,
            "audit": AUDIT,
            "data": "# Data\n\n```{open-data}\n```\n\n```{evidence-counts} disease\n```\n",
            "figure": f"# Figure\n\n````{{raw}} html\n{figure.html}\n````\n",
        },
    )
    build_html(root, quiet=True)
    return root


@pytest.fixture(scope="module")
def site(project: Path) -> Path:
    return project / "_build" / "html"


@pytest.fixture(scope="module")
def address(site: Path) -> Iterator[str]:
    with serving(site) as served:
        yield served


def soup(site: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((site / f"{name}.html").read_text(encoding="utf-8"), "html.parser")


def words(part: Tag) -> str:
    return " ".join(part.get_text().split())


def test_an_entry_tells_all_and_how_to_cite(site: Path) -> None:
    entry = soup(site, "evidence/alpha-2024-journal")
    assert [words(head) for head in entry.select("main h2")] == [
        "Design and patients",
        "What was given",
        "Reports that share patients",
        "Facts",
        "Patients as published",
        "Risk of bias",
        "About this record",
        "How to cite it",
        "Used in",
    ]
    crumbs = entry.select(".carta-crumbs li")
    assert [words(crumb) for crumb in crumbs] == ["Home", "Evidence", "Müller et al., 2024"]
    (fact,) = entry.select("#part-facts tr#crs")
    (back,) = fact.select(".carta-fact-uses a")
    page, _, anchor = str(back["href"]).partition("#")
    assert page == "../book/words.html" and soup(site, "book/words").find(id=anchor) is not None
    files = [str(link["href"]) for link in entry.select("#part-cite a[download]")]
    bib, ris, csl = [(site / "evidence" / name).read_text(encoding="utf-8") for name in files]
    assert list(parse_string(bib, "bibtex").entries) == ["alpha-2024-journal"]
    assert rispy.loads(ris)[0]["doi"] == json.loads(csl)[0]["DOI"] == "10.1000/alpha"
    (trial,) = entry.select("#part-design a[href='NCT00000001.html']")
    reports = soup(site, "evidence/NCT00000001").select("#part-reports tbody tr")
    assert words(trial) == "NCT00000001" and [words(row.select("th")[0]) for row in reports] == [
        "Müller et al., 2024"
    ]
    # A key in a note or locator is shown as what it names.
    (locator,) = soup(site, "evidence/gamma-2025-news").select(
        "#part-facts td a[href='alpha-2024-journal.html']"
    )
    assert words(locator) == "Müller et al., 2024"
    assert entry.select("link[data-holds*='carta-entries.css']")
    # One page of hundreds: it loads no script of charts, cards or explorers.
    scripts = scripts_of(entry)
    assert "carta-search.js" in scripts
    assert scripts.isdisjoint({"carta-figures.js", "carta-card.js", "carta-trials.js", "carta-filters.js"})


def test_every_way_leads_to_the_entry(site: Path) -> None:
    page = soup(site, "book/words")
    assert page.select(".carta-card-links a[href='../evidence/alpha-2024-journal.html#crs']")
    (cited,) = [
        link
        for link in page.select("main p > a, main p span a")
        if "Mackensen" in words(link) and "cite-" in str(link["href"])
    ]
    name, _, anchor = str(cited["href"]).partition("#")
    reference = soup(site, f"book/{name.removesuffix('.html')}").find(id=anchor)
    assert isinstance(reference, Tag)
    assert reference.select("a[href='../evidence/beta-2023-journal.html']")
    figure = soup(site, "book/figure").select(".carta-figure")[0]
    cells = {words(link): str(link["href"]) for link in figure.select("table td a")}
    assert cells == {
        "alpha-2024-journal": "../evidence/alpha-2024-journal.html",
        "The first five": "../evidence/beta-2023-journal.html",
    }
    leads = json.loads(str(figure["data-leads"]))
    assert leads["The first five"] == "../evidence/beta-2023-journal.html"


def test_the_open_data_are_published_with_their_sizes(site: Path) -> None:
    page = soup(site, "book/data")
    links = [link for link in page.select("main td a") if "/data/" in str(link["href"])]
    assert {"carta.sqlite", "facts.parquet", "study.schema.json", "SHA256SUMS"} <= {
        words(link) for link in links
    }
    for link in links:
        assert (site / "book" / str(link["href"])).is_file()
    for line in (site / "data/SHA256SUMS").read_text(encoding="utf-8").splitlines():
        digest, name = line.split("  ")
        assert hashlib.sha256((site / "data" / name).read_bytes()).hexdigest() == digest
    (count,) = page.select("a[href*='evidence/index.html?disease=']")
    assert words(count) == "Systemic lupus erythematosus"


def test_the_first_use_of_a_term_is_explained_and_no_other(site: Path) -> None:
    page = soup(site, "book/words")
    marked = page.select("button.carta-term")
    assert [words(button) for button in marked] == ["CAR", "autoantibody"]
    card = page.find(id=str(marked[1]["popovertarget"]))
    assert isinstance(card, Tag) and "An antibody & more against <oneself>." in words(card)
    assert not page.select("main a:-soup-contains('chimeric antigen receptor')")
    (head,) = page.select("article h2")
    assert words(head).startswith("The car") and not head.select("button, span.std-term a")
    # In the glossary itself words lead on.
    assert soup(site, "book/glossary").select("dd a[href='#term-antigen']")
    assert not soup(site, "book/glossary").select("button.carta-term")


def test_a_changed_definition_reaches_the_pages_that_explain_it(project: Path, site: Path) -> None:
    replace(project, "book/glossary.md", "What is recognised.", "What is met.")
    build_html(project, quiet=True)
    assert "A made receptor" in (site / "book/words.html").read_text(encoding="utf-8")
    replace(project, "book/glossary.md", "A made receptor", "A designed receptor")
    build_html(project, quiet=True)
    assert "A designed receptor" in (site / "book/words.html").read_text(encoding="utf-8")


def test_a_site_file_that_is_not_there_is_told(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    root = write_project(tmp_path / "p")
    write_pages(root, {"words": "# Words\n\n{site-file}`nothing <evidence/nothing.html>`\n"})
    with pytest.raises(Exception, match=r"evidence/nothing\.html"):
        build_html(root, quiet=True)


@pytest.fixture
def page(browser: Browser, address: str) -> Iterator[Page]:
    errors: list[str] = []
    page = browser.new_page(viewport={"width": 390, "height": 800}, has_touch=True)
    page.set_default_timeout(8000)
    page.on("pageerror", lambda error: errors.append(str(error)))
    page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
    yield page
    page.close()
    assert not errors


def test_in_a_browser(page: Page, browser: Browser, address: str) -> None:
    """The index and the audit are narrowed by keyboard, a term opens by tap and shuts by Escape; without script all is there."""
    page.goto(f"{address}/evidence/index.html?design=News")
    page.wait_for_selector("#evidence-filter[data-live]")
    said = page.locator("#evidence-filter [role=status]")
    rows = page.locator("#evidence-table tbody tr:visible")
    assert said.inner_text() == "1 of 4 sources and trials" and rows.count() == 1
    page.get_by_role("button", name="Show all").focus()
    page.keyboard.press("Enter")
    assert rows.count() == 4 and "design=" not in page.url
    page.locator("#evidence-filter-search").focus()
    page.keyboard.type("muller lupus")
    assert rows.all_inner_texts()[0].startswith("Müller et al., 2024") and rows.count() == 1
    page.get_by_role("button", name="Show all").click()
    page.get_by_label("Sort by").select_option("Year")
    assert rows.first.inner_text().startswith("A News House")
    for name in ("evidence/index", "evidence/alpha-2024-journal", "book/data", "book/audit"):
        page.goto(f"{address}/{name}.html")
        wide = page.evaluate("document.scrollingElement.scrollWidth - innerWidth")
        assert wide <= 0, f"{name} runs {wide} px over the edge of a phone"

    page.goto(f"{address}/book/audit.html")
    page.wait_for_selector("#claims-filter[data-live]")
    claims = page.locator(".carta-claim:visible")
    page.get_by_label("Verdict").select_option("contradicted")
    assert claims.count() == 1 and "All patients are cured." in claims.inner_text()
    # An address leads to a claim that was out of sight, under its former name too.
    page.evaluate("location.hash = 'claim-reset'")
    page.wait_for_function("() => document.querySelectorAll('.carta-claim:not([hidden])').length === 2")
    assert page.locator("#claim-all-cured").count() == 1

    page.goto(f"{address}/book/words.html")
    page.locator("button.carta-term").first.tap()
    card = page.locator(".carta-term-card:popover-open")
    assert "receptor" in card.inner_text()
    box = card.bounding_box()
    assert box is not None and box["x"] >= 0 and box["x"] + box["width"] <= 390
    page.keyboard.press("Escape")
    assert card.count() == 0

    page.goto(f"{address}/book/figure.html")
    page.locator("svg text.carta-figure-lead", has_text="The first five").click()
    page.wait_for_url("**/evidence/beta-2023-journal.html")

    bare = browser.new_context(java_script_enabled=False).new_page()
    bare.goto(f"{address}/evidence/index.html?design=News")
    assert bare.locator("#evidence-table tbody tr:visible").count() == 4
    bare.goto(f"{address}/book/audit.html")
    assert bare.locator(".carta-claim:visible").count() == 2
    bare.context.close()


def test_a_project_without_patients_or_overlaps_has_no_empty_sections(tmp_path: Path) -> None:
    root = write_project(tmp_path / "p")
    bare = ALPHA[: ALPHA.index("patients:")].replace("registrations: [NCT00000001]\n", "")
    (root / "evidence/studies/alpha-2024-journal.yaml").write_text(bare, encoding="utf-8")
    write_pages(root, {})
    build_html(root, quiet=True)
    heads = [
        words(head) for head in soup(root / "_build/html", "evidence/alpha-2024-journal").select("main h2")
    ]
    assert "Patients as published" not in heads and "Facts" in heads
