"""What the live parts of a page share: their data in the page, the files they load, and options that are shares."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from docutils.nodes import document
    from sphinx.application import Sphinx

#: Behind the style sheets of the theme and of the site.
_BEHIND = 902


def data_element(css_class: str, data: Any) -> str:
    """Return an element that holds data as JSON, for a script to read.

    Raises:
        ValueError: when the data hold a number that is not finite.
    """
    text = json.dumps(data, ensure_ascii=False, separators=(",", ":"), allow_nan=False)
    # A "</script>" within the data would end the element.
    content = text.replace("<", "\\u003c")
    return f'<script type="application/json" class="{css_class}">{content}</script>'


def identifier(given: str) -> str:
    """Return the id of an element of the page.

    Raises:
        ValueError: when it holds anything but lower-case letters, digits and hyphens.
    """
    if not re.fullmatch(r"[a-z][a-z0-9-]*", given):
        raise ValueError(f"the id {given!r} must be lower-case letters, digits and '-'")
    return given


def load_where_used(mark: str, script: str, style: str) -> Callable[..., None]:
    """Return a listener to ``html-page-context`` that loads script and style on pages that hold a mark."""

    def load(
        app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: document | None
    ) -> None:
        if mark in context.get("body", ""):
            app.add_js_file(script, type="module")
            app.add_css_file(style, priority=_BEHIND)

    return load


def load_style_where_used(mark: str, style: str) -> Callable[..., None]:
    """Return a listener to ``html-page-context`` that loads a style sheet on pages that hold a mark."""

    def load(
        app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: document | None
    ) -> None:
        if mark in context.get("body", ""):
            app.add_css_file(style, priority=_BEHIND)

    return load


def share(options: Mapping[str, str], name: str, default: float) -> float:
    """Return an option that is a share of one.

    Raises:
        ValueError: when it is no number.
    """
    given = options.get(name)
    if given is None:
        return default
    try:
        return float(given)
    except ValueError as error:
        raise ValueError(f"{name} is {given!r}, give a share such as 0.4") from error
