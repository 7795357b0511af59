"""Words as the search index has them; ``carta-search-engine.js`` does the same with what a reader types."""

from __future__ import annotations

import re
import unicodedata

#: A word, or a name of several parts such as KYV-101, CC-97540 or rese-cel.
_COMPOUND = re.compile(r"[^\W_]+(?:[-‐‑–][^\W_]+)*")
_PART = re.compile(r"[^\W_]+")
_BEYOND_ASCII = re.compile(r"[^\x00-\x7f]+")

#: Words that stand on every page and tell none apart.
STOP_WORDS = frozenset(
    [
        "a",
        "an",
        "and",
        "are",
        "as",
        "at",
        "be",
        "been",
        "but",
        "by",
        "can",
        "did",
        "do",
        "does",
        "for",
        "from",
        "had",
        "has",
        "have",
        "he",
        "her",
        "his",
        "how",
        "i",
        "if",
        "in",
        "into",
        "is",
        "it",
        "its",
        "may",
        "more",
        "most",
        "no",
        "not",
        "of",
        "on",
        "one",
        "or",
        "our",
        "she",
        "so",
        "than",
        "that",
        "the",
        "their",
        "them",
        "then",
        "there",
        "these",
        "they",
        "this",
        "those",
        "to",
        "was",
        "we",
        "were",
        "what",
        "when",
        "where",
        "which",
        "who",
        "why",
        "will",
        "with",
        "would",
        "you",
        "your",
    ]
)

#: Letters that are no letter with an accent, as others type them.
_LETTERS = str.maketrans({"æ": "e", "œ": "e", "ø": "o", "ß": "ss", "ł": "l", "đ": "d", "ı": "i"})

#: Longer ones are parts of addresses, which nobody types.
LONGEST = 40


def fold(text: str) -> str:
    """Return the text in lower case, without accents, and with ``e`` for ``ae`` and ``oe``.

    So Muller finds Müller, and hemolytic finds haemolytic.
    """
    plain = _BEYOND_ASCII.sub(_without_marks, text).lower().translate(_LETTERS)
    return plain.replace("ae", "e").replace("oe", "e")


def _without_marks(found: re.Match[str]) -> str:
    decomposed = unicodedata.normalize("NFKD", found[0])
    return "".join(c for c in decomposed if not unicodedata.category(c).startswith("M"))


def words(text: str) -> list[str]:
    """Return the words of a text in order, folded.

    A name of several parts gives its parts and the whole without hyphens, since people write KYV-101, KYV101 and
    KYV 101. Single letters, numbers of one or two digits, and :data:`STOP_WORDS` are left out.
    """
    found = []
    for match in _COMPOUND.finditer(fold(text)):
        parts = _PART.findall(match[0])
        for word in [*parts, "".join(parts)] if _is_name(parts) else parts:
            if _told_apart(word):
                found.append(word)
    return found


def phrase(name: str) -> str:
    """Return a name as the words that must stand in a row for it, each name of several parts as one word."""
    return " ".join("".join(_PART.findall(match[0])) for match in _COMPOUND.finditer(fold(name)))


def _is_name(parts: list[str]) -> bool:
    """Return whether the parts are also one word: KYV-101 is, muller-2024-nejm is not."""
    return 1 < len(parts) <= 3 and not any(len(part) == 4 and part.isdecimal() for part in parts)


def _told_apart(word: str) -> bool:
    if word in STOP_WORDS or not 2 <= len(word) <= LONGEST:
        return False
    return not (word.isdecimal() and len(word) < 3)
