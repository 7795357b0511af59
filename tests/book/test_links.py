"""Every page of the real site as a file: links, anchors, pictures, formulas, and nothing from elsewhere."""

from __future__ import annotations

import re
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urljoin, urlsplit

import pytest

from carta.evidence import load
from raw_tex import RAW_TEX

ROOT = Path(__file__).parents[2]

#: Elements that a browser fetches by itself, and the attribute with the address.
_FETCHED = {"script": "src", "img": "src", "iframe": "src", "source": "src", "object": "data", "embed": "src"}
#: Elements whose text no reader sees as prose, or is meant to be code.
_NO_PROSE = {"script", "style", "math", "pre", "code"}
_VOID = {"meta", "link", "img", "br", "hr", "input", "source", "col", "wbr", "embed"}


class Page(HTMLParser):
    """What a page names, links and fetches."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.ids: list[str] = []
        self.links: list[str] = []
        self.fetched: list[str] = []
        self.pictures_without_words: list[str] = []
        self.headings = 0
        self.language: str | None = None
        self._hidden = 0
        self._prose: list[str] = []
        self.feed(html)
        self.prose = "".join(self._prose)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note what the element says."""
        given = dict(attrs)
        if identifier := given.get("id"):
            self.ids.append(identifier)
        if tag == "html":
            self.language = given.get("lang")
        if tag == "a" and (href := given.get("href")) is not None:
            self.links.append(href)
        if tag == "link" and given.get("rel") in ("stylesheet", "preload", "icon", "modulepreload"):
            self.fetched.append(given.get("href") or "")
        if (address := given.get(_FETCHED.get(tag, "-"))) is not None:
            self.fetched.append(address)
        if tag == "img" and not given.get("alt") and given.get("role") != "presentation":
            self.pictures_without_words.append(given.get("src") or "")
        if (
            tag == "svg"
            and given.get("role") == "img"
            and not (given.get("aria-label") or given.get("aria-labelledby"))
        ):
            self.pictures_without_words.append("a drawing")
        self.headings += tag == "h1"
        if tag in _NO_PROSE and tag not in _VOID:
            self._hidden += 1

    def handle_endtag(self, tag: str) -> None:
        """Leave the element."""
        if tag in _NO_PROSE:
            self._hidden -= 1

    def handle_data(self, data: str) -> None:
        """Note words that a reader sees."""
        if not self._hidden:
            self._prose.append(data)


@pytest.fixture(scope="module")
def pages(site: Path) -> dict[str, Page]:
    return {
        path.relative_to(site).as_posix(): Page(path.read_text(encoding="utf-8"))
        for path in sorted(site.rglob("*.html"))
        if "_static" not in path.parts
    }


def test_every_study_and_trial_has_its_page(pages: dict[str, Page]) -> None:
    evidence = load(ROOT)
    wanted = {f"evidence/{name}.html" for name in [*evidence.studies(), *evidence.trials()]}
    assert len(wanted) >= 450 + 97
    assert wanted <= pages.keys()
    # Nothing is left of studies that are gone.
    assert {name for name in pages if name.startswith("evidence/")} == wanted | {"evidence/index.html"}
    linked = {urljoin("evidence/index.html", link) for link in pages["evidence/index.html"].links}
    assert wanted <= linked


def test_every_link_inside_the_site_leads_somewhere(site: Path, pages: dict[str, Page]) -> None:
    broken = []
    for name, page in pages.items():
        for link in set(page.links):
            parts = urlsplit(link)
            if parts.scheme or parts.netloc:
                continue
            # The page for what is not found is shown at any depth, so its links begin at the site's root.
            target = urlsplit(urljoin(name, parts.path)).path.lstrip("/") if parts.path else name
            if parts.path.startswith("/") and name != "404.html":
                broken.append(f"{name}: {link}: begins at the root, where the site need not lie")
            if not (site / unquote(target)).is_file():
                broken.append(f"{name}: {link}: no such file")
            elif (
                parts.fragment
                and target in pages
                and unquote(parts.fragment) not in pages[target].ids
                and parts.fragment != "top"
            ):
                broken.append(f"{name}: {link}: no such place in the page")
    assert not broken, "\n".join(sorted(broken)[:30])


def test_no_page_names_anything_to_fetch_from_elsewhere(site: Path, pages: dict[str, Page]) -> None:
    found = []
    for name, page in pages.items():
        for address in page.fetched:
            parts = urlsplit(address)
            if parts.scheme == "data":
                continue
            local = unquote(urlsplit(urljoin(name, parts.path)).path)
            if parts.scheme or parts.netloc or not (site / local).is_file():
                found.append(f"{name}: {address}")
    assert not found, "\n".join(found[:20])


def test_links_that_leave_the_site_are_addresses(pages: dict[str, Page]) -> None:
    leaving = {link for page in pages.values() for link in page.links if urlsplit(link).scheme}
    assert len(leaving) > 400
    odd = [
        link
        for link in leaving
        if not re.fullmatch(r"(https?://[^\s/]+\.[a-z]+(/\S*)?|data:text/csv;\S+)", link)
    ]
    assert not odd, odd[:10]


def test_every_page_has_a_language_one_heading_and_words_for_pictures(pages: dict[str, Page]) -> None:
    for name, page in pages.items():
        assert page.language == "en", name
        assert not page.pictures_without_words, (name, page.pictures_without_words)
        if name.startswith(("book/", "evidence/")):
            # The theme repeats the title for paper.
            assert page.headings in (1, 2), name


def test_no_page_shows_tex(pages: dict[str, Page]) -> None:
    shown = {name: match[0] for name, page in pages.items() if (match := RAW_TEX.search(page.prose))}
    assert not shown


def test_no_identifier_of_ours_stands_twice(pages: dict[str, Page]) -> None:
    ours = ("fact-", "study-", "trial-", "claim-", "cite-", "parameter-", "fig-")
    for name, page in pages.items():
        named = [identifier for identifier in page.ids if identifier.startswith(ours)]
        assert len(named) == len(set(named)), (name, sorted({i for i in named if named.count(i) > 1}))
