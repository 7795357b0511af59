"""From an SVG to a vector PDF that is the same to the byte each time."""

from __future__ import annotations

import re

from carta.figures import converter

#: A run of named resources (fonts, forms, states), each with its object.
_RESOURCES = re.compile(rb"(?:^ +/[a-z]+\d+ \d+ 0 R\n){2,}", re.MULTILINE)
_REFERENCE = re.compile(rb"\b(\d+) 0 R\b")
_ROW = re.compile(rb"^(\d{10}) (\d{5}) ([nf])", re.MULTILINE)
_START = re.compile(rb"startxref\s+(\d+)\s+%%EOF\s*$")


def svg_to_pdf(svg: str) -> bytes:
    """Return the SVG as a one-page PDF with its fonts, in a canonical order of objects.

    Raises:
        ValueError: the SVG can't be converted.
    """
    return canonical(converter.svg_to_pdf(svg))


def canonical(pdf: bytes) -> bytes:
    """Order the objects of a PDF by where they are first used.

    The converter walks its fonts and forms in an order that changes from run to run, and numbers
    what belongs to them as it goes. So sort the resources by name, then number the objects in
    the order in which one meets them from the trailer, and write them in that order.

    Raises:
        ValueError: the file doesn't have the plain cross-reference table that the converter writes.
    """
    start = _START.search(pdf)
    if start is None or not pdf[int(start[1]) :].startswith(b"xref"):
        raise ValueError("the PDF has no plain cross-reference table, so it can't be put in order")
    table = int(start[1])
    tail = pdf[table:]
    rows = [(int(row[1]), number) for number, row in enumerate(_ROW.finditer(tail)) if row[3] == b"n"]
    begins = sorted(rows)
    ends = [offset for offset, _ in begins[1:]] + [table]
    objects = {
        number: _sorted_resources(pdf[begin:end]) for (begin, number), end in zip(begins, ends, strict=True)
    }

    trailer = tail[tail.index(b"trailer") : tail.rindex(b"startxref")]
    order: list[int] = []
    _visit(trailer, objects, order)
    numbers = {old: new for new, old in enumerate(order, start=1)}

    result = bytearray(pdf[: begins[0][0]])
    offsets = []
    for old in order:
        offsets.append(len(result))
        result += _renumbered(objects[old], old, numbers)
    xref = len(result)
    result += b"xref\n0 %d\n0000000000 65535 f \n" % (len(order) + 1)
    result += b"".join(b"%010d 00000 n \n" % offset for offset in offsets)
    trailer = re.sub(rb"/Size \d+", b"/Size %d" % (len(order) + 1), trailer)
    result += _REFERENCE.sub(lambda m: b"%d 0 R" % numbers[int(m[1])], trailer)
    return bytes(result) + b"startxref\n%d\n%%%%EOF" % xref


def _split(body: bytes) -> tuple[bytes, bytes]:
    """Part an object into its dictionary and its stream, which must not be touched."""
    head, separator, stream = body.partition(b"\nstream\n")
    return head, separator + stream


def _sorted_resources(body: bytes) -> bytes:
    head, stream = _split(body)
    return _RESOURCES.sub(lambda run: b"".join(sorted(run[0].splitlines(keepends=True))), head) + stream


def _visit(text: bytes, objects: dict[int, bytes], order: list[int]) -> None:
    """Append the objects that the text refers to, each at its first use, then what they refer to."""
    for match in _REFERENCE.finditer(text):
        number = int(match[1])
        if number not in order:
            order.append(number)
            _visit(_split(objects[number])[0], objects, order)


def _renumbered(body: bytes, old: int, numbers: dict[int, int]) -> bytes:
    head, stream = _split(body)
    head = re.sub(rb"^%d 0 obj" % old, b"%d 0 obj" % numbers[old], head)
    return _REFERENCE.sub(lambda m: b"%d 0 R" % numbers[int(m[1])], head) + stream
