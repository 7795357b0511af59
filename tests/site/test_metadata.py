"""What machines read: addresses, previews, structured data and citations, of a book that knows its address."""

from __future__ import annotations

import base64
import json
import struct
from pathlib import Path
from urllib.parse import urljoin
from xml.etree import ElementTree as ET

import pytest
from bs4 import BeautifulSoup
from docutils import nodes
from docutils.core import publish_doctree
from playwright.sync_api import Browser, expect

from carta.bibliography.reading import parse_bibliography
from carta.site.build import build_html
from carta.site.not_found import not_found_page
from carta.site.reading_time import minutes_of
from carta.site.share_cards import SIZE, card_svg, text_width, wrapped
from projects import replace, write_pages, write_project
from static_server import serving

BASE = "https://carta.example/living/"
CHAPTER = """\
# Early "reactions" <in> brief

Of all treated, {fact}`alpha-2024-journal:crs` had a reaction, and {fact}`alpha-2024-journal:aplasia` passed. They are
told by {cite:t}`beta-2023-journal`.

## How sure are we

| statement | certainty | why |
|---|---|---|
| One | **Very low**; for all others | a reason |
| Two | very low | a reason |
| Three | moderate, from cancer | a reason |
| Four | the source says so | a reason |
"""


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = write_project(tmp_path_factory.mktemp("addressed") / "book")
    start = "# Start\n\nBy {path-time}`short`: {certainty}`crs`.\n\n```{reading-path} short\nbook/safety/early | Why.\n```\n"
    write_pages(root, {})
    (root / "book/intro.md").write_text(start, encoding="utf-8")
    (root / "book/safety").mkdir()
    (root / "book/safety/early.md").write_text(CHAPTER, encoding="utf-8")
    toc = "format: jb-book\nroot: book/intro\nchapters:\n- file: book/safety/early\n- file: book/references\n"
    (root / "_toc.yml").write_text(toc, encoding="utf-8")
    replace(root, "_config.yml", "\nhtml:\n", f"\nhtml:\n  baseurl: {BASE}\n")
    build_html(root, quiet=True)
    return root


@pytest.fixture(scope="module")
def out(book: Path) -> Path:
    return book / "_build" / "html"


def _page(out: Path, name: str) -> BeautifulSoup:
    return BeautifulSoup((out / name).read_text(encoding="utf-8"), "html.parser")


def _meta(page: BeautifulSoup, name: str) -> str:
    (tag,) = page.select(f'meta[property="{name}"], meta[name="{name}"]')
    return str(tag["content"])


def test_a_page_names_its_address_and_its_picture(out: Path) -> None:
    page = _page(out, "book/safety/early.html")
    (canonical,) = page.select('link[rel="canonical"]')
    assert canonical["href"] == _meta(page, "og:url") == urljoin(BASE, "book/safety/early.html")
    assert _meta(page, "og:title") == "Early “reactions” <in> brief"
    assert _meta(page, "description").startswith(
        "Of all treated, 11 of 15 patients had a reaction, and 112 ± 47 days passed."
    )
    picture = _meta(page, "og:image")
    assert picture == urljoin(BASE, "_static/cards/book-safety-early.png")
    data = (out / picture.removeprefix(BASE)).read_bytes()
    assert data[:8] == b"\x89PNG\r\n\x1a\n" and struct.unpack(">II", data[16:24]) == SIZE
    assert len(page.select('meta[name="viewport"]')) == 1


def test_the_line_under_the_title(out: Path) -> None:
    (line,) = _page(out, "book/safety/early.html").select("h1 + ul.carta-line")
    said = [" ".join(item.get_text().replace("\xa0", " ").split()) for item in line.select("li")]
    assert said == ["1 min read", "Evidence checked 2 January 2026", "Certainty: 1 moderate, 2 very low"]
    (link,) = line.select("a")
    assert _page(out, "book/safety/early.html").select(str(link["href"]))
    start = _page(out, "book/intro.html")
    assert not start.select(".carta-line")
    assert [tag.get_text() for tag in start.select(".carta-minutes")] == ["1 min", "1 min"]
    (certainty,) = start.select(".carta-certainty")
    assert certainty.get_text() == "⊕◯◯◯ very low certainty"


def test_words_and_figures_take_time_and_code_takes_none() -> None:
    page = publish_doctree("words " * 399 + "end\n\n::\n\n    " + "code " * 900)
    assert minutes_of(page) == 2
    page += nodes.figure("", nodes.caption("", "word " * 100))
    assert minutes_of(page) == 3


def test_structured_data_say_what_the_page_says(out: Path) -> None:
    page = _page(out, "book/safety/early.html")
    (script,) = page.select('script[type="application/ld+json"]')
    data = json.loads(script.get_text())
    assert data["@type"] == "MedicalWebPage" and data["lastReviewed"] == "2026-01-02"
    article = data["mainEntity"]
    assert article["@type"] == "ScholarlyArticle"
    assert article["headline"] == _meta(page, "og:title") and article["description"] == _meta(
        page, "description"
    )
    assert [work["sameAs"] for work in article["citation"]] == [
        "https://doi.org/10.1000/alpha",
        "https://doi.org/10.1000/beta",
    ]
    types = {
        json.loads(script.get_text())["@type"]
        for path in (out / "book").rglob("*.html")
        for script in _page(out, path.relative_to(out).as_posix()).select(
            'script[type="application/ld+json"]'
        )
    }
    assert types == {"MedicalWebPage", "WebSite", "WebPage"}


def test_sitemap_and_robots_agree_with_the_pages(out: Path) -> None:
    root = ET.parse(out / "sitemap.xml").getroot()
    listed = {str(place.text) for place in root.iter("{http://www.sitemaps.org/schemas/sitemap/0.9}loc")}
    assert urljoin(BASE, "book/safety/early.html") in listed
    assert urljoin(BASE, "evidence/alpha-2024-journal.html") in listed
    assert all((out / place.removeprefix(BASE)).is_file() for place in listed)
    assert not any(place.endswith(("/404.html", "/search.html")) for place in listed)
    assert f"Sitemap: {BASE}sitemap.xml" in (out / "robots.txt").read_text(encoding="utf-8")


def test_a_page_without_an_address_claims_none(small_site: Path) -> None:
    assert not (small_site / "sitemap.xml").exists()
    assert "Sitemap" not in (small_site / "robots.txt").read_text(encoding="utf-8")
    page = _page(small_site, "book/value.html")
    assert not page.select('link[rel="canonical"], meta[property="og:url"]')
    assert (small_site / "book" / _meta(page, "og:image")).resolve().is_file()


def test_a_chapter_can_be_cited(out: Path) -> None:
    page = _page(out, "book/safety/early.html")
    (box,) = page.select("#cite-this-page")
    assert (
        "Evidence checked 2026-01-02" in box.get_text()
        and urljoin(BASE, "book/safety/early.html") in box.get_text()
    )
    files = {link.get_text(): (out / "book/safety" / str(link["href"])).resolve() for link in box.select("a")}
    assert list(files) == ["BibTeX", "RIS", "CSL-JSON"]
    (entry,) = parse_bibliography(files["BibTeX"].read_bytes(), "cite.bib").entries
    assert entry.persons["author"] == ["{The CARTA authors}"] and entry.fields["year"] == "2026"
    (item,) = json.loads(files["CSL-JSON"].read_text(encoding="utf-8"))
    assert item["type"] == "chapter" and item["author"] == [{"literal": "The CARTA authors"}]
    assert "TI  - Early" in files["RIS"].read_text(encoding="utf-8")


def test_a_build_that_changes_nothing_draws_no_card_again(book: Path, out: Path) -> None:
    staged = book / "_build/.carta/html/_static/cards"
    before = {path.name: path.stat().st_mtime_ns for path in staged.iterdir()}
    assert len(before) == 4
    page = book / "book/safety/early.md"
    page.write_text(CHAPTER.replace("in> brief", "in> short"), encoding="utf-8")
    build_html(book, quiet=True)
    after = {path.name: path.stat().st_mtime_ns for path in staged.iterdir()}
    assert {name for name in after if before.get(name) != after[name]} == {"book-safety-early.png"}


def test_a_title_of_any_length_fits_its_card() -> None:
    short = wrapped("Lupus", 82, 1032)
    assert short == ["Lupus"]
    long = " ".join(["Expansion, contraction and persistence of cells"] * 3)
    assert all(text_width(line, 48) <= 1032 for line in wrapped(long, 48, 1032))
    assert card_svg(long, "Mechanism", "foot").count("<text") <= 3 + 4
    assert card_svg("A <b> & c", "", "") == card_svg("A <b> & c", "", "")
    ET.fromstring(card_svg("A <b> & c", "&", "<"))


@pytest.mark.parametrize("depth", ["none.html", "book/none/deep/er.html"])
def test_a_missing_page_leads_back_from_any_depth(
    out: Path, browser: Browser, tmp_path: Path, depth: str
) -> None:
    """As a server shows it: in the place of the page that is not there, of a site in a folder of any name."""
    site = tmp_path / "some where"
    site.mkdir()
    for name in ("objects.inv", "search.html"):
        (site / name).write_bytes((out / name).read_bytes())
    (site / "book").mkdir()
    (site / "book/intro.html").write_text("<title>Start</title>", encoding="utf-8")
    missing = site / depth
    missing.parent.mkdir(parents=True, exist_ok=True)
    missing.write_text(not_found_page("A review", "", [("book/intro.html", "Start page")]), encoding="utf-8")
    page = browser.new_page()
    with serving(tmp_path) as server:
        page.goto(f"{server}/some%20where/{depth}")
        link = page.get_by_role("link", name="Start page")
        expect(link).to_have_attribute("href", "/some%20where/book/intro.html")
        expect(page.locator("form")).to_have_attribute("action", "/some%20where/search.html")
        assert page.locator("input").input_value() == depth.rpartition("/")[2].removesuffix(".html")
        link.click()
        expect(page).to_have_title("Start")
    page.close()


def test_a_missing_page_of_a_site_with_an_address_needs_no_script(out: Path) -> None:
    page = _page(out, "404.html")
    # Its own sign, wherever it is shown.
    icon = page.select_one("link[rel=icon]")
    assert icon is not None and b"<svg" in base64.b64decode(str(icon["href"]).partition(",")[2])
    assert page.select_one('a[href="/living/book/intro.html"]') and page.select_one(
        'form[action="/living/search.html"]'
    )
