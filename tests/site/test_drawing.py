"""Hand-made drawings: the real files are fit for a page, a page shows them in both themes, and bad ones fail."""

from __future__ import annotations

import pickle
import re
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from docutils import nodes
from playwright.sync_api import Browser

from carta.figures.colours import contrast
from carta.site.directives.drawing import DrawingError, page_markup
from projects import replace
from small_book import ROOT, build, copy_small_book
from static_server import serving

DRAWINGS = sorted((ROOT / "book" / "figures").glob("*.svg"))
SHEET = (ROOT / "src/carta/site/assets/carta-drawing.css").read_text(encoding="utf-8")
ALT = "Eight stages of the B lineage and the proteins that each of them carries."
PAGE = f"""\
# A page with a drawing

See {{numref}}`fig-lineage`.

:::{{drawing}} b-lineage
:name: fig-lineage
:alt: {ALT}

Targets differ by *stage*.

A legend below.
:::
"""
SOUND = (
    '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 90 40"><title>T</title><desc>D</desc>'
    '<style>.a { font-size: 12px; }</style><marker id="m"/><text class="a">word</text>'
    '<path d="M0 0" class="a" marker-end="url(#m)"/></svg>'
)


@pytest.mark.parametrize("path", DRAWINGS, ids=lambda path: path.stem)
def test_each_drawing_is_fit_for_a_page_and_coloured_there_as_alone(path: Path) -> None:
    svg = path.read_text(encoding="utf-8")
    assert f"drawing-{path.stem}-title" in page_markup(svg, path.stem, ALT)
    style = svg[svg.index("<style>") : svg.index("</style>")]
    used = {name for names in re.findall(r'class="([^"]+)"', svg) for name in names.split()}
    for name in used:
        assert f".{name} {{" in style, f"{path.name} has no colour for .{name} when it is opened alone"
        assert f".carta-drawing .{name} {{" in SHEET, f"the page has no colour for .{name} of {path.name}"


def test_ids_are_own_and_the_style_of_paper_stays_outside() -> None:
    markup = page_markup(SOUND, "small", ALT)
    assert "<style" not in markup and 'id="drawing-small-m"' in markup and "url(#drawing-small-m)" in markup
    assert ALT in markup and ">D<" not in markup


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ("</svg>", "", "no well-formed SVG"),
        ('viewBox="0 0 90 40"', "", "viewBox"),
        ("<desc>D</desc>", "<desc> </desc>", "<desc>"),
        ("<title>T</title>", "", "<title>"),
        ("12px", "9px", "9 px"),
        ('<text class="a">', '<text style="x">', "attribute style"),
        ('<text class="a">', '<text onclick="x()">', "attribute onclick"),
        ("<marker", "<script/><marker", "<script>"),
        ("<marker", '<use href="https://example.org/x.svg"/><marker', "carries all"),
    ],
)
def test_a_drawing_that_a_page_must_not_carry_is_refused(old: str, new: str, said: str) -> None:
    assert old in SOUND
    with pytest.raises(DrawingError, match=re.escape(said)):
        page_markup(SOUND.replace(old, new), "small", ALT)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    root = copy_small_book(tmp_path_factory.mktemp("drawing") / "a book")
    (root / "book" / "figures").mkdir()
    shutil.copy(ROOT / "book" / "figures" / "b-lineage.svg", root / "book" / "figures")
    (root / "book" / "drawn.md").write_text(PAGE, encoding="utf-8")
    replace(
        root, "_toc.yml", "      - file: book/value\n", "      - file: book/value\n      - file: book/drawn\n"
    )
    built = build(root)
    assert built.sound, built.said
    return root


@pytest.fixture(scope="module")
def address(book: Path) -> Iterator[str]:
    with serving(book / "_build" / "html") as address:
        yield address


def _hex(colour: str) -> str:
    """Return ``rgb(1, 2, 3)`` as ``#010203``."""
    return "#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", colour)[:3])


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_words_of_a_drawing_can_be_read_on_a_phone_in_both_themes(
    browser: Browser, address: str, theme: str
) -> None:
    page = browser.new_page(viewport={"width": 390, "height": 844})
    page.goto(f"{address}/book/drawn.html")
    page.evaluate("theme => { document.documentElement.dataset.theme = theme }", theme)
    ink, paper = page.evaluate(
        """() => [
            getComputedStyle(document.querySelector('.carta-drawing text')).fill,
            getComputedStyle(document.body).backgroundColor,
        ]"""
    )
    assert contrast(_hex(ink), _hex(paper)) >= 7
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    heights = page.evaluate(
        "() => [...document.querySelectorAll('.carta-drawing text')].map(t => t.getBoundingClientRect().height)"
    )
    assert min(heights) >= 11
    assert page.get_by_role("img", name=re.compile("Which target")).is_visible()
    page.close()


def test_a_dark_page_prints_a_drawing_in_dark_ink(browser: Browser, address: str) -> None:
    page = browser.new_page()
    page.goto(f"{address}/book/drawn.html")
    page.evaluate("() => { document.documentElement.dataset.theme = 'dark' }")
    page.emulate_media(media="print")
    ink = page.evaluate("() => getComputedStyle(document.querySelector('.carta-drawing text')).fill")
    assert contrast(_hex(ink), "#ffffff") >= 7
    page.close()


def test_it_is_a_numbered_figure_and_an_image_for_other_builders(book: Path) -> None:
    html = (book / "_build" / "html" / "book" / "drawn.html").read_text(encoding="utf-8")
    assert re.search(r'<a class="reference internal" href="#fig-lineage">.*Fig', html)
    assert "carta-drawing.css" in html
    assert "carta-drawing.css" not in (book / "_build/html/book/value.html").read_text(encoding="utf-8")
    stored = next(book.rglob("drawn.doctree"))
    with stored.open("rb") as stream:
        tree: nodes.document = pickle.load(stream)
    (image,) = tree.findall(nodes.image)
    assert (image["uri"], image["alt"]) == ("book/figures/b-lineage.svg", ALT)


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "{drawing} b-lineage",
            "{drawing} c-lineage",
            "there is no book/figures/c-lineage.svg; there are: b-lineage",
        ),
        (f":alt: {ALT}\n", ":alt: A drawing.\n", "at least 40 are needed"),
        (":name: fig-lineage\n", "", "it has no name"),
    ],
)
def test_a_page_with_a_bad_drawing_fails_with_its_line(book: Path, old: str, new: str, said: str) -> None:
    page = book / "book" / "drawn.md"
    replace(book, "book/drawn.md", old, new)
    try:
        built = build(book)
    finally:
        page.write_text(PAGE, encoding="utf-8")
    assert not built.sound
    assert said in " ".join(built.said.split())
    assert "drawn.md:5" in built.said
