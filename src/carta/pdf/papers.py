"""Sizes of paper with their margins; the template has the same."""

from __future__ import annotations

from carta.pdf.writer import Paper

_MM = 72 / 25.4

#: Margins in mm: left and right, top, bottom.
SIDE, TOP, BOTTOM = 25.0, 26.0, 24.0


def _paper(name: str, width: float, height: float) -> Paper:
    return Paper(name, (width - 2 * SIDE) * _MM, (height - 2 * SIDE) * _MM, (height - TOP - BOTTOM) * _MM)


PAPERS = {"a4": _paper("a4", 210, 297), "us-letter": _paper("us-letter", 215.9, 279.4)}
