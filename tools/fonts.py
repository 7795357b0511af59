"""Make the site's and the figures' fonts from the packages of IBM Plex.

    python tools/fonts.py FOLDER

``FOLDER`` holds the unpacked npm packages ``@ibm/plex-sans-variable`` 0.2.0, ``@ibm/plex-serif`` 2.0.0 and
``@ibm/plex-mono`` 2.5.0, each as ``FOLDER/plex-NAME``. The icons come from the Font Awesome of the installed theme.

The letters are cut down to what the book writes, and the family is renamed: the licence reserves the name of the
original for the unmodified fonts. Equal input gives equal bytes.
"""

from __future__ import annotations

import io
import sys
from importlib import resources
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont
from fontTools.varLib.instancer import instantiateVariableFont

sys.path.insert(0, str(Path(__file__).parent))
from theme_styles import ICONS, TARGET

ROOT = Path(__file__).parents[1]
SITE = ROOT / "src/carta/site/assets/fonts"
FIGURES = ROOT / "src/carta/figures/fonts"

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
    options.layout_features = [
        "ccmp",
        "kern",
        "liga",
        "lnum",
        "locl",
        "mark",
        "mkmk",
        "sups",
        "subs",
        "tnum",
        "rvrn",
    ]
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
    print(f"{target.relative_to(ROOT)}: {target.stat().st_size:,} bytes")


def cut_icons() -> None:
    """Write the icons: those of classes, and those that the theme's style sheet writes beside boxes and links."""
    theme = Path(str(resources.files("pydata_sphinx_theme"))) / "theme/pydata_sphinx_theme/static"
    beside = {ord(sign) for sign in TARGET.read_text(encoding="utf-8") if "\ue000" <= sign <= "\uf8ff"}
    font = TTFont(theme / "vendor/fontawesome/webfonts/fa-solid-900.woff2", recalcTimestamp=False)
    letters = sorted({*ICONS.values(), *beside})
    cut(font, letters, "Carta Icons", "Regular", SITE / "carta-icons.woff2", woff2=True)


def main() -> int:
    """Write all fonts; return the exit status."""
    if len(sys.argv) != 2:
        print(__doc__, file=sys.stderr)
        return 2
    packages = Path(sys.argv[1])
    sans = packages / "plex-sans-variable/fonts/complete/ttf"
    serif = packages / "plex-serif/fonts/complete/woff2"
    mono = packages / "plex-mono/fonts/complete/woff2"
    font = instance(sans / "IBM Plex Sans Var-Roman.ttf", wdth=100, wght=(400, 700))
    cut(font, LETTERS, "Carta Sans", "Regular", SITE / "carta-sans-roman.woff2", woff2=True)
    # Little is set in italics, and hardly any of it bold: one weight.
    font = instance(sans / "IBM Plex Sans Var-Italic.ttf", wdth=100, wght=400)
    cut(font, LETTERS, "Carta Sans", "Italic", SITE / "carta-sans-italic.woff2", woff2=True)
    for weight, name in ((400, "Regular"), (600, "SemiBold"), (700, "Bold")):
        font = instance(sans / "IBM Plex Sans Var-Roman.ttf", wdth=100, wght=weight)
        font["OS/2"].usWeightClass = weight
        cut(font, LETTERS, "Carta Sans", name, FIGURES / f"carta-sans-{weight}.ttf", woff2=False)
    for target in (SITE / "carta-serif-600.woff2", FIGURES / "carta-serif-600.ttf"):
        font = TTFont(serif / "IBMPlexSerif-SemiBold.woff2", recalcTimestamp=False)
        cut(font, LETTERS, "Carta Serif", "SemiBold", target, woff2=target.suffix == ".woff2")
    font = TTFont(mono / "IBMPlexMono-Regular.woff2", recalcTimestamp=False)
    cut(font, LETTERS, "Carta Mono", "Regular", SITE / "carta-mono-400.woff2", woff2=True)
    cut_icons()
    for folder in (SITE, FIGURES):
        licence = (packages / "plex-serif/LICENSE.txt").read_text(encoding="utf-8")
        (folder / "OFL.txt").write_text(licence, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
