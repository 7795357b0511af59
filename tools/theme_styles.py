"""Make the site's copy of the theme's style sheets: one file, without what no page here can use.

    python tools/theme_styles.py

The theme brings a whole Bootstrap and two thousand icons. A rule is kept when every class and identifier of its
selector is written somewhere in the theme's templates and scripts, in the writers of Sphinx and its extensions, in
this package or in the book's pages. What is written nowhere cannot be in a page. ``tests/book/test_weight.py`` holds
the result against the pages as they are.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Iterator
from functools import cache
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import Any

import tinycss2

ROOT = Path(__file__).parents[1]
TARGET = ROOT / "src/carta/site/assets/carta-theme.css"

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

#: Made up by scripts and writers at run time.
_MADE_UP = frozenset(
    {
        "active",
        "ms-2",
        "toctree-wrapper",
        "collapsed",
        "fade",
        "hide",
        "navbar-nav",
        "nav-link",
        "show",
        "scrolled",
        "noprint",
        "onlyprint",
    }
    | {
        "fa",
        "fa-solid",
        "fas",
        "fa-lg",
        "toctree-l1",
        "toctree-l2",
        "toctree-l3",
        "toctree-l4",
        "h1",
        "h2",
        "h3",
    }
)

_WORD = re.compile(r"[A-Za-z_][\w-]*")
_VARIABLE = re.compile(r"var\(\s*(--[\w-]+)")
_NAME = re.compile(r"(?P<not>:(?:not|is|where)\()|(?P<kind>[.#])(?P<name>(?:[\w-]|\\.)+)")

#: Packages whose templates, scripts and writers name the classes of pages.
_WRITERS = {
    "sphinx_design": ("*.py",),
    "pydata_sphinx_theme": ("theme/**/*.html", "*.py", "**/pydata-sphinx-theme.js"),
    "sphinx_book_theme": ("theme/**/*.html", "**/*.py", "**/sphinx-book-theme.js"),
    "sphinx": ("writers/html*.py", "themes/basic/**/*.html", "themes/basic/static/*.js", "addnodes.py"),
    "docutils": ("writers/_html_base.py", "writers/html5_polyglot/__init__.py", "nodes.py"),
    "myst_nb": ("**/*.py",),
    "sphinx_togglebutton": ("*.py", "**/*.js"),
    "sphinx_copybutton": ("*.py", "**/*.js*"),
    "carta.site": ("**/*.py", "**/*.html", "**/*.js"),
    "carta.figures": ("*.py",),
}


@cache
def theme_file(package: str, name: str) -> Path:
    """Return a file of a theme's package."""
    return Path(str(resources.files(package))) / name


def _sheets() -> list[Path]:
    static = "theme/pydata_sphinx_theme/static/styles"
    return [
        # The theme imports it.
        theme_file("sphinx", "themes/basic/static/basic.css.jinja"),
        theme_file("pydata_sphinx_theme", f"{static}/theme.css"),
        theme_file("pydata_sphinx_theme", f"{static}/pydata-sphinx-theme.css"),
        theme_file("sphinx_book_theme", "theme/sphinx_book_theme/static/styles/sphinx-book-theme.css"),
    ]


@cache
def _written_words() -> frozenset[str]:
    words: set[str] = set(_MADE_UP)
    for package, patterns in _WRITERS.items():
        try:
            folder = Path(str(resources.files(package)))
        except ModuleNotFoundError:
            continue
        for pattern in patterns:
            for file in sorted(folder.glob(pattern)):
                if file.is_file():
                    words.update(_WORD.findall(file.read_text(encoding="utf-8", errors="replace")))
    return frozenset(word for word in words if not word.startswith("fa-") or word in _MADE_UP)


def book_words() -> frozenset[str]:
    """Return every word that may be a class or an identifier of a page of the book."""
    words = set(_written_words())
    for page in sorted((ROOT / "book").rglob("*.md")):
        words.update(_WORD.findall(page.read_text(encoding="utf-8")))
    return (
        frozenset(word for word in words if not word.startswith("fa-")) | ICONS.keys() | {"fa-lg", "fa-solid"}
    )


def theme_style_sheet(words: frozenset[str]) -> str:
    """Return the theme's style sheets as one, cut down to what a page with these classes and identifiers can use."""
    rules = [rule for sheet in _sheets() for rule in _kept(_parse(_read(sheet)), words)]
    return _without_unused_variables("\n".join(rules)) + "\n"


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


def _without_unused_variables(text: str) -> str:
    """Drop the definitions of custom properties that nothing reads, until none is left."""
    assets = Path(str(resources.files("carta.site") / "assets"))
    ours = [file for file in sorted(assets.glob("*.[cj]s*")) if file != TARGET]
    asked = {name for file in ours for name in re.findall(r"--[\w-]+", file.read_text(encoding="utf-8"))}
    while True:
        read = asked.union(_VARIABLE.findall(text))
        unread = [match for match in _DEFINED.finditer(text) if match[1] not in read]
        if not unread:
            return re.sub(r"[^{}]+\{\s*\}", "", text)
        for match in reversed(unread):
            text = text[: match.start()] + text[match.end() :]


def notice() -> str:
    """Return the head of the file: where it is from, and under which licences."""
    return (
        f"/* From pydata-sphinx-theme {version('pydata-sphinx-theme')} and sphinx-book-theme "
        f"{version('sphinx-book-theme')} (BSD 3-Clause), with Bootstrap and Font Awesome's styles (MIT);\n"
        "   made by tools/theme_styles.py. */\n"
    )


def main() -> int:
    """Write the file; return the exit status."""
    text = notice() + theme_style_sheet(book_words())
    TARGET.write_text(text, encoding="utf-8")
    print(f"{TARGET.relative_to(ROOT)}: {len(text):,} bytes")
    return 0


if __name__ == "__main__":
    sys.exit(main())
