"""The printed book: pages that Sphinx has resolved become Typst's markup, and that a tagged PDF."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register the builder ``carta-pdf`` and what it needs."""
    # Imported here, so that the command starts without Sphinx.
    from carta.pdf import builder
    from carta.site.printed import figures

    app.setup_extension("carta.site")
    figures.setup(app)
    builder.setup(app)
    return {"version": "1", "parallel_read_safe": True, "parallel_write_safe": False}
