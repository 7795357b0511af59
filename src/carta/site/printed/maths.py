"""A formula as a tree, and in words for those who cannot see it."""

from __future__ import annotations

import xml.etree.ElementTree as ET
from collections.abc import Iterator

from math_core import LatexError

from carta.site.mathml import laid_out, to_mathml

#: What math-core writes by name, and XML does not know.
_ENTITIES = {"&ApplyFunction;": "\u2061", "&InvisibleTimes;": "\u2062", "&nbsp;": "\u00a0"}

_SAID = {
    "=": "equals",
    "+": "plus",
    "−": "minus",
    "-": "minus",
    "±": "plus or minus",
    "×": "times",
    "⋅": "times",
    "·": "times",
    "/": "divided by",
    "<": "is less than",
    ">": "is greater than",
    "≤": "is at most",
    "≥": "is at least",
    "≈": "is about",
    "≠": "is not",
    "←": "becomes",
    "→": "goes to",
    "∑": "the sum",
    "∏": "the product",
    "∫": "the integral",
    "∂": "partial d",
    "∞": "infinity",
    "∣": "given",
    "|": "bar",
    "~": "is distributed as",
    "∼": "is distributed as",
    "\u2061": "of",
    "\u2062": "",
    "(": "(",
    ")": ")",
}
_ACCENTS = {
    "^": "hat",
    "ˆ": "hat",
    "~": "tilde",
    "˜": "tilde",
    "¯": "bar",
    "‾": "bar",
    "˙": "dot",
    "→": "vector",
}


class FormulaError(ValueError):
    """A formula cannot be set; the message says why."""


def tree(tex: str, *, display: bool, nowrap: bool = True) -> ET.Element:
    """Return a TeX formula as a MathML tree, without namespaces.

    Args:
        tex: the formula without its dollars.
        display: whether it stands on a line of its own.
        nowrap: whether it brings its own environment; otherwise its lines are set below one another.

    Raises:
        FormulaError: it does not convert.
    """
    try:
        text = to_mathml(tex if nowrap else laid_out(tex), display=display)
    except LatexError as error:
        raise FormulaError((str(error) or "unknown reason").splitlines()[0]) from error
    for name, character in _ENTITIES.items():
        text = text.replace(name, character)
    try:
        root = ET.fromstring(text)
    except ET.ParseError as error:
        raise FormulaError(f"its MathML is not well-formed: {error}") from error
    for element in root.iter():
        element.tag = element.tag.rpartition("}")[2]
    return root


def spoken(root: ET.Element) -> str:
    """Return a formula in words, read from left to right."""
    return " ".join(" ".join(_say(root)).split())


def _all(element: ET.Element) -> Iterator[str]:
    for child in element:
        yield from _say(child)


def _say(element: ET.Element) -> Iterator[str]:
    text, parts = element.text or "", list(element)
    match element.tag:
        case "mo":
            yield _SAID.get(text, text)
        case "mi" | "mn" | "mtext" | "ms":
            yield text
        case "mspace" | "mphantom" | "annotation":
            return
        case "mfrac":
            yield from ["the fraction", *_say(parts[0]), "over", *_say(parts[1]), ","]
        case "msqrt":
            yield from ["the square root of", *_all(element), ","]
        case "mroot":
            yield from ["the root of order", *_say(parts[1]), "of", *_say(parts[0]), ","]
        case "msub" | "munder":
            yield from [*_say(parts[0]), "sub", *_say(parts[1])]
        case "msup":
            yield from [*_say(parts[0]), "to the power", *_say(parts[1]), ","]
        case "mover":
            mark = "".join(parts[1].itertext())
            yield from [
                *_say(parts[0]),
                *([_ACCENTS[mark]] if mark in _ACCENTS else ["over", *_say(parts[1])]),
            ]
        case "msubsup" | "munderover":
            yield from [*_say(parts[0]), "from" if element.tag == "munderover" else "sub", *_say(parts[1])]
            yield from ["to" if element.tag == "munderover" else "to the power", *_say(parts[2])]
        case "mtable":
            for row in parts:
                yield from [*_say(row), ";"]
        case _:
            yield from _all(element)
