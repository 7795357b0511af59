"""The Content-Security-Policy of every page: nothing from elsewhere, and of inline scripts only those written here.

It stands in a ``meta`` element, for a page must carry it wherever it is served from, or opened from a disk.
"""

from __future__ import annotations

import base64
import hashlib
import re
from typing import TYPE_CHECKING, Any, cast

from sphinx.builders.html import StandaloneHTMLBuilder

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

#: Stands in the layout where the policy will be.
MARK = "carta-policy"

#: Sets the reader's light or dark before anything is drawn; a browser that keeps nothing gets the system's choice.
MODE_SCRIPT = (
    '(h=>{let m;try{m=localStorage.getItem("mode")}catch{}m=m||"auto";h.dataset.mode=m;'
    'h.dataset.theme=m==="auto"?(matchMedia("(prefers-color-scheme: dark)").matches?"dark":"light"):m'
    "})(document.documentElement)"
)

_INLINE = re.compile(
    r"<script(?P<attributes>(?:\s[^>]*)?)>(?P<body>.*?)</script\s*>", re.DOTALL | re.IGNORECASE
)
_DATA = re.compile(r"""\btype=["']?application/(?:ld\+)?json""", re.IGNORECASE)
_HAS_SOURCE = re.compile(r"\ssrc\s*=", re.IGNORECASE)


def inline_scripts(page: str) -> list[str]:
    """Return the code of each script that stands in the page itself; blocks of data are none."""
    return [
        match["body"]
        for match in _INLINE.finditer(page)
        if not _HAS_SOURCE.search(match["attributes"]) and not _DATA.search(match["attributes"])
    ]


def policy(page: str) -> str:
    """Return the policy for a page.

    Inline scripts are allowed by their SHA-256, workers for the exercises in the page, WebAssembly for its Python.
    Inline styles are allowed: drawings have them; and fonts in a style sheet: the icons are one.
    """
    hashes = dict.fromkeys(
        base64.b64encode(hashlib.sha256(script.encode("utf-8")).digest()).decode("ascii")
        for script in inline_scripts(page)
    )
    allowed = " ".join(["'self'", "'wasm-unsafe-eval'", *(f"'sha256-{value}'" for value in hashes)])
    return "; ".join(
        [
            "default-src 'self'",
            f"script-src {allowed}",
            "style-src 'self' 'unsafe-inline'",
            "img-src 'self' data:",
            "font-src 'self' data:",
            "connect-src 'self'",
            "worker-src 'self' blob:",
            "object-src 'none'",
            "base-uri 'self'",
            "form-action 'self'",
        ]
    )


def with_policy(page: str) -> str:
    """Return the page with its policy in the place of the mark."""
    return page.replace(f'content="{MARK}"', f'content="{policy(page)}"', 1)


def _render_with_policy(app: Sphinx) -> None:
    builder = app.builder
    if not isinstance(builder, StandaloneHTMLBuilder) or builder.name == "epub":
        return
    templates = cast(Any, builder.templates)
    render = templates.render
    templates.render = lambda template, context: with_policy(render(template, context))


def _add_words(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    context["carta_policy_mark"] = MARK
    context["carta_mode_script"] = MODE_SCRIPT


def setup(app: Sphinx) -> None:
    """Let every page that is rendered end with its policy."""
    app.connect("builder-inited", _render_with_policy, priority=950)
    app.connect("html-page-context", _add_words)
