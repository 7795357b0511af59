"""The PDF of a figure: one order of objects, whatever order the converter took."""

from __future__ import annotations

import re

import pytest
import vl_convert

from carta.figures.pdf import canonical

#: Three fonts and two transparent groups: each set comes in a random order.
SVG = """<svg xmlns="http://www.w3.org/2000/svg" width="300" height="100" viewBox="0 0 300 100">
<text y="20" font-family="Arial">plain</text><text y="50" font-family="Arial" font-weight="bold">bold</text>
<text y="80" font-family="Arial" font-style="italic">italic</text>
<g opacity="0.5"><rect width="20" height="20" fill="red"/><rect width="9" height="9"/></g>
<g opacity="0.7"><rect x="50" width="20" height="20" fill="red"/><rect x="50" width="9" height="9"/></g></svg>"""


def test_order_of_the_converter_is_undone() -> None:
    raw = {bytes(vl_convert.svg_to_pdf(SVG)) for _ in range(20)}
    assert len(raw) > 1, "the converter has become deterministic: carta.figures.pdf.canonical can go"
    assert len({canonical(pdf) for pdf in raw}) == 1


def test_cross_references_point_at_their_objects() -> None:
    raw = bytes(vl_convert.svg_to_pdf(SVG))
    pdf = canonical(raw)
    start = re.search(rb"startxref\n(\d+)\n%%EOF$", pdf)
    assert start
    table = pdf[int(start[1]) :]
    offsets = [int(row) for row in re.findall(rb"^(\d{10}) 00000 n $", table, re.MULTILINE)]
    assert len(offsets) == raw.count(b" 0 obj")
    for number, offset in enumerate(offsets, start=1):
        assert pdf[offset:].startswith(b"%d 0 obj" % number)
    # The same streams, to the byte: nothing was lost and no picture touched.
    streams = [sorted(re.findall(rb"\nstream\n.*?endstream", text, re.DOTALL)) for text in (raw, pdf)]
    assert streams[0] == streams[1]


def test_refuses_what_it_can_not_order() -> None:
    with pytest.raises(ValueError, match="cross-reference"):
        canonical(b"%PDF-1.7\n")
