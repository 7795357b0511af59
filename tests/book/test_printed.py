"""The real book on paper beside the real site: the same chapters, figures, tables, formulas and sources, each once."""

from __future__ import annotations

import re
from collections import Counter
from pathlib import Path

import pytest
from bs4 import BeautifulSoup, Tag

from carta.evidence import load
from carta.pdf.build import build_pdf
from printed_book import Printed, check_links, check_pages, joined
from raw_tex import RAW_TEX

ROOT = Path(__file__).parents[2]


@pytest.fixture(scope="module")
def book(site: Path, tmp_path_factory: pytest.TempPathFactory) -> Printed:
    """The whole book, from what the site's build has read. That parts are books too, the small book shows."""
    out = tmp_path_factory.mktemp("printed") / "pdf"
    build_pdf(ROOT, out=out, parts=False, quiet=True)
    return Printed(out / "carta.pdf")


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, BeautifulSoup]:
    """Every page of the book on the site, without what only the web has."""
    found = {}
    for path in sorted((site / "book").rglob("*.html")):
        page = BeautifulSoup(path.read_text(encoding="utf-8"), "html.parser")
        for only_here in page.select(
            "[popover], .carta-print, .headerlink, nav, script, details.carta-figure-data"
        ):
            only_here.decompose()
        found[path.relative_to(site).as_posix()] = page
    return found


def _words(tag: Tag, count: int = 4) -> str:
    """Return the first words of an element, up to the first value or citation in it."""
    for bound in tag.select(".carta-bound, a, math, button"):
        bound.replace_with("\0")
    text = " ".join(tag.get_text().split("\0")[0].split())
    return " ".join(text.split()[:count])


def test_every_chapter_is_there_once(book: Printed, pages: dict[str, BeautifulSoup]) -> None:
    outline = Counter(" ".join(title.split()) for title in book.outline(levels=2))
    titles = {name: page.find("h1") for name, page in pages.items()}
    assert len(titles) > 45
    wrong = {name: outline[joined(title.get_text())] for name, title in titles.items() if title is not None}
    assert {name: count for name, count in wrong.items() if count != 1} == {}


@pytest.mark.parametrize(("lead", "least"), [("Fig.", 60), ("Table", 40)])
def test_every_figure_and_table_is_there_once_with_its_number(
    book: Printed, pages: dict[str, BeautifulSoup], lead: str, least: int
) -> None:
    wanted = []
    for page in pages.values():
        for number in page.select(".caption-number"):
            label = " ".join(number.get_text().split())
            said = number.find_next_sibling(class_="caption-text")
            if label.startswith(lead) and isinstance(said, Tag):
                wanted.append(f"{label}. {_words(said)}".strip())
    assert len(wanted) == len(set(wanted)) and len(wanted) > least
    plain = book.text
    wrong = {caption: plain.count(caption) for caption in wanted if plain.count(caption) != 1}
    assert not wrong, wrong


def test_every_formula_is_there_with_its_number(book: Printed, pages: dict[str, BeautifulSoup]) -> None:
    # On the web a solution stands with its exercise too.
    on_site = sum(
        tag.find_parent("details") is None
        for page in pages.values()
        for tag in page.select("div.math, span.math")
    )
    formulas = [element for kind, element in book.elements() if kind == "Formula"]
    assert len(formulas) == on_site and on_site > 20
    for page in pages.values():
        for number in page.select(".eqno"):
            assert " ".join(number.get_text().split()) in book.text


def _letters(text: str) -> str:
    """Return text without spaces and hyphens, which lines add and take."""
    return re.sub(r"[\s\u0002\u00ad\u200b\ufffe\u2010-]", "", text)


def test_every_source_is_there_once(book: Printed, pages: dict[str, BeautifulSoup]) -> None:
    entries = pages["book/references.html"].select(".citation")
    assert len(entries) > 400
    # The appendix gives each source of facts once more, so look at the pages before it.
    last = next(sheet.number for sheet in book.sheets if "Place in the source" in sheet.text)
    text = _letters("\n".join(sheet.text for sheet in book.sheets[: last - 1]))
    wrong = {}
    for entry in entries:
        for link in entry.select("a"):
            link.decompose()
        said = entry.find("p")
        # Addresses are written in another way on paper.
        start = _letters((said or entry).get_text().partition(" doi:")[0])[:120]
        if text.count(start) != 1:
            wrong[start] = text.count(start)
    assert not wrong, list(wrong.items())[:10]


def test_all_facts_are_in_the_appendix(book: Printed) -> None:
    base = load(ROOT)
    rows = Counter(kind for kind, _ in book.elements())["TR"]
    assert rows > len(base.facts())


def test_it_is_whole_tagged_and_within_its_margins(book: Printed) -> None:
    check_pages(book)
    check_links(book)
    assert not RAW_TEX.search(book.text)
    assert "??" not in book.text
    with book.pdf.open_metadata() as metadata:
        assert metadata["pdfuaid:part"] == "1"
    for kind, element in book.elements():
        if kind in ("Figure", "Formula"):
            assert str(element.get("/Alt", "")), kind
    assert len(book.sheets) > 200


def test_an_explorer_says_where_it_lives(book: Printed) -> None:
    assert len(re.findall(r"Live on the web site", book.text)) >= 5
