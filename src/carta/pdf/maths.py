"""MathML to Typst's formulas."""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET

from carta.site.printed.maths import FormulaError

#: Characters with a meaning of their own in a Typst formula.
_SPECIAL = re.compile(r'[\\#$&"/_^\'`~*@<>\[\]{}(),;:.|!=+\-]')

_OPENING, _CLOSING = "([{⟨⌊⌈|‖", ")]}⟩⌋⌉|‖"

_ACCENTS = {
    "^": "hat",
    "ˆ": "hat",
    "~": "tilde",
    "˜": "tilde",
    "¯": "macron",
    "‾": "overline",
    "_": "underline",
    "˙": "dot",
    "¨": "dot.double",
    "→": "arrow",
    "\u20d7": "arrow",
    "⏞": "overbrace",
    "⏟": "underbrace",
}

#: Variants of MathML that Typst has a function for.
_VARIANTS = {
    "bold": ("bold", "upright"),
    "bold-italic": ("bold",),
    "double-struck": ("bb",),
    "script": ("cal",),
    "fraktur": ("frak",),
    "sans-serif": ("sans",),
    "monospace": ("mono",),
}


#: What asks for another shape of a letter, which its place in a formula gives here.
_SELECTORS = re.compile("[\ufe00-\ufe0f]")
#: Stands where a bracket has no partner.
_INVISIBLE = "\u2061\u2062\u2063\u2064"


def formula(root: ET.Element) -> str:
    """Return a MathML tree without namespaces as the inside of a Typst formula.

    Raises:
        FormulaError: it holds an element that is not known here.
    """
    parts = list(root)
    if len(parts) == 1 and parts[0].tag == "mtable":
        # Numbered environments come with an empty cell on either side, which centres them on a page of the web.
        lines = [
            " & ".join(_children(cell) for cell in row if len(cell) or "width" not in cell.get("style", ""))
            for row in parts[0]
        ]
        return " ".join(" \\ ".join(lines).split())
    return " ".join(_children(root).split())


def _children(element: ET.Element) -> str:
    return _row(list(element))


def _row(parts: list[ET.Element]) -> str:
    return " ".join(filter(None, (_write(part) for part in parts)))


def _group(element: ET.Element) -> str:
    """Return an element as one argument: an empty one still counts."""
    return _write(element) or '""'


def _escape(text: str) -> str:
    return _SPECIAL.sub(lambda match: f"\\{match[0]}", text)


def _string(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _write(element: ET.Element) -> str:
    parts = list(element)
    match element.tag:
        case "math" | "mstyle" | "mpadded" | "semantics":
            return _children(element)
        case "mrow":
            return _fenced(parts)
        case "mi":
            return _identifier(element)
        case "mn":
            return _string(element.text or "")
        case "mtext" | "ms":
            return _string((element.text or "").replace("\u00a0", " "))
        case "mo":
            return _operator(element)
        case "mspace":
            return _space(element)
        case "mphantom":
            return f"#hide($ {_children(element)} $)"
        case "annotation" | "annotation-xml":
            return ""
        case "mfrac":
            if element.get("linethickness", "").rstrip("px") in ("0", "0.0"):
                return f"mat(delim: #none, {_group(parts[0])}; {_group(parts[1])})"
            return f"frac({_group(parts[0])}, {_group(parts[1])})"
        case "msqrt":
            return f"sqrt({_children(element)})"
        case "mroot":
            return f"root({_group(parts[1])}, {_group(parts[0])})"
        case "msub" | "msup" | "msubsup":
            return _attached(element, parts)
        case "munder" | "mover" | "munderover":
            return _limits(element, parts)
        case "mtable":
            return _table(parts)
        case "menclose":
            return f"#rect($ {_children(element)} $)"
        case "merror":
            raise FormulaError("".join(element.itertext()))
    raise FormulaError(f"<{element.tag}> has no counterpart on paper")


def _identifier(element: ET.Element) -> str:
    text = _SELECTORS.sub("", element.text or "")
    if not text:
        return ""
    variant = element.get("mathvariant", "")
    if text in ".,;:!?":
        return f"#h(0pt){_escape(text)}" if text == "." else _escape(text)
    if len(text) > 1:
        # A name such as max or ln stands upright.
        return f"op({_string(text)})"
    written = _escape(text) if not text.isalnum() else text
    for function in _VARIANTS.get(variant, ()):
        written = f"{function}({written})"
    return f"upright({written})" if variant == "normal" else written


def _operator(element: ET.Element) -> str:
    text = element.text or ""
    if text in tuple(_INVISIBLE):
        return ""
    if len(text) > 1 and text.isalpha():
        limits = "true" if element.get("movablelimits") == "true" else "false"
        return f"op({_string(text)}, limits: #{limits})"
    shown = {"-": "−", "∣": "|"}.get(text, text)
    written = " ".join(_escape(character) for character in shown)
    if element.get("lspace") == "0" and element.get("rspace") == "0":
        # A sign, not an operation.
        return f'class("normal", {written})'
    return written


def _space(element: ET.Element) -> str:
    width = element.get("width", "")
    match = re.fullmatch(r"(-?[\d.]+)(em|ex|px|pt)", width)
    if match is None or float(match[1]) == 0:
        return ""
    amount = float(match[1]) * (0.5 if match[2] == "ex" else 1)
    unit = "em" if match[2] in ("em", "ex") else "pt"
    return f"#h({amount:.4g}{unit})"


def _fenced(parts: list[ET.Element]) -> str:
    """Write a row; what stands between a pair of brackets that grow becomes one group with them."""
    if len(parts) >= 2 and parts[0].tag == parts[-1].tag == "mo":
        first, last = (((part.text or "").strip(_INVISIBLE)) for part in (parts[0], parts[-1]))
        grow = parts[0].get("stretchy") != "false" and parts[-1].get("stretchy") != "false"
        if grow and (first in _OPENING or not first) and (last in _CLOSING or not last):
            inner = _row(parts[1:-1])
            return f"lr({_escape(first)} {inner} {_escape(last)})"
    return _row(parts)


def _attached(element: ET.Element, parts: list[ET.Element]) -> str:
    base = _group(parts[0])
    below = _group(parts[1]) if element.tag != "msup" else None
    above = _group(parts[-1]) if element.tag != "msub" else None
    return _attach(base, ("b", below), ("t", above))


def _attach(base: str, *attached: tuple[str, str | None]) -> str:
    arguments = "".join(f", {place}: {content}" for place, content in attached if content is not None)
    return f"attach({base}{arguments})"


def _limits(element: ET.Element, parts: list[ET.Element]) -> str:
    if element.tag in ("mover", "munder"):
        mark = "".join(parts[1].itertext()).strip()
        if mark in _ACCENTS and (
            element.get("accent") == "true" or element.get("accentunder") == "true" or parts[1].tag == "mo"
        ):
            name = _ACCENTS[mark]
            if name in ("overline", "underline", "overbrace", "underbrace"):
                return f"{name}({_group(parts[0])})"
            return f"accent({_group(parts[0])}, {name})"
    base = f"limits({_group(parts[0])})"
    below = _group(parts[1]) if element.tag != "mover" else None
    above = _group(parts[-1]) if element.tag != "munder" else None
    return _attach(base, ("b", below), ("t", above))


def _table(rows: list[ET.Element]) -> str:
    """Write a table within a formula as a matrix; one whose cells begin at the left, as in cases, keeps that."""
    styles = {cell.get("style", "") + cell.get("columnalign", "") for row in rows for cell in row}
    aligned = "left" if any("left" in style for style in styles) else "center"
    content = "; ".join(", ".join(_children(cell) or '""' for cell in row) for row in rows)
    return f"mat(delim: #none, align: #{aligned}, {content})"
