"""The colours of the figures: inks that follow the page, and data colours that fit every page.

Data colours keep a contrast of at least 3:1 against the white and against the dark page, so one
drawing serves both. That band of lightness is narrow, so colour is never the only channel: use
the shapes, dashes and labels of :mod:`carta.figures.theme` along with it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

#: Page backgrounds against which every data colour is tested.
LIGHT_PAGE: Final = "#ffffff"
DARK_PAGE: Final = "#14181f"


@dataclass(frozen=True, slots=True)
class Ink:
    """A colour that the page decides: printed as it is, a CSS variable on screen."""

    #: Name of the CSS variable.
    variable: str
    #: The colour in a chart and on paper. Nothing else may use this exact value.
    light: str
    #: The colour on the dark page, as the style sheet sets it.
    dark: str

    @property
    def css(self) -> str:
        """The value for a presentation attribute: the variable, or the light colour without it."""
        return f"var({self.variable}, {self.light})"


#: Text.
INK: Final = Ink("--carta-ink", "#1b2430", "#e7eaf0")
#: Text of less weight: titles of axes, notes.
INK_SOFT: Final = Ink("--carta-ink-soft", "#4a5564", "#b5bdc9")
#: Axes, reference lines, outlines.
INK_LINE: Final = Ink("--carta-ink-line", "#7a8594", "#818c9b")
#: Grid lines, decoration only.
INK_GRID: Final = Ink("--carta-ink-grid", "#dde2e9", "#2e3642")
#: The page itself: gaps between bars, hollow points.
PAPER: Final = Ink("--carta-paper", "#fffffe", DARK_PAGE)

INKS: Final = (INK, INK_SOFT, INK_LINE, INK_GRID, PAPER)

#: Categories, in the order of use. The hues of Okabe and Ito, moved into the band of lightness that
#: both pages allow and then apart, as seen with normal and with each kind of dichromatic vision.
CATEGORICAL: Final = ("#3c6a98", "#d0791a", "#159071", "#b877b1", "#865f18", "#5692ec")

#: What is not known, or not in focus.
NEUTRAL: Final = "#747d89"

#: Little to much. For areas: give them the outline that the theme sets.
SEQUENTIAL: Final = ("#a9cbe0", "#7fb0d0", "#5893bd", "#3c76a2", "#2a5b84", "#22466a")

#: Below, at, and above a middle.
DIVERGING: Final = ("#a8560b", "#d08a45", "#e0bd97", "#c3c7cd", "#94bedb", "#4f8fbf", "#2b618f")

#: What a check of a claim against its sources found.
VERDICT: Final = {
    "supported": "#159071",
    "partly": "#d0791a",
    "contradicted": "#c23113",
    "unverifiable": NEUTRAL,
    "opinion": "#b877b1",
}

#: How a fact was read.
STATUS: Final = {"read": "#3c6a98", "second-hand": "#d0791a", "unverified": NEUTRAL}

#: Text on a data colour, on any page.
WHITE: Final = "#ffffff"
BLACK: Final = "#000000"


def luminance(colour: str) -> float:
    """Return the relative luminance (WCAG 2) of ``#rrggbb``, from 0 (black) to 1 (white)."""
    channels = (int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5))
    red, green, blue = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def contrast(one: str, other: str) -> float:
    """Return the contrast ratio (WCAG 2) of two colours ``#rrggbb``, from 1 to 21."""
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def text_on(colour: str) -> str:
    """Return black or white, whichever is easier to read on the colour; one gives at least 4.5:1."""
    return max((WHITE, BLACK), key=lambda text: contrast(text, colour))
