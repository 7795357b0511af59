"""Pages of a work: ranges that are reversed, abbreviated or malformed."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Literal

from carta.bibliography.texts import plain_text

#: What separates the two pages of a range; a hyphen does where nothing longer stands.
_LONG_DASH = re.compile(r"\s*(?:-{2,3}|[‒–—―−])\s*")
_HYPHEN = re.compile(r"\s*[-‐‑]\s*")
_NUMBER = re.compile(r"([^\d]*)(\d+)(.*)", re.DOTALL)
#: A page or an article number: 567, e123, S12, xii, 1123.e8, 15:20.
_PAGE = re.compile(r"[^\W_][\w.:/()*+§'-]*")
_PREFIX = re.compile(r"(?:pp?|pages?|pg|S\.|seiten?)\.?\s+(?=\S)|pp?\.(?=\d)", re.IGNORECASE)


@dataclass(frozen=True)
class PageProblem:
    """What is wrong with the pages."""

    kind: Literal["malformed", "reversed", "abbreviated", "prefix"]
    #: A sentence without its subject.
    message: str
    mend: str


def wrong_with_pages(value: str) -> PageProblem | None:
    """Return the first problem of a ``pages`` field, or ``None``.

    Ranges may be written with a hyphen, two, or a dash; several are separated by commas.
    """
    text = plain_text(value)
    if _PREFIX.match(text):
        return PageProblem(
            "prefix", "repeats the word pages, which is printed anyway", "Write numbers alone."
        )
    for part in re.split(r"\s*[,;&]\s*", text):
        if problem := _wrong_with_part(part):
            return problem
    return None


def _wrong_with_part(part: str) -> PageProblem | None:
    pieces = (_LONG_DASH if _LONG_DASH.search(part) else _HYPHEN).split(part)
    if len(pieces) > 2 or not all(_PAGE.fullmatch(piece) for piece in pieces):
        return PageProblem(
            "malformed", f"holds '{part[:60]}', which is neither page nor range", "Write it as 1123--1128."
        )
    if len(pieces) == 1:
        return None
    first, last = pieces
    start, end = _NUMBER.fullmatch(first), _NUMBER.fullmatch(last)
    if start is None or end is None or max(len(first), len(last)) > 20:
        return None
    prefix, low, low_rest = start.groups()
    last_prefix, high, high_rest = end.groups()
    # 123.e1--123.e5 and 15:1--15:20 count within one page or article.
    if (low == high and low_rest and high_rest) or high.startswith("0") or last_prefix not in ("", prefix):
        return None
    if int(low) <= int(high):
        return None
    whole = low[: len(low) - len(high)] + high
    if len(high) < len(low) and int(whole) > int(low):
        return PageProblem(
            "abbreviated", f"abbreviates a range as '{part}'", f"Write {first}--{prefix}{whole}{high_rest}."
        )
    return PageProblem("reversed", f"runs backwards: '{part}'", "Read the pages in the source again.")
