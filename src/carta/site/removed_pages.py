"""A page that left the book leaves the site: Sphinx keeps what it once wrote."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def _remove(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "html":
        return
    outdir = Path(app.outdir)
    # Only folders of pages; the others hold what is written without a source page.
    folders = {docname.partition("/")[0] for docname in app.env.all_docs if "/" in docname}
    for folder in folders:
        for page in (outdir / folder).rglob("*.html"):
            if page.relative_to(outdir).with_suffix("").as_posix() not in app.env.all_docs:
                page.unlink()


def setup(app: Sphinx) -> None:
    """Remove such pages when a build has ended well."""
    app.connect("build-finished", _remove)
