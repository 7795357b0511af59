"""Draw the logo, mark and name, for pages elsewhere: ``docs/logo-light.svg`` and ``docs/logo-dark.svg``.

    python tools/logo.py

The letters are outlines of the site's own face, so that the picture is the same where that face is not at hand.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.pens.svgPathPen import SVGPathPen
from fontTools.pens.transformPen import TransformPen
from fontTools.ttLib import TTFont

from carta.site.mark import mark

ROOT = Path(__file__).parents[1]

#: Cell, receptor, letters.
LOGOS = {
    "light": ("#0b5d6b", "#c86d12", "#1b2430"),
    "dark": ("#6cc5d1", "#f0a04b", "#e7eaf0"),
}
NAME = "CARTA"
SIZE, SPACE = 22, 1.6


def outlines() -> tuple[str, float]:
    """Return the name as path data with its base line at 24 px and its left end at 38 px, and where it ends."""
    font = TTFont(ROOT / "src/carta/figures/fonts/carta-sans-700.ttf")
    glyphs, letters = font.getGlyphSet(), font.getBestCmap()
    scale, at, parts = SIZE / font["head"].unitsPerEm, 38.0, []
    for letter in NAME:
        pen = SVGPathPen(glyphs, ntos=lambda number: f"{number:.2f}".rstrip("0").rstrip("."))
        glyphs[letters[ord(letter)]].draw(TransformPen(pen, (scale, 0, 0, -scale, at, 24)))
        parts.append(pen.getCommands())
        at += font["hmtx"][letters[ord(letter)]][0] * scale + SPACE
    return "".join(parts), at - SPACE


def main() -> int:
    """Write both; return the exit status."""
    path, end = outlines()
    for name, (cell, receptor, ink) in LOGOS.items():
        target = ROOT / "docs" / f"logo-{name}.svg"
        target.write_text(
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {end + 2:.0f} 32" role="img" aria-label="{NAME}">'
            f'{mark(cell, receptor)}<path fill="{ink}" d="{path}"/></svg>\n',
            encoding="utf-8",
        )
        print(target.relative_to(ROOT))
    return 0


if __name__ == "__main__":
    sys.exit(main())
