"""What a reader may ask of a figure, its data as CSV and the specification of the live chart, as files beside the page.

In the page, as :mod:`carta.figures` makes it for a notebook that stands alone, they would be a third of what comes over
the wire before anything can be read.
"""

from __future__ import annotations

import base64
import re
import shutil
from html import escape
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING

from sphinx.util.osutil import relative_uri

from carta.files import write_changed
from carta.site.figure_sources import SPEC, figures_in, put
from carta.site.stamps import stamp

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

#: Folder of the site with a folder for each page that has figures.
FOLDER = PurePosixPath("_figures")

_DATA = re.compile(r'(?<= href=")data:text/csv;charset=utf-8;base64,(?P<data>[^"]+)(?=")')
#: A figure that has no address yet.
_FIGURE = re.compile(r'<div class="carta-figure"(?![^>]* data-spec=)')


class _Files:
    """The files of one page, each numbered in its order in it."""

    def __init__(self, docname: str, page: str) -> None:
        self.folder = FOLDER / docname.replace("/", "-")
        self.content: dict[str, bytes] = {}
        self._page = page

    def put(self, content: bytes, suffix: str) -> str:
        """Add a file and return its address, which changes with the content."""
        name = f"{sum(name.endswith(suffix) for name in self.content) + 1}{suffix}"
        self.content[name] = content
        return relative_uri(self._page, str(self.folder / name)) + stamp(content)


def _move(html: str, files: _Files) -> str:
    """Return the HTML of figures with addresses in place of data."""
    html = _DATA.sub(lambda match: files.put(base64.b64decode(match["data"]), ".csv"), html)
    addresses = [escape(files.put(match["spec"].encode("utf-8"), ".json")) for match in SPEC.finditer(html)]
    html = SPEC.sub("", html)
    for address in addresses:
        html = _FIGURE.sub(rf'\g<0> data-spec="{address}"', html, count=1)
    return html


def _put_into_files(app: Sphinx, page: nodes.document, docname: str) -> None:
    if app.builder.name != "html":
        return
    files = _Files(docname, app.builder.get_target_uri(docname))
    for fragment in figures_in(page):
        put(fragment, _move(fragment.astext(), files))
    folder = Path(app.outdir) / files.folder
    if files.content or folder.is_dir():
        write_changed(folder, files.content)


def _drop_gone_pages(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "html":
        return
    named = {_Files(docname, "").folder.name for docname in app.env.found_docs}
    for folder in (Path(app.outdir) / FOLDER).glob("*"):
        if folder.name not in named:
            shutil.rmtree(folder)


def setup(app: Sphinx) -> None:
    """Move the files out of each page that is written, when names in its figures have become links."""
    app.connect("doctree-resolved", _put_into_files, priority=700)
    app.connect("build-finished", _drop_gone_pages)
