"""Make the fonts of the printed book from the packages of their maker.

    npm install @ibm/plex-serif@2 @ibm/plex-sans@1 @ibm/plex-mono@2 @ibm/plex-math@1 \
        @ibm/plex-sans-sc@1 @ibm/plex-sans-kr@1
    python tools/book_fonts.py node_modules

The Latin, Greek, Cyrillic and mathematical fonts are unpacked as they are. Those for Chinese, Japanese and Korean
names are cut to the commonest characters, and to all that the bibliography and the evidence use; under another name,
for the licence reserves theirs to whole fonts.
"""

from __future__ import annotations

import sys
from pathlib import Path

from fontTools.subset import Options, Subsetter
from fontTools.ttLib import TTFont

ROOT = Path(__file__).parents[1]
OUT = ROOT / "src" / "carta" / "pdf" / "fonts"

WHOLE = {
    "plex-serif": ("Serif-Regular", "Serif-Italic", "Serif-Bold", "Serif-BoldItalic"),
    "plex-sans": ("Sans-Regular", "Sans-Italic", "Sans-Bold", "Sans-BoldItalic"),
    "plex-mono": ("Mono-Regular", "Mono-Bold", "Mono-Italic"),
    "plex-math": ("Math-Regular",),
}


def han_and_kana() -> set[str]:
    """Return the characters of the first level of GB 2312 and of JIS X 0208, and kana."""
    found = {chr(code) for code in (*range(0x3000, 0x3040), *range(0x3040, 0x3100), *range(0xFF01, 0xFF5F))}
    for encoding, leads in (("gb2312", range(0xB0, 0xD8)), ("euc_jp", range(0xB0, 0xD0))):
        for lead in leads:
            for trail in range(0xA1, 0xFF):
                found.update(bytes([lead, trail]).decode(encoding, errors="ignore"))
    return found


def hangul() -> set[str]:
    """Return the syllables of KS X 1001."""
    return {
        bytes([lead, trail]).decode("euc_kr") for lead in range(0xB0, 0xC9) for trail in range(0xA1, 0xFF)
    }


def used() -> set[str]:
    """Return every character of the bibliography and of the evidence."""
    files = [ROOT / "references.bib", *(ROOT / "evidence").rglob("*.yaml")]
    return set().union(*(set(file.read_text(encoding="utf-8")) for file in files))


def cut(source: Path, target: Path, family: str, characters: set[str]) -> None:
    """Write a font with some characters of another, under a name of its own."""
    font = TTFont(source)
    options = Options(hinting=False, layout_features=["kern", "palt"], name_IDs=[0, 1, 2, 3, 4, 5, 6, 13, 14])
    options.recalc_timestamp = False
    subsetter = Subsetter(options)
    subsetter.populate(text="".join(sorted(characters)))
    subsetter.subset(font)
    names = {1: family, 3: f"{family} 1.0", 4: family, 6: family.replace(" ", "")}
    for record in font["name"].names:
        if record.nameID in names:
            record.string = names[record.nameID]
    font.flavor = None
    font.save(target)


def main(modules: Path) -> None:
    """Write all fonts."""
    OUT.mkdir(parents=True, exist_ok=True)
    for package, names in WHOLE.items():
        for name in names:
            font = TTFont(modules / "@ibm" / package / "fonts/complete/woff2" / f"IBMPlex{name}.woff2")
            font.flavor = None
            font.save(OUT / f"IBMPlex{name}.ttf")
    here = used()
    for package, plain, family, characters in (
        ("plex-sans-sc", "SansSC", "Carta Han", han_and_kana()),
        ("plex-sans-kr", "SansKR", "Carta Hangul", hangul()),
    ):
        source = modules / "@ibm" / package / "fonts/complete/woff2/hinted" / f"IBMPlex{plain}-Regular.woff2"
        wanted = characters | {character for character in here if ord(character) > 0x2E80}
        cut(source, OUT / f"{family.replace(' ', '')}-Regular.ttf", family, wanted)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
