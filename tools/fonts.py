"""Make the site's and the figures' fonts from the packages of IBM Plex.

    python tools/fonts.py FOLDER

``FOLDER`` holds the unpacked npm packages ``@ibm/plex-sans-variable`` 0.2.0, ``@ibm/plex-serif`` 2.0.0 and
``@ibm/plex-mono`` 2.5.0, each as ``FOLDER/plex-NAME``. The icons come from the Font Awesome of the installed theme.

The letters are cut down to what the book writes, and the family is renamed: the licence reserves the name of the
original for the unmodified fonts. Equal input gives equal bytes.
"""

from __future__ import annotations

import base64
import io
import math
import sys
import tempfile
from collections.abc import Callable, Iterable, Mapping, Sequence
from importlib import resources
from pathlib import Path

from fontTools.pens.ttGlyphPen import TTGlyphPen
from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

sys.path.insert(0, str(Path(__file__).parent))
from theme_styles import ICONS, copies

ROOT = Path(__file__).parents[1]
SITE = ROOT / "src/carta/site/assets/fonts"
FIGURES = ROOT / "src/carta/figures/fonts"
#: Say which file holds which letters: of what every page needs at once, and of what may come behind the first paint.
RULES = SITE.parent / "carta-fonts.css"
LATER = SITE.parent / "carta-fonts-later.css"

#: Latin with its European extensions, Greek, punctuation, super- and subscripts, currency, arrows, operators, shapes.
LETTERS = [
    *range(0x20, 0x7F),
    *range(0xA0, 0x180),
    *range(0x218, 0x21C),
    *range(0x2C6, 0x2DE),
    *range(0x384, 0x3D7),
    *range(0x2000, 0x2070),
    *range(0x2070, 0x209D),
    0x20AC, 0x2113, 0x2116, 0x2122, 0x2126,
    *range(0x2150, 0x2160),
    *range(0x2190, 0x219A),
    0x2202, 0x2206, 0x220F, 0x2211, 0x2212, 0x2215, 0x221A, 0x221E, 0x222B, 0x2248, 0x2260, 0x2264, 0x2265,
    0x25A0, 0x25B2, 0x25B3, 0x25C6, 0x25C7, 0x25CA, 0x25CB, 0x25CF, 0x2713, 0x2717,
]  # fmt: skip
#: What nearly every page needs before it can be read, with the site's own signs. The other letters are files of their
#: own, which a browser fetches where a page has one of them.
CORE = [
    *range(0x20, 0x7F),
    *map(ord, "\u00a0\u202f\u2011½°±²µ·×éäöüß©–—‘’“”…→−≤≥✓⊕◯◐△◇✗"),
]  # fmt: skip
#: What a browser may do with letters: kern, join, and set digits under one another.
FEATURES = ["kern", "liga", "lnum", "tnum", "rvrn"]

#: Where signs stand, in units of a thousandth of the size: the middle of each, across and up, its reach and its stroke.
_MIDDLE, _UP, _REACH, _STROKE = 380, 349, 330, 64


def _shape(pen: TTGlyphPen, points: Sequence[tuple[float, float]], *, hole: bool = False) -> None:
    """Draw straight lines around a shape whose points go clockwise, seen from its middle."""
    placed = [(round(_MIDDLE + x), round(_UP + y)) for x, y in (reversed(points) if hole else points)]
    pen.moveTo(placed[0])
    for point in placed[1:]:
        pen.lineTo(point)
    pen.closePath()


def _disc(pen: TTGlyphPen, radius: float, *, hole: bool = False, half: bool = False) -> None:
    """Draw a disc, or its left half, of short curves."""
    parts = 8
    first, last = (parts // 2 if half else 0), parts
    step = 2 * math.pi / parts
    # From the top, clockwise.
    corners = [(math.sin(step * n), math.cos(step * n)) for n in range(first, last + 1)]
    bends = [
        (math.sin(step * (n + 0.5)) / math.cos(step / 2), math.cos(step * (n + 0.5)) / math.cos(step / 2))
        for n in range(first, last)
    ]
    if hole:
        corners, bends = corners[::-1], bends[::-1]

    def placed(point: tuple[float, float]) -> tuple[int, int]:
        return round(_MIDDLE + radius * point[0]), round(_UP + radius * point[1])

    pen.moveTo(placed(corners[0]))
    for bend, corner in zip(bends, corners[1:], strict=True):
        pen.qCurveTo(placed(bend), placed(corner))
    pen.closePath()


def _ring(pen: TTGlyphPen) -> None:
    _disc(pen, _REACH)
    _disc(pen, _REACH - _STROKE, hole=True)


def _bar(pen: TTGlyphPen, turned: float, reach: float) -> None:
    sine, cosine, half = math.sin(turned), math.cos(turned), _STROKE / 2
    corners = [(-reach, -half), (-reach, half), (reach, half), (reach, -half)]
    _shape(pen, [(x * cosine - y * sine, x * sine + y * cosine) for x, y in corners])


def _plus_in_ring(pen: TTGlyphPen) -> None:
    _ring(pen)
    _bar(pen, 0, _REACH - _STROKE / 2)
    _bar(pen, math.pi / 2, _REACH - _STROKE / 2)


def _half_disc(pen: TTGlyphPen) -> None:
    _ring(pen)
    _disc(pen, _REACH - _STROKE / 2, half=True)


def _cross(pen: TTGlyphPen) -> None:
    # Longer than the arms of a times sign.
    _bar(pen, math.radians(52), 1.25 * _REACH)
    _bar(pen, math.radians(-52), 1.25 * _REACH)


def _outline(points: Sequence[tuple[float, float]], inner: float) -> Callable[[TTGlyphPen], None]:
    """Return what draws an outline: the shape, and itself smaller as a hole."""

    def draw(pen: TTGlyphPen) -> None:
        _shape(pen, points)
        _shape(pen, [(x * inner, y * inner) for x, y in points], hole=True)

    return draw


def _corners(number: int) -> list[tuple[float, float]]:
    """Return the corners of a regular shape, from the top, clockwise."""
    return [
        (_REACH * math.sin(2 * math.pi * n / number), _REACH * math.cos(2 * math.pi * n / number))
        for n in range(number)
    ]


SIGNS: dict[str, Callable[[TTGlyphPen], None]] = {
    "⊕": _plus_in_ring,
    "◯": _ring,
    "◐": _half_disc,
    # A stroke of the same width: its distance from the middle is half of the reach, or the reach over root two.
    "△": _outline(_corners(3), 1 - _STROKE / (_REACH / 2)),
    "◇": _outline(_corners(4), 1 - _STROKE / (_REACH / math.sqrt(2))),
    "✗": _cross,
}


def instance(path: Path, **limits: float | tuple[float, float]) -> TTFont:
    """Return a variable font with its axes limited; written and read again, for the subsetter needs whole tables."""
    font = instantiateVariableFont(TTFont(path, recalcTimestamp=False), limits)
    buffer = io.BytesIO()
    font.save(buffer)
    buffer.seek(0)
    return TTFont(buffer, recalcTimestamp=False)


def cut(font: TTFont, letters: list[int], family: str, style: str, target: Path, *, woff2: bool) -> None:
    """Write the font with these letters alone, under a name of its own."""
    options = Options()
    # On the site nothing asks for raised letters, and none carries a mark of its own.
    options.layout_features = (
        FEATURES if woff2 else [*FEATURES, "ccmp", "locl", "mark", "mkmk", "sups", "subs"]
    )
    options.name_IDs = [0, 1, 2, 4, 6, 13, 14, 16, 17]
    options.hinting = False
    options.desubroutinize = True
    options.recalc_timestamp = False
    subsetter = Subsetter(options)
    subsetter.populate(unicodes=letters)
    subsetter.subset(font)
    names = font["name"]
    regular = style in ("Regular", "Bold", "Italic")
    for record in list(names.names):
        new = {
            1: family if regular else f"{family} {style}",
            2: style if regular else "Regular",
            4: f"{family} {style}",
            6: f"{family} {style}".replace(" ", "-"),
            16: family,
            17: style,
        }.get(record.nameID)
        if new is not None:
            names.setName(new, record.nameID, record.platformID, record.platEncID, record.langID)
    # Some readers take the family from names 16 and 17 alone.
    names.setName(family, 16, 3, 1, 0x409)
    names.setName(style, 17, 3, 1, 0x409)
    font.flavor = "woff2" if woff2 else None
    font["head"].modified = font["head"].created
    target.parent.mkdir(parents=True, exist_ok=True)
    font.save(target, reorderTables=True)
    print(f"{target.name}: {target.stat().st_size:,} bytes")


def freeze_kerning(font: TTFont) -> None:
    """Let all weights be kerned as the regular one is: what bold would change is a third of the file, and not seen."""
    font["GDEF"].table.VarStore = None
    for lookup in font["GPOS"].table.LookupList.Lookup:
        for part in lookup.SubTable:
            pairs = getattr(part, "ExtSubTable", part)
            if type(pairs).__name__ != "PairPos":
                continue
            # The low half says which plain values there are, the high half which of them vary.
            pairs.ValueFormat1 &= 0x0F
            pairs.ValueFormat2 &= 0x0F
            rows = pairs.PairSet if pairs.Format == 1 else pairs.Class1Record
            for row in rows:
                for pair in row.PairValueRecord if pairs.Format == 1 else row.Class2Record:
                    for value in filter(None, (pair.Value1, pair.Value2)):
                        for name in [name for name in vars(value) if name.endswith("Device")]:
                            delattr(value, name)


def draw_signs(font: TTFont) -> None:
    """Add the site's signs of certainty and verdict, which Plex has not.

    A machine's own would look different on each, and to search for them takes a browser longer than anything else in
    a page's first layout.
    """
    # Without it, the widths of drawn signs would have to be in it; browsers take widths from ``gvar``.
    del font["HVAR"]
    # Read before the order is another.
    variations, metrics, shapes = font["gvar"].variations, font["hmtx"], font["glyf"]
    order = [*font.getGlyphOrder(), *(f"sign{ord(sign):x}" for sign in SIGNS)]
    font.setGlyphOrder(order)
    for sign, draw in SIGNS.items():
        name = f"sign{ord(sign):x}"
        pen = TTGlyphPen(None)
        draw(pen)
        glyph = pen.glyph()
        shapes[name] = glyph
        glyph.recalcBounds(shapes)
        metrics[name] = (2 * _MIDDLE, glyph.xMin)
        variations[name] = []
        for table in font["cmap"].tables:
            if table.isUnicode():
                table.cmap[ord(sign)] = name


def cut_in_two(
    make: Callable[[], TTFont], family: str, style: str, name: str, properties: Mapping[str, str]
) -> tuple[str, str]:
    """Write a font of the site as two files, ``NAME.woff2`` and ``NAME-more.woff2``; return the style rule of each."""
    rules = []
    for wanted, suffix in ((CORE, ""), (sorted(set(LETTERS) - set(CORE)), "-more")):
        font = make()
        if "fvar" in font:
            freeze_kerning(font)
            draw_signs(font)
        letters = [letter for letter in wanted if letter in font.getBestCmap()]
        cut(font, letters, family, style, SITE / f"{name}{suffix}.woff2", woff2=True)
        said = {
            # Under a name of its own: for a part of a family that is not there yet, browsers make up a stand-in of
            # every size.
            "font-family": f'"{family} More"' if suffix else f'"{family}"',
            "src": f'url("fonts/{name}{suffix}.woff2") format("woff2")',
            **properties,
            "font-display": "swap",
            **({"unicode-range": unicode_range(letters)} if suffix else {}),
        }
        rules.append(rule(said))
    core, more = rules
    return core, more


def rule(properties: Mapping[str, str]) -> str:
    """Return a style rule that declares a font."""
    return "@font-face {\n" + "".join(f"  {key}: {value};\n" for key, value in properties.items()) + "}\n"


def unicode_range(letters: Iterable[int]) -> str:
    """Return letters as ranges, as style sheets write them."""
    ranges: list[list[int]] = []
    for letter in sorted(letters):
        if ranges and letter == ranges[-1][1] + 1:
            ranges[-1][1] = letter
        else:
            ranges.append([letter, letter])
    return ", ".join(f"U+{low:x}" if low == high else f"U+{low:x}-{high:x}" for low, high in ranges)


def cut_icons() -> str:
    """Return the style rule of the icons: those of classes, and those that the theme writes beside boxes and links.

    They lie in the rule itself. In a file they would be there only after a further journey, and until then a browser
    shows either nothing or the box of an unknown letter.
    """
    theme = Path(str(resources.files("pydata_sphinx_theme"))) / "theme/pydata_sphinx_theme/static"
    styles = "".join(copy.target.read_text(encoding="utf-8") for copy in copies())
    beside = {ord(sign) for sign in styles if "\ue000" <= sign <= "\uf8ff"}
    font = TTFont(theme / "vendor/fontawesome/webfonts/fa-solid-900.woff2", recalcTimestamp=False)
    letters = sorted({*ICONS.values(), *beside})
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "carta-icons.woff2"
        cut(font, letters, "Carta Icons", "Regular", file, woff2=True)
        data = base64.b64encode(file.read_bytes()).decode("ascii")
    return rule(
        {
            "font-family": '"Carta Icons"',
            "src": f'url("data:font/woff2;base64,{data}") format("woff2")',
            "font-weight": "900",
            "font-display": "block",
        }
    )


def main() -> int:
    """Write all fonts; return the exit status."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    packages = Path(sys.argv[1])
    sans = packages / "plex-sans-variable/fonts/complete/ttf"
    serif = packages / "plex-serif/fonts/complete/woff2"
    mono = packages / "plex-mono/fonts/complete/woff2"
    roman, italic = sans / "IBM Plex Sans Var-Roman.ttf", sans / "IBM Plex Sans Var-Italic.ttf"
    upright = {"font-weight": "400 700", "font-style": "normal"}
    # Little is set in italics, and hardly any of it bold: one weight.
    slanted = {"font-weight": "400", "font-style": "italic"}
    fonts = [
        cut_in_two(
            lambda: instance(roman, wdth=100, wght=(400, 700)),
            "Carta Sans", "Regular", "carta-sans-roman", upright,
        ),
        cut_in_two(
            lambda: instance(italic, wdth=100, wght=400), "Carta Sans", "Italic", "carta-sans-italic", slanted
        ),
        cut_in_two(
            lambda: TTFont(serif / "IBMPlexSerif-SemiBold.woff2", recalcTimestamp=False),
            "Carta Serif", "SemiBold", "carta-serif-600", {"font-weight": "600"},
        ),
        cut_in_two(
            lambda: TTFont(mono / "IBMPlexMono-Regular.woff2", recalcTimestamp=False),
            "Carta Mono", "Regular", "carta-mono-400", {},
        ),
    ]  # fmt: skip
    (sans_core, sans_more), (italic_core, italic_more), (serif_core, serif_more), (mono_core, mono_more) = (
        fonts
    )
    head = "/* IBM Plex, cut to the letters of the book by tools/fonts.py; the licence lies beside the files. */\n"
    RULES.write_text(head + sans_core + serif_core + cut_icons(), encoding="utf-8")
    # Until they come, italics are the upright letters slanted, and code has the machine's own letters.
    later = (sans_more, italic_core, italic_more, serif_more, mono_core, mono_more)
    LATER.write_text(head + "".join(later), encoding="utf-8")
    for weight, name in ((400, "Regular"), (600, "SemiBold"), (700, "Bold")):
        font = instance(sans / "IBM Plex Sans Var-Roman.ttf", wdth=100, wght=weight)
        font["OS/2"].usWeightClass = weight
        cut(font, LETTERS, "Carta Sans", name, FIGURES / f"carta-sans-{weight}.ttf", woff2=False)
    font = TTFont(serif / "IBMPlexSerif-SemiBold.woff2", recalcTimestamp=False)
    cut(font, LETTERS, "Carta Serif", "SemiBold", FIGURES / "carta-serif-600.ttf", woff2=False)
    for folder in (SITE, FIGURES):
        licence = (packages / "plex-serif/LICENSE.txt").read_text(encoding="utf-8")
        (folder / "OFL.txt").write_text(licence, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
