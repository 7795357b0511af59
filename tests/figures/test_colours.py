"""Data colours fit both pages; inks read well on theirs; categories stay apart without full colour vision."""

from __future__ import annotations

import itertools
import math

import pytest

from carta.figures.colours import (
    CATEGORICAL,
    DARK_PAGE,
    INK,
    INK_LINE,
    INK_SOFT,
    LIGHT_PAGE,
    NEUTRAL,
    STATUS,
    VERDICT,
    contrast,
    text_on,
)
from carta.figures.theme import DASHES, SHAPES, categories, dashes

DATA_COLOURS = sorted({*CATEGORICAL, *VERDICT.values(), *STATUS.values(), NEUTRAL})

# Machado, Oliveira and Fernandes, IEEE TVCG 2009;15:1291-1298, severity 1; on linear RGB.
VISION: dict[str, list[list[float]]] = {
    "full": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [
        [0.152286, 1.052583, -0.204868],
        [0.114503, 0.786281, 0.099216],
        [-0.003882, -0.048116, 1.051998],
    ],
    "deuteranopia": [
        [0.367322, 0.860646, -0.227968],
        [0.280085, 0.672501, 0.047413],
        [-0.01182, 0.04294, 0.968881],
    ],
    "tritanopia": [
        [1.255528, -0.076749, -0.178779],
        [-0.078411, 0.930809, 0.147602],
        [0.004733, 0.691367, 0.3039],
    ],
}


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.005)
    assert contrast("#e69f00", LIGHT_PAGE) < 3  # the original orange of Okabe and Ito would not do


@pytest.mark.parametrize("colour", DATA_COLOURS)
@pytest.mark.parametrize("page", [LIGHT_PAGE, DARK_PAGE])
def test_data_colours_stand_out_on_both_pages(colour: str, page: str) -> None:
    assert contrast(colour, page) >= 3


@pytest.mark.parametrize("colour", DATA_COLOURS)
def test_text_can_be_read_on_data_colours(colour: str) -> None:
    assert contrast(text_on(colour), colour) >= 4.5


def test_inks_can_be_read_on_their_page() -> None:
    for ink in (INK, INK_SOFT):
        assert contrast(ink.light, LIGHT_PAGE) >= 7
        assert contrast(ink.dark, DARK_PAGE) >= 7
    assert contrast(INK_LINE.light, LIGHT_PAGE) >= 3
    assert contrast(INK_LINE.dark, DARK_PAGE) >= 3


def oklab(colour: str, vision: str) -> tuple[float, float, float]:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    seen = [sum(m * c for m, c in zip(row, linear, strict=True)) for row in VISION[vision]]
    r, g, b = (min(1.0, max(0.0, c)) for c in seen)
    long = math.cbrt(0.4122214708 * r + 0.5363325363 * g + 0.0514459929 * b)
    medium = math.cbrt(0.2119034982 * r + 0.6806995451 * g + 0.1073969566 * b)
    short = math.cbrt(0.0883024619 * r + 0.2817188376 * g + 0.6299787005 * b)
    return (
        0.2104542553 * long + 0.7936177850 * medium - 0.0040720468 * short,
        1.9779984951 * long - 2.4285922050 * medium + 0.4505937099 * short,
        0.0259040371 * long + 0.7827717662 * medium - 0.8086757660 * short,
    )


def nearest(colours: tuple[str, ...], vision: str) -> float:
    return min(math.dist(oklab(a, vision), oklab(b, vision)) for a, b in itertools.combinations(colours, 2))


@pytest.mark.parametrize("vision", VISION)
def test_categories_stay_apart(vision: str) -> None:
    assert nearest(CATEGORICAL, vision) >= 0.075
    # Ochre in place of brown is one that fails: the test can tell.
    assert nearest(("#d55e00", "#a67c00"), "deuteranopia") < 0.03


def test_every_category_has_a_shape_and_a_dash_of_its_own() -> None:
    assert len(set(SHAPES)) == len(set(DASHES)) == len(CATEGORICAL)
    with pytest.raises(ValueError, match="only 6 can be told apart"):
        categories(list("abcdefg"), "column 'x'")
    with pytest.raises(ValueError, match="only 6 can be told apart"):
        dashes(list("abcdefg"), "x")
