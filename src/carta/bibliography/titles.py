"""Titles: the normal form in which two of them are compared, protection, and bracketed descriptions."""

from __future__ import annotations

import re
import unicodedata

from carta.bibliography.names import is_braced
from carta.bibliography.texts import plain_text

#: Shorter titles ("Editorial", "Reply to the authors") are shared by many works.
SHORTEST_TELLING = 24

_MARKUP = re.compile(r"</?[A-Za-z]{1,10}>")


def normalise_title(title: str) -> str:
    """Return letters and digits of a title in one case, without accents, in words with one space between."""
    text = _MARKUP.sub("", plain_text(title)).replace("&", " and ")
    letters = unicodedata.normalize("NFKD", text.casefold())
    kept = "".join(c for c in letters if not unicodedata.combining(c))
    return " ".join(re.findall(r"[^\W_]+", kept))


def tells_the_work(normalised: str) -> bool:
    """Return whether a normalised title is long enough to stand for one work."""
    return len(normalised) >= SHORTEST_TELLING and normalised.count(" ") >= 3


def is_protected(title: str) -> bool:
    """Return whether inner braces hold the whole title, so that no style changes its case."""
    return is_braced(title)


def is_description(title: str) -> bool:
    """Return whether the title is a bracketed description, which stands where no title was read."""
    text = plain_text(title)
    return text.startswith("[") and text.endswith("]")
