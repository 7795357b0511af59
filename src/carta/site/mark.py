"""The site's mark: a cell, open where its receptor reaches out; also the C of the name."""

from __future__ import annotations

#: Ring from the centre (14, 16) with radius 10, open for 90 degrees to the right.
_RING = "M21.07 8.93A10 10 0 1 0 21.07 23.07"
_RECEPTOR = "M14 16H23M29 10L23 16L29 22"


def mark(cell: str, receptor: str) -> str:
    """Return the mark as the inside of an SVG with the view box ``0 0 32 32``, in two colours."""
    return (
        f'<path d="{_RING}" fill="none" stroke="{cell}" stroke-width="3.6" stroke-linecap="round"/>'
        f'<path d="{_RECEPTOR}" fill="none" stroke="{receptor}" stroke-width="3.6" stroke-linecap="round" '
        f'stroke-linejoin="round"/>'
    )
