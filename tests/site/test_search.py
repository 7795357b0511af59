"""The search of a small site: its words, its index, and its field in a browser, by keyboard, below a path, from a disk."""

from __future__ import annotations

import shutil
from pathlib import Path
from typing import Any

import pytest
from playwright.sync_api import Browser, Page, expect

from carta.site.assets import folder
from carta.site.build import build_html
from carta.site.search.pages import read_page
from carta.site.search.synonyms import abbreviates, merge, product_names
from carta.site.search.words import phrase, words
from needs import lacking
from static_server import serving

ROOT = Path(__file__).parents[2]

TEXTS = (
    "Müller’s CD19 CAR T cells (KYV-101, mivocabtagene autoleucel) in Sjögren’s disease",
    "4-1BB, IL-6, SLEDAI-2K, BMS-986353/CC-97540, MB-CART19.1; anti-dsDNA ≥ 30 IU/mL",
    "haemolytic anaemia, oedema, œdème, Æther, Straße, Łódź, Ørsted, İstanbul, ﬁne, ½, x², H₂O, naïve",
    "muller-2024-nejm 10.1056/NEJMoa2308917 NCT05930314 ⅷ ٣٤٥ β-cell γδ T the of a I 7 42 112",
    "rese‑cel rese–cel graft-versus-host quality_of_life e\u0301tude 日本語 नमस्ते",
)


@pytest.fixture
def searching(browser: Browser, small_address: str) -> Any:
    page = browser.new_page()
    page.goto(f"{small_address}/book/value.html")
    yield page
    page.close()


def _results(page: Page) -> Any:
    return page.locator(".carta-search-results > li > a")


def test_pages_and_readers_words_are_made_alike(searching: Page) -> None:
    searching.add_script_tag(url="/_static/carta-search-engine.js")
    # The words that say little come with the index.
    searching.keyboard.press("/")
    searching.keyboard.type("remission")
    expect(_results(searching).first).to_be_visible()
    theirs = searching.evaluate("texts => texts.map(cartaSearchEngine.words)", list(TEXTS))
    assert theirs == [words(text) for text in TEXTS]
    assert searching.evaluate("texts => texts.map(cartaSearchEngine.phrase)", list(TEXTS)) == [
        phrase(text) for text in TEXTS
    ]
    # And they are the words one would want.
    assert {"muller", "kyv", "101", "kyv101", "sjogren"} <= set(words(TEXTS[0]))
    assert {"hemolytic", "anemia", "edema", "strasse", "lodz"} <= set(words(TEXTS[2]))
    assert "muller2024nejm" not in words(TEXTS[3])


def test_steps_between_words(searching: Page) -> None:
    searching.add_script_tag(url="/_static/carta-search-engine.js")
    pairs = [("lupus", "lupus", 0), ("lupsu", "lupus", 1), ("lups", "lupus", 1), ("lupis", "lupus", 1)]
    for one, other, steps in pairs:
        assert searching.evaluate("([a, b]) => cartaSearchEngine.distance(a, b, 3)", [one, other]) == steps


def test_the_engine_is_the_one_of_the_lock() -> None:
    installed = ROOT / "node_modules" / "minisearch" / "dist" / "umd" / "index.js"
    if not installed.is_file():
        lacking("minisearch is missing: `make environment` installs the packages of package-lock.json")
    ours = (folder("assets") / "minisearch.js").read_text(encoding="utf-8").split("\n", 1)
    theirs = installed.read_text(encoding="utf-8").splitlines(keepends=True)
    assert ours[1] == "".join(line for line in theirs if not line.startswith("//# sourceMappingURL"))
    assert f"MiniSearch {_locked_version()}," in ours[0]


def _locked_version() -> str:
    import json

    lock = json.loads((ROOT / "package-lock.json").read_text(encoding="utf-8"))
    return str(lock["packages"]["node_modules/minisearch"]["version"])


def test_names_of_one_product() -> None:
    assert product_names("mivocabtagene autoleucel (miv-cel, KYV-101)") == [
        "mivocabtagene autoleucel",
        "miv-cel",
        "KYV-101",
    ]
    assert product_names("CC-97540 (BMS-986353) after fludarabine and cyclophosphamide") == [
        "CC-97540",
        "BMS-986353",
    ]
    # What stands in the brackets is no name, or there are two products.
    assert not product_names("MB-CART19.1 (autologous CD4/CD8-enriched CD19 CAR T cells)")
    assert not product_names("DSG3-CAART (closed); CABA-201 sub-study")
    assert abbreviates("AIHA", "autoimmune haemolytic anaemia")
    assert not abbreviates("cytopenia", "neutropenia") and not abbreviates("MG-ADL", "MG Composite")
    assert sorted(map(sorted, merge([{"a", "b"}, {"c"}, {"b", "d"}]))) == [["a", "b", "d"], ["c"]]


def test_a_page_gives_its_sections_claims_and_terms() -> None:
    page = """<article><section id="top"><h1>Lupus<a class="headerlink" href="#top">#</a></h1><p>An opening.</p>
      <div class="admonition"><p>A notice.</p></div>
      <section id="how"><h2>How long</h2><p>Years <span class="carta-card" popover>a card</span>only.</p>
      <figure><svg><text>drawn</text></svg><figcaption>Seen.</figcaption></figure></section>
      <div class="carta-claim" id="claim-x"><p class="carta-claim-text">All well.</p>
      <p><span class="carta-verdict">false</span> No.</p></div>
      <dl class="simple glossary"><dt id="term-A">AIHA</dt><dt>anaemia</dt><dd><p>A disease.</p></dd></dl>
      </section></article>"""
    found = {record.address: record for record in read_page("book/a.html", page)}
    assert set(found) == {"book/a.html", "book/a.html#how", "book/a.html#claim-x", "book/a.html#term-A"}
    assert (found["book/a.html"].title, found["book/a.html"].text) == ("Lupus", "An opening.")
    assert found["book/a.html#how"].text == "Years only. Seen."
    assert found["book/a.html#how"].context == "Lupus"
    assert (found["book/a.html#claim-x"].title, found["book/a.html#claim-x"].context) == (
        "All well.",
        "false",
    )
    assert found["book/a.html#term-A"].names == ["anaemia"]


def test_keys_open_move_choose_and_leave(searching: Page) -> None:
    page = searching
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_load_state("networkidle")
    assert not [url for url in asked if "carta-search/" in url or "minisearch" in url]
    opener = page.locator("a.carta-search-open").first
    opener.focus()
    page.keyboard.press("Control+k")
    dialogue = page.get_by_role("dialog", name="Search")
    expect(dialogue.get_by_role("searchbox", name="Search")).to_be_focused()
    page.keyboard.type("alpha")
    expect(_results(page).first).to_have_text("Alpha et al., 2024")
    expect(page.get_by_role("status")).to_contain_text("result")
    expect(page.locator(".carta-search-excerpt mark").first).to_be_visible()
    page.keyboard.press("ArrowDown")
    expect(_results(page).first).to_be_focused()
    page.keyboard.press("ArrowUp")
    expect(dialogue.get_by_role("searchbox")).to_be_focused()
    page.keyboard.press("Escape")
    expect(dialogue).to_have_count(0)
    # Back where the reader was.
    expect(opener).to_be_focused()
    page.keyboard.press("/")
    page.keyboard.press("Enter")
    expect(_results(page).first).to_be_focused()
    page.keyboard.press("Enter")
    page.wait_for_url("**/evidence/alpha-2024.html")


def test_kinds_are_a_choice_and_a_single_key_can_be_switched_off(searching: Page) -> None:
    page = searching
    page.keyboard.press("/")
    page.keyboard.type("SLE")
    expect(_results(page).first).to_be_visible()
    trials = page.get_by_role("button", name="Trials")
    trials.click()
    expect(trials).to_have_attribute("aria-pressed", "true")
    assert _results(page).all_inner_texts() == ["NCT00000001"]
    page.get_by_label("The key / opens the search").uncheck()
    page.keyboard.press("Escape")
    page.keyboard.press("/")
    expect(page.get_by_role("dialog", name="Search")).to_have_count(0)
    page.reload()
    page.keyboard.press("/")
    page.wait_for_timeout(200)
    expect(page.get_by_role("dialog", name="Search")).to_have_count(0)
    page.keyboard.press("Control+k")
    expect(page.get_by_role("dialog", name="Search")).to_be_visible()


def test_a_misspelt_word_is_mended_and_said(searching: Page) -> None:
    searching.keyboard.press("/")
    searching.keyboard.type("remision")
    expect(searching.locator(".carta-search-notes")).to_contain_text("“remission” (no page has “remision”)")
    expect(_results(searching).first).to_be_visible()
    searching.get_by_role("searchbox").fill("xqzzk")
    expect(searching.get_by_role("status")).to_contain_text("Nothing found")


def test_the_page_of_results_works_below_a_path_and_says_when_it_cannot(
    small_site: Path, browser: Browser, tmp_path: Path
) -> None:
    shutil.copytree(small_site, tmp_path / "a path" / "carta")
    with serving(tmp_path) as address:
        page = browser.new_page()
        page.goto(f"{address}/a%20path/carta/search.html?q=alpha&kind=study")
        expect(_results(page).first).to_have_text("Alpha et al., 2024")
        expect(page.get_by_role("button", name="Studies")).to_have_attribute("aria-pressed", "true")
        _results(page).first.click()
        page.wait_for_url("**/a%20path/carta/evidence/alpha-2024.html")
        page.route("**/carta-search/index.js", lambda route: route.abort())
        page.goto(f"{address}/a%20path/carta/search.html?q=alpha")
        expect(page.get_by_role("status")).to_contain_text("could not be loaded")
        page.close()
        without = browser.new_context(java_script_enabled=False)
        page = without.new_page()
        page.goto(f"{address}/a%20path/carta/book/value.html")
        page.locator("a.carta-search-open").first.click()
        # An assertion on text would look past what is in a noscript.
        page.wait_for_url("**/search.html")
        assert "needs JavaScript" in page.locator("main").inner_text()
        expect(page.locator("main").get_by_role("link", name="all studies and trials")).to_be_visible()
        without.close()


def test_it_works_from_a_disk(small_site: Path, browser: Browser) -> None:
    page = browser.new_page()
    page.goto((small_site / "book" / "value.html").as_uri())
    page.keyboard.press("Control+k")
    page.keyboard.type("remission")
    expect(_results(page).first).to_be_visible()
    expect(page.locator(".carta-search-excerpt mark").first).to_be_visible()
    page.close()


def test_the_index_is_the_same_for_the_same_pages_and_follows_a_change(
    small_book: Path, tmp_path: Path
) -> None:
    root = tmp_path / "book"
    shutil.copytree(small_book, root)
    place = root / "_build" / "html" / "_static" / "carta-search"
    before = {path: path.read_bytes() for path in place.rglob("*.js")}
    (root / "_build" / ".carta" / "doctrees" / "carta-search.json").unlink()
    assert not build_html(root, quiet=True).changed
    page = root / "book" / "unrelated.md"
    page.write_text(
        page.read_text(encoding="utf-8") + "\nA newly written sesquipedalian word.\n", encoding="utf-8"
    )
    build_html(root, quiet=True)
    after = {path: path.read_bytes() for path in place.rglob("*.js")}
    assert {path.name for path in after if before.get(path) != after[path]} == {"index.js", "unrelated.js"}
    assert b"sesquipedalian" in (place / "text" / "book" / "unrelated.js").read_bytes()
