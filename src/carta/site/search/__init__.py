"""Search: an index of the finished pages, and the pages' way to it in place of the theme's."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from carta.site.search.write import write_index

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sphinx.application import Sphinx
    from sphinx.config import Config


def _replace_theirs(app: Sphinx, config: Config) -> None:
    # The theme's dialogue, which has no results in it, and its hold on the keys.
    config.html_theme_options["disable_search"] = True


def _make_no_index_of_theirs(app: Sphinx) -> None:
    if app.builder.name == "html":
        app.builder.search = False  # type: ignore[attr-defined]


def _search_page(app: Sphinx) -> Iterator[tuple[str, dict[str, Any], str]]:
    if app.builder.name == "html":
        yield "search", {"title": "Search"}, "search.html"


def setup(app: Sphinx) -> None:
    """Register the index and the page of results."""
    app.connect("config-inited", _replace_theirs, priority=900)
    app.connect("builder-inited", _make_no_index_of_theirs, priority=900)
    app.connect("html-collect-pages", _search_page)
    app.add_js_file("carta-search.js", loading_method="defer")
    # Behind everything that writes a page.
    app.connect("build-finished", write_index, priority=990)
