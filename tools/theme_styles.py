"""Make the site's copies of the style sheets of the theme, of notebooks and of boxes, without what no page here can use.

    python tools/theme_styles.py [FOLDER OF THE SITE]

The theme alone brings a whole Bootstrap and two thousand icons. A rule is kept when every class and identifier of its
selector is in a page of the built site, is put there by a script, or is among what authors of chapters may write.
``tests/book/test_weight.py`` holds the result against the pages as they are.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tinycss2

ROOT = Path(__file__).parents[1]
ASSETS = ROOT / "src/carta/site/assets"
SITE = ROOT / "_build/html"

#: The icons that pages draw, with their place in the private area of Font Awesome. ``tools/fonts.py`` cuts the
#: font down to them.
ICONS = {
    "fa-angle-left": 0xF104,
    "fa-angle-right": 0xF105,
    "fa-arrow-up": 0xF062,
    "fa-bars": 0xF0C9,
    "fa-chevron-down": 0xF078,
    "fa-chevron-right": 0xF054,
    "fa-chevron-up": 0xF077,
    "fa-circle-half-stroke": 0xF042,
    "fa-circle-xmark": 0xF057,
    "fa-list": 0xF03A,
    "fa-magnifying-glass": 0xF002,
    "fa-moon": 0xF186,
    "fa-sun": 0xF185,
}

#: Classes put there by scripts, or asked for by the page's own state.
_MADE_UP = """
    active align-baseline collapsed copybtn disabled fade h1 h2 h3 h4 hide icon my-1 nav-link navbar-nav
    noprint o-tooltip--left onlyprint pst-sidebar-hidden pst-squeeze py-1 scrolled show success tb-icon
    text-wrap toggle-button toggle-button-hidden toggle-chevron-right toggle-details toggle-hidden fa fas
    fa-lg fa-solid toctree-l1 toctree-l2 toctree-l3 toctree-l4 toctree-wrapper
"""

#: Classes of what authors may write in a chapter though no chapter has it now: boxes, places beside the text, lists, notes, tabs.
_AUTHORS = """
    admonition admonition-title note tip hint important warning caution danger attention error seealso todo
    dropdown toggle margin sidebar topic epigraph highlights pull-quote attribution rubric hlist line-block
    line field-list option-list footnote footnote-list footnote-reference brackets label citation figure
    caption caption-text caption-number legend align-left align-right align-center align-default versionadded
    versionchanged deprecated versionmodified math-wrapper math eqno literal-block-wrapper code-block-caption
    linenos linenodiv hll guilabel menuselection kbd simple arabic loweralpha upperalpha lowerroman upperroman
    compound centered full-width sd-container-fluid sd-row sd-col sd-d-flex-row sd-card sd-card-body
    sd-card-title sd-card-text sd-card-header sd-card-footer sd-dropdown sd-tab-set sd-tab-label
    sd-tab-content sd-badge sd-btn sd-summary-title sd-summary-content sd-shadow-sm sd-w-100
    sd-sphinx-override
"""

_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)")
_NAME = re.compile(r"(?P<not>:(?:not|is|where)\()|(?P<kind>[.#])(?P<name>(?:[\w-]|\\.)+)")


@cache
def theme_file(package: str, name: str) -> Path:
    """Return a file of a theme's package."""
    return Path(str(resources.files(package))) / name


@dataclass(frozen=True)
class Copy:
    """A style sheet of the site that is cut from others."""

    #: Its name among the site's assets.
    name: str
    #: The packages it is from, with the licence.
    source: str
    sheets: tuple[Path, ...]

    @property
    def target(self) -> Path:
        """Where it lies."""
        return ASSETS / self.name

    def notice(self) -> str:
        """Return the head of the file: where it is from, and under which licences."""
        return f"/* From {self.source}; made by tools/theme_styles.py. */\n"

    def text(self, words: frozenset[str]) -> str:
        """Return the sheets as one, cut down to what a page with these classes and identifiers can use."""
        rules = [rule for sheet in self.sheets for rule in _kept(_parse(_read(sheet)), words)]
        return self.notice() + _without_unused_variables("\n".join(rules), self.target) + "\n"


def copies() -> tuple[Copy, ...]:
    """Return the style sheets that are cut."""
    static = "theme/pydata_sphinx_theme/static/styles"
    return (
        Copy(
            "carta-notebook.css",
            f"MyST-NB {version('myst-nb')} (BSD 3-Clause)",
            (theme_file("myst_nb", "static/mystnb.css"),),
        ),
        Copy(
            "carta-design.css",
            f"sphinx-design {version('sphinx-design')} (MIT)",
            (theme_file("sphinx_design", "static/sphinx-design.min.css"),),
        ),
        # Last: the others say which of its variables are read.
        Copy(
            "carta-theme.css",
            f"pydata-sphinx-theme {version('pydata-sphinx-theme')} and sphinx-book-theme "
            f"{version('sphinx-book-theme')} (BSD 3-Clause), with Bootstrap and Font Awesome's styles (MIT)",
            (
                # The theme imports it.
                theme_file("sphinx", "themes/basic/static/basic.css.jinja"),
                theme_file("pydata_sphinx_theme", f"{static}/theme.css"),
                theme_file("pydata_sphinx_theme", f"{static}/pydata-sphinx-theme.css"),
                theme_file(
                    "sphinx_book_theme", "theme/sphinx_book_theme/static/styles/sphinx-book-theme.css"
                ),
            ),
        ),
    )


_ATTRIBUTE = re.compile(r'\b(?:class|id)="([^"]*)"')


def words_of_pages(site: Path) -> frozenset[str]:
    """Return every class and identifier of the pages of a built site.

    Raises:
        FileNotFoundError: when there is no page.
    """
    words: set[str] = set()
    for page in site.rglob("*.html"):
        for value in _ATTRIBUTE.findall(page.read_text(encoding="utf-8")):
            words.update(value.split())
    if not words:
        raise FileNotFoundError(f"there is no page in {site}: run `make site` first")
    return frozenset(words)


def wanted(site: Path) -> frozenset[str]:
    """Return all classes and identifiers whose rules are kept."""
    made_up = frozenset(_MADE_UP.split())
    words = words_of_pages(site) | made_up | set(_AUTHORS.split())
    return frozenset(word for word in words if not word.startswith("fa-") or word in made_up) | ICONS.keys()


def _read(sheet: Path) -> str:
    # Sphinx's sheet is a template; the lines that it fills in are of its own side bar.
    lines = sheet.read_text(encoding="utf-8").splitlines(keepends=True)
    return "".join(line for line in lines if not ("{{" in line and "}}" in line and sheet.suffix == ".jinja"))


def _parse(text: str) -> list[Any]:
    return tinycss2.parse_stylesheet(text, skip_comments=True, skip_whitespace=True)


def _kept(rules: Iterable[Any], words: frozenset[str]) -> Iterator[str]:
    for rule in rules:
        if rule.type == "qualified-rule":
            selectors = [s for s in split_selectors(tinycss2.serialize(rule.prelude)) if usable(s, words)]
            body = _squeezed(rule.content)
            if selectors and body:
                yield f"{','.join(selectors)}{{{body}}}"
        elif rule.type == "at-rule":
            if rule.at_keyword in ("charset", "import") or (
                rule.at_keyword == "font-face" and "Awesome" in tinycss2.serialize(rule.content)
            ):
                continue
            prelude = tinycss2.serialize(rule.prelude).strip()
            if rule.content is None:
                yield f"@{rule.at_keyword} {prelude};"
            elif rule.at_keyword in ("media", "supports"):
                inner = "".join(
                    _kept(
                        tinycss2.parse_rule_list(rule.content, skip_comments=True, skip_whitespace=True),
                        words,
                    )
                )
                if inner:
                    yield f"@{rule.at_keyword} {prelude}{{{inner}}}"
            elif not (rule.at_keyword == "keyframes" and prelude.startswith("fa-")):
                yield f"@{rule.at_keyword} {prelude}{{{_squeezed(rule.content)}}}"


def _squeezed(content: list[Any]) -> str:
    return re.sub(
        r"\s+", " ", tinycss2.serialize([part for part in content if part.type != "comment"])
    ).strip()


def split_selectors(selectors: str) -> list[str]:
    """Split at the commas that stand in no bracket."""
    parts, depth, start = [], 0, 0
    for at, letter in enumerate(selectors):
        depth += (letter in "([") - (letter in ")]")
        if letter == "," and depth == 0:
            parts.append(selectors[start:at].strip())
            start = at + 1
    return [*parts, selectors[start:].strip()]


def usable(selector: str, words: frozenset[str] | set[str]) -> bool:
    """Return whether a page can hold what the selector asks for, if pages hold these classes and ids alone.

    What stands in the brackets of ``:not()``, ``:is()`` and ``:where()`` is not required.
    """
    plain, depth, at = [], 0, 0
    for match in re.finditer(r":(?:not|is|where|has)\(|[()]", selector):
        if depth == 0:
            plain.append(selector[at : match.start()])
        depth += -1 if match[0] == ")" else 1
        at = match.end()
    if depth == 0:
        plain.append(selector[at:])
    names = (match["name"] for match in _NAME.finditer("".join(plain)) if match["name"])
    return all(name in words for name in names)


#: A custom property with its value, in which a string or an address may hold any sign.
_DEFINED = re.compile(
    r"""(?<=[{;\s])(--[\w-]+)\s*:(?:"[^"]*"|'[^']*'|url\((?:"[^"]*"|'[^']*'|[^)"']*)\)|[^;{}"'])*(?:;|(?=\}))"""
)


def _without_unused_variables(text: str, target: Path) -> str:
    """Drop the definitions of custom properties that nothing reads, until none is left."""
    ours = [file for file in sorted(ASSETS.glob("*.[cj]s*")) if file != target]
    asked = {name for file in ours for name in re.findall(r"--[\w-]+", file.read_text(encoding="utf-8"))}
    while True:
        read = asked.union(_VARIABLE.findall(text))
        unread = [match for match in _DEFINED.finditer(text) if match[1] not in read]
        if not unread:
            return re.sub(r"[^{}]+\{\s*\}", "", text)
        for match in reversed(unread):
            text = text[: match.start()] + text[match.end() :]


def main() -> int:
    """Write the files; return the exit status."""
    try:
        words = wanted(Path(sys.argv[1]) if len(sys.argv) > 1 else SITE)
    except FileNotFoundError as error:
        print(f"carta: {error}", file=sys.stderr)
        return 1
    for copy in copies():
        text = copy.text(words)
        copy.target.write_text(text, encoding="utf-8")
        print(f"{copy.target.relative_to(ROOT)}: {len(text):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
