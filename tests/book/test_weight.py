"""The real pages are light and lie still, and what was cut from the theme is nothing that they use."""

from __future__ import annotations

import base64
import importlib.util
import io
import re
import sys
from pathlib import Path
from types import ModuleType

import pytest
from playwright.sync_api import Browser

from page_weight import weigh

TOOLS = Path(__file__).parents[2] / "tools"

#: Bytes over the wire, all that is loaded when the page opens.
HOME = 200_000
TEXT = 250_000
FIGURES = 600_000
#: What every page loads beside its own text.
FRAME = 160_000
#: Cumulative layout shift.
STILL = 0.02


def _figures(page: Path) -> int:
    return page.read_text(encoding="utf-8").count('class="carta-figure"')


def _chapters(site: Path) -> list[Path]:
    return sorted(path for path in (site / "book").rglob("*.html") if path.parent.name != "book")


def test_pages_are_light_and_lie_still(site: Path, server: str, browser: Browser) -> None:
    chapters = sorted(_chapters(site), key=lambda page: page.stat().st_size)
    plain = [page for page in (site / "book").glob("*.html") if _figures(page) == 0]
    plain_largest = sorted(plain, key=lambda page: page.stat().st_size)[-2:]
    chosen = [(site / "book/intro.html", HOME), *((page, TEXT) for page in plain_largest)]
    chosen += [(page, FIGURES) for page in (chapters[0], *chapters[-3:])]
    entry = max((site / "evidence").glob("[a-z]*.html"), key=lambda page: page.stat().st_size)
    chosen.append((entry, TEXT))
    found = []
    for width in (390, 1280):
        for page, limit in chosen:
            context = browser.new_context(viewport={"width": width, "height": 844})
            name = page.relative_to(site).as_posix()
            weight = weigh(context, server, name)
            context.close()
            assert not weight.foreign, (name, weight.foreign)
            if weight.total > limit:
                heaviest = sorted(weight.files.items(), key=lambda item: -item[1])[:4]
                found.append(f"{name}: {weight.total:,} bytes, at most {limit:,} allowed; {heaviest}")
            if weight.shift > STILL:
                found.append(f"{name} at {width} px: layout shift {weight.shift:.3f}")
    assert not found, "\n".join(found)


def test_what_every_page_loads_is_light(site: Path, server: str, browser: Browser) -> None:
    context = browser.new_context()
    weight = weigh(context, server, "book/glossary.html")
    context.close()
    frame = weight.total - weight.files["book/glossary.html"]
    assert frame <= FRAME, f"every page loads {frame:,} bytes before its own text"


@pytest.fixture(scope="module")
def styles() -> ModuleType:
    spec = importlib.util.spec_from_file_location("theme_styles", TOOLS / "theme_styles.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules["theme_styles"] = module
    spec.loader.exec_module(module)
    return module


def _selectors(styles: ModuleType, text: str) -> set[str]:
    return {
        selector.strip()
        for rule in re.finditer(r"([^{}]+)\{[^{}]*\}", re.sub(r"/\*.*?\*/", "", text, flags=re.DOTALL))
        for selector in styles.split_selectors(rule.group(1))
    }


def test_no_rule_that_a_page_uses_was_cut_from_the_style_sheets(site: Path, styles: ModuleType) -> None:
    words = styles.words_of_pages(site)
    found = 0
    for copy in styles.copies():
        held = copy.target.read_text(encoding="utf-8")
        assert held.startswith(copy.notice()), (
            f"{copy.source} is another now: run tools/theme_styles.py and look at the pages"
        )
        used = _selectors(styles, copy.text(words))
        missing = {one for one in used - _selectors(styles, held) if "fa-" not in one}
        assert not missing, (
            f"{len(missing)} rules are missing, run tools/theme_styles.py: {sorted(missing)[:5]}"
        )
        found += len(used)
        # A page with an alert of Bootstrap, which the book has none of, would be told.
        if copy.name == "carta-theme.css":
            assert ".alert-heading" in _selectors(styles, copy.text(frozenset({"alert-heading"}))) - used
    assert found > 300


def test_every_icon_of_a_page_is_in_the_font(site: Path, styles: ModuleType) -> None:
    from fontTools.ttLib import TTFont

    drawn = set()
    for page in [*(site / "book").rglob("*.html"), site / "search.html", site / "evidence/index.html"]:
        drawn.update(
            re.findall(
                r"(?<![\w-])fa-[a-z-]+",
                " ".join(re.findall(r'\bclass="([^"]*)"', page.read_text(encoding="utf-8"))),
            )
        )
    drawn -= {"fa-solid", "fa-lg"}
    assert {"fa-bars", "fa-list"} <= drawn <= set(styles.ICONS)
    rules = (styles.ROOT / "src/carta/site/assets/carta-fonts.css").read_text(encoding="utf-8")
    data = re.search(r"font/woff2;base64,([^\"]+)", rules)
    assert data
    font = TTFont(io.BytesIO(base64.b64decode(data[1])))
    # The theme has signs of two hosts of code for links that no page has; they are in another font.
    hosts = {0xF09B, 0xF296}
    held = "".join(copy.target.read_text(encoding="utf-8") for copy in styles.copies())
    beside = {ord(sign) for sign in held if "\ue000" <= sign <= "\uf8ff"}
    assert {*styles.ICONS.values(), *beside} - hosts <= set(font.getBestCmap())
