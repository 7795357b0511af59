"""Bytes of a BibTeX file to text, whatever their encoding, with a finding where it is not UTF-8."""

from __future__ import annotations

import codecs
import re

from carta.findings import Finding

_MEND = "Save the file as UTF-8 without a byte order mark."

#: Byte order marks; those of UTF-32 first, since one of them begins like one of UTF-16.
_MARKS = (
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)

#: Bytes that are no UTF-8 come out of ``surrogateescape`` as these; Windows-1252 is what they mostly are.
_ESCAPED = {
    0xDC00 + byte: bytes([byte]).decode("cp1252", errors="ignore") or chr(byte) for byte in range(0x80, 0x100)
}
_ESCAPED_RE = re.compile("[\udc80-\udcff]")


def decode(data: bytes, file: str) -> tuple[str, list[Finding]]:
    """Return the text with ``\\n`` line ends, and findings on its encoding. Takes any bytes."""
    findings: list[Finding] = []

    def report(line: int, message: str) -> None:
        findings.append(Finding("bibliography/encoding", "warning", file, line, message, _MEND))

    encoding = next((name for mark, name in _MARKS if data.startswith(mark)), None) or _unmarked_utf16(data)
    if encoding:
        text = _one_kind_of_line_end(data.decode(encoding, errors="replace").removeprefix("\ufeff"))
        report(1, f"The file is {encoding.upper()}, which BibTeX programs do not read.")
        return text, findings
    text = _one_kind_of_line_end(data.decode("utf-8", errors="surrogateescape").removeprefix("\ufeff"))
    wrong = _ESCAPED_RE.search(text)
    if wrong:
        count = len(_ESCAPED_RE.findall(text))
        report(
            _line(text, wrong.start()),
            f"{count} {'byte is' if count == 1 else 'bytes are'} not UTF-8, the first on this line; "
            "read as Windows-1252, which may be wrong.",
        )
        text = text.translate(_ESCAPED)
    nul = text.find("\0")
    if nul >= 0:
        report(_line(text, nul), f"{text.count(chr(0))} NUL characters in the text; they were left out.")
        text = text.replace("\0", "")
    return text, findings


def _unmarked_utf16(data: bytes) -> str | None:
    """Recognise UTF-16 without a mark: every second byte of a text in Latin script is zero."""
    head = data[:1000]
    if len(head) < 8:
        return None
    even, odd = head[0::2].count(0), head[1::2].count(0)
    if odd > 0.4 * len(head) and even == 0:
        return "utf-16-le"
    if even > 0.4 * len(head) and odd == 0:
        return "utf-16-be"
    return None


def _one_kind_of_line_end(text: str) -> str:
    return text.replace("\r\n", "\n").replace("\r", "\n")


def _line(text: str, offset: int) -> int:
    return text.count("\n", 0, offset) + 1
