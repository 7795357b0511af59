"""The book for e-readers: Sphinx writes its pages, and this package makes an EPUB 3 of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the builder ``epub`` in the place of Sphinx's own, and what it needs."""
    # Imported here, so that the command starts without Sphinx.
    from carta.site.epub import builder, notes, still
    from carta.site.printed import figures

    app.setup_extension("carta.site")
    for part in (figures, notes, still, builder):
        part.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
