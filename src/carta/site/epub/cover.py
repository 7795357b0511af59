"""The cover: the title in the site's own letters, with its mark; equal input gives equal bytes."""

from __future__ import annotations

from html import escape

from carta.site.mark import mark
from carta.site.share_cards import wrapped

#: Width and height, px.
SIZE = (1200, 1800)
_MARGIN = 110


def cover_svg(title: str, lines: list[str]) -> str:
    """Return the drawing of the cover.

    Args:
        title: of the book.
        lines: the lines at the foot.
    """
    width, height = SIZE
    size = 96
    words = "".join(
        f'<text x="{_MARGIN}" y="{640 + number * size * 1.18:.1f}" font-family="Carta Serif SemiBold" '
        f'font-size="{size}" fill="#ffffff">{escape(line)}</text>'
        for number, line in enumerate(wrapped(title, size, width - 2 * _MARGIN))
    )
    foot = "".join(
        f'<text x="{_MARGIN}" y="{height - 120 - (len(lines) - 1 - number) * 58}" font-family="Carta Sans" '
        f'font-size="40" fill="#a9d3da">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<rect width="{width}" height="{height}" fill="#0e3a44"/>'
        f'<rect width="{width}" height="20" fill="#d98324"/>'
        f'<g transform="translate({_MARGIN} 150) scale(7)">{mark("#ffffff", "#f0a04b")}</g>'
        f'<text x="{_MARGIN + 260}" y="300" font-family="Carta Sans" font-weight="700" font-size="104" '
        f'letter-spacing="8" fill="#ffffff">CARTA</text>'
        f"{words}{foot}</svg>"
    )


def cover_png(title: str, lines: list[str]) -> bytes:
    """Return the cover as PNG."""
    # Imported late: the converter takes a while to start.
    from carta.figures.converter import svg_to_png

    return svg_to_png(cover_svg(title, lines), scale=1.0)
