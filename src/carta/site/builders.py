"""What kind of thing a builder makes."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.builders import Builder


def is_web(builder: Builder) -> bool:
    """Return whether a builder makes pages that a reader can work with; an e-book is none."""
    return builder.format == "html" and builder.name != "epub"
