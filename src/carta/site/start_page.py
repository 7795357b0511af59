"""The site's address leads to its first page, by a page that has a language and a title."""

from __future__ import annotations

from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urljoin

from carta.files import write_text_atomically
from carta.site.metadata import base_address

if TYPE_CHECKING:
    from sphinx.application import Sphinx

_REDIRECT = (
    '<!DOCTYPE html>\n<html lang="en"><head><meta charset="utf-8"><title>{title}</title>\n'
    '<meta http-equiv="refresh" content="0; url={page}">\n'
    '<link rel="icon" href="_static/carta-icon.svg"><link rel="canonical" href="{whole}"></head>\n'
    '<body><p><a href="{page}">{title}</a></p></body></html>\n'
)


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "html" or app.config.root_doc == "index":
        return
    page = app.builder.get_target_uri(app.config.root_doc)
    whole = urljoin(base_address(app), page)
    text = _REDIRECT.format(page=escape(page), whole=escape(whole), title=escape(app.config.html_title))
    write_text_atomically(Path(app.outdir) / "index.html", text)


def setup(app: Sphinx) -> None:
    """Write it behind sphinx-external-toc, which makes a bare one where there is none."""
    app.connect("build-finished", _write, priority=900)
