"""The pictures that stand for pages where links to them are shared: Open Graph, 1200 by 630 px.

Each is drawn from the page's title and part, with the site's own letters, so that equal input gives equal bytes; a card
whose drawing has not changed is not made again.
"""

from __future__ import annotations

import json
from functools import cache
from html import escape
from importlib import resources
from importlib.metadata import version
from pathlib import Path
from typing import TYPE_CHECKING

from sphinx import addnodes

from carta.files import digest, write_bytes_atomically, write_text_atomically
from carta.site.mark import mark
from carta.site.reading_time import reading_minutes

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: Width and height, px.
SIZE = (1200, 630)
#: Name of the card of pages without one of their own.
SITE_CARD = "site"

_MARGIN = 84
_LINES = 4


def card_name(docname: str) -> str:
    """Return the name of a page's card."""
    return docname.replace("/", "-")


@cache
def _widths(font: str) -> tuple[dict[int, int], int]:
    """Return the advance width of each letter of a font, and the units of an em."""
    from fontTools.ttLib import TTFont

    with TTFont(Path(str(resources.files("carta.figures") / "fonts")) / font, lazy=True) as face:
        metrics = face["hmtx"].metrics
        return {code: metrics[glyph][0] for code, glyph in face.getBestCmap().items()}, face[
            "head"
        ].unitsPerEm


def text_width(text: str, size: float, font: str = "carta-serif-600.ttf") -> float:
    """Return the width of a line in px, without kerning; letters that the font lacks count as wide ones."""
    widths, em = _widths(font)
    return sum(widths.get(ord(letter), em) for letter in text) * size / em


def wrapped(text: str, size: float, width: float) -> list[str]:
    """Return the text in lines no wider than ``width`` px; a single word may be wider."""
    lines: list[str] = []
    for word in text.split():
        if lines and text_width(f"{lines[-1]} {word}", size) <= width:
            lines[-1] += f" {word}"
        else:
            lines.append(word)
    return lines


def card_svg(title: str, part: str, foot: str) -> str:
    """Return the drawing of a card.

    Args:
        title: of the page; set as large as fits.
        part: the part of the book it belongs to, or other words above the title.
        foot: the line at the bottom.
    """
    width, height = SIZE
    for size in (82, 72, 64, 56, 48):
        lines = wrapped(title, size, width - 2 * _MARGIN)
        if len(lines) <= _LINES - (size > 64):
            break
    else:
        lines = [*lines[: _LINES - 1], f"{lines[_LINES - 1]} …"]
    step = size * 1.16
    top = 330 - step * (len(lines) - 1) / 2 + size * 0.3
    words = "".join(
        f'<text x="{_MARGIN}" y="{top + step * number:.1f}" font-family="Carta Serif SemiBold" font-size="{size}" '
        f'fill="#ffffff">{escape(line)}</text>'
        for number, line in enumerate(lines)
    )
    sans = 'font-family="Carta Sans" font-size="30"'
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}">'
        f'<rect width="{width}" height="{height}" fill="#0e3a44"/>'
        f'<rect width="{width}" height="12" fill="#d98324"/>'
        f'<g transform="translate({_MARGIN} 70) scale(2.1)">{mark("#ffffff", "#f0a04b")}</g>'
        f'<text x="{_MARGIN + 88}" y="116" font-family="Carta Sans" font-weight="700" font-size="40" '
        f'letter-spacing="3" fill="#ffffff">CARTA</text>'
        f'<text x="{width - _MARGIN}" y="114" {sans} text-anchor="end" fill="#a9d3da">{escape(part)}</text>'
        f"{words}"
        f'<text x="{_MARGIN}" y="{height - 62}" {sans} fill="#a9d3da">{escape(foot)}</text>'
        "</svg>"
    )


def _captions(app: Sphinx) -> dict[str, str]:
    """Return the caption of the part that each page stands under."""
    contents = app.env.get_doctree(app.config.root_doc)
    return {
        docname: tree.get("caption") or ""
        for tree in contents.findall(addnodes.toctree)
        for docname in tree["includefiles"]
    }


def _drawings(app: Sphinx) -> dict[str, str]:
    """Return the drawing of each card by its name."""
    captions = _captions(app)
    whole = "CAR T cells for autoimmune disease"
    drawings = {SITE_CARD: card_svg(whole, "Living review", "Every number bound to its source")}
    for docname in sorted(app.env.found_docs):
        if docname == app.config.root_doc:
            drawings[card_name(docname)] = drawings[SITE_CARD]
            continue
        minutes = reading_minutes(app.env, docname)
        drawings[card_name(docname)] = card_svg(
            app.env.titles[docname].astext(),
            captions.get(docname, ""),
            f"{whole} · a living review · {minutes} min read",
        )
    return drawings


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "html":
        return
    place = Path(app.outdir) / "_static" / "cards"
    place.mkdir(parents=True, exist_ok=True)
    remembered = Path(app.doctreedir) / "carta-cards.json"
    try:
        known = json.loads(remembered.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    drawings = _drawings(app)
    digests = {name: digest(drawing, version("vl-convert-python")) for name, drawing in drawings.items()}
    for name, drawing in drawings.items():
        target = place / f"{name}.png"
        if known.get(name) != digests[name] or not target.is_file():
            write_bytes_atomically(target, _picture(drawing))
    for target in place.glob("*.png"):
        if target.stem not in drawings:
            target.unlink()
    if known != digests:
        write_text_atomically(remembered, json.dumps(digests))


def _picture(drawing: str) -> bytes:
    # Imported late: a build that changes no card need not wait for it. It knows the site's letters.
    from carta.figures.converter import svg_to_png

    return svg_to_png(drawing, scale=1.0)


def setup(app: Sphinx) -> None:
    """Write the cards when a build has ended well."""
    app.connect("build-finished", _write)
