"""BibTeX markup in a value to plain Unicode text, and what of it could not be turned into text."""

from __future__ import annotations

import codecs
import re

import latexcodec  # noqa: F401  registers the codec "ulatex"

#: A longer value is not decoded: no title is that long, and the decoder is slow.
LONGEST_DECODED = 10_000

# A dollar before a digit is money ("$370m"), unless what follows is set as a formula ("$10^6$").
_COMMAND = re.compile(r"\\(?:[A-Za-z]+|.)|(?<!\\)\$(?!\d)|(?<!\\)\$(?=\d[^$\s]*[\\^_][^$]*\$)")


def plain_text(value: str) -> str:
    """Return the value as a reader sees it: TeX that is known decoded, braces gone, white space single."""
    return " ".join(re.sub(r"[{}]", "", decoded(value)).split())


def decoded(value: str) -> str:
    """Decode TeX accents and symbols to Unicode; what is unknown stays as it is."""
    if "\\" not in value or len(value) > LONGEST_DECODED:
        return value
    try:
        return str(codecs.decode(value, "ulatex"))  # type: ignore[call-overload]
    except ValueError:
        return value


def raw_tex(value: str) -> list[str]:
    """Return the TeX commands and dollars in a value, each once, in order."""
    return list(dict.fromkeys(found.group() for found in _COMMAND.finditer(value)))


def undecodable_tex(value: str) -> list[str]:
    """Return the TeX that would be printed raw, since no Unicode text is known for it."""
    return raw_tex(decoded(value))
