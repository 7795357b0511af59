"""What holds digits and is a name, not a quantity. To let a new name pass, add it here.

Names that belong to the evidence (products, trial acronyms) come from the vocabulary instead.
"""

from __future__ import annotations

import re
from functools import lru_cache

from carta.prose.quantities import COUNT_NOUNS, CURRENCY_CODES, HYPHENATED, UNITS

#: Names that begin with a digit or are written without a capital, so that no pattern knows them.
NAMES = (
    "4-1BB", "4-1BBL", "4-1BBζ", "41BB", "41BBL", "41BBζ", "19-28z", "19-BBz", "19BBz", "28z", "1XX", "2D",
    "3D", "5-ASA", "5-FU", "5-HT", "6-MP", "il-6", "covid-19", "m971", "p53", "T1/2", "t1/2", "5′",
    "3′", "day 0", "Day 0",
)  # fmt: skip

#: Standards, instruments and software that are named with a number: ``RoB 2``, ``CHEERS 2022``.
NUMBERED_NAMES = (
    "API", "ACR/EULAR", "CC BY", "CC BY-NC", "CC BY-SA", "CHEERS", "CONSORT", "CTCAE", "EULAR/ACR", "ICD",
    "IEC", "ISO", "MedDRA", "PRISMA", "Python", "RFC", "RoB", "ROBINS-I", "SLICC", "Sphinx", "STROBE",
    "TRIPOD", "WCAG",
)  # fmt: skip

#: Labels whose number is always a name: ``grade 3``, ``phase 1/2``, ``type 1 diabetes``.
CLASS_LABELS = ("class", "grade", "phase", "stage", "type")

#: Parts of a document or of a study: ``section 2.3``, ``arm 1``.
PART_LABELS = (
    "annex", "appendix", "arm", "article", "box", "category", "chapter", "claim", "cohort", "column",
    "eq.", "equation", "example", "exercise", "fig.", "figure", "footnote", "group", "item", "level",
    "page", "panel", "part", "question", "row", "scenario", "section", "step", "table", "tier", "version",
    "volume",
)  # fmt: skip
IRREGULAR_PLURALS = ("appendices", "categories", "classes")

#: Before a number they never make a name: ``n15``, ``d28``, ``Over-65``, ``15-patient``.
_NO_NAME_BEFORE_DIGITS = (
    COUNT_NOUNS
    | UNITS
    | HYPHENATED
    | {noun.removesuffix("s") for noun in COUNT_NOUNS | UNITS if noun.endswith("s")}
    | set("dhmnpwxy")
    | {
        "about", "above", "age", "aged", "and", "approx", "around", "at", "below", "by", "ca", "circa",
        "first", "in", "last", "least", "most", "nearly", "of", "only", "or", "over", "past", "plus", "post",
        "pre", "some", "than", "the", "to", "top", "under", "up", "vs",
    }
)  # fmt: skip
#: The same in capitals, where short words are mostly names (``CA-125``, ``MG-001``): ``HR0.5``, ``EUR300``.
_NO_NAME_IN_CAPITALS = CURRENCY_CODES | {"CI", "HR", "IQR", "OR", "RR", "SD", "SE"}
#: Short lower-case names with their number attached: ``v1.2``, ``bb2121``.
_LONGEST_LOWER_CASE_PREFIX = 4

_IDENTIFIERS = re.compile(
    r"""
      (?:https?|ftp)://\S+ | \bwww\.\S+
    | \b(?:doi:\s*)?10\.\d{4,9}/\S+
    | \b(?:PMID|PMCID|ORCID|EudraCT|CTIS|EU\s+CT|ISBN|ISSN|arXiv|CRD|UTN|DRKS|jRCT|UMIN)
      (?:\s+(?:no\.|number))?[:\s]*[\dX][\dX./-]*
    | \((?:EC|EU|EEC)\)\s+(?:No\.?\s+)?\d+/\d+ | \b\d{4}/\d+/(?:EC|EU|EEC)\b    # laws
    | \b\d+\s+CFR\s+\d+(?:\.\d+)*
    | (?<=[\w/])%[0-9A-F]{2}(?=[\w/%])                    # percent-encoded
    """,
    re.VERBOSE,
)

_MONTHS = (
    r"(?:January|February|March|April|May|June|July|August|September|October|November|December"
    r"|(?:Jan|Feb|Mar|Apr|Jun|Jul|Aug|Sept?|Oct|Nov|Dec)\b\.?)"
)
_DAY = r"(?:0?[1-9]|[12]\d|3[01])(?:st|nd|rd|th)?"
_YEAR = r"(?:19|20)\d\d"
_DATES = re.compile(
    rf"""
    (?<![\w.,/-])(?:
      {_DAY}(?:\s*[–-]\s*{_DAY})?\s+(?:of\s+)?{_MONTHS}(?:,?\s+{_YEAR}(?![\w%]))?   # 12 March 2024
    | {_MONTHS}\s+{_DAY}(?:\s*[–-]\s*{_DAY})?,?\s+{_YEAR}(?!\w)                     # March 12, 2024
    | {_MONTHS}\s+(?:of\s+)?{_YEAR}(?!\w)                                           # March 2024
    | {_YEAR}-(?:0[1-9]|1[0-2])(?:-(?:0[1-9]|[12]\d|3[01]))?(?![\w-])                # 2026-11-22
    | \d{{1,2}}[./]\d{{1,2}}[./]{_YEAR}(?!\w)                                       # 22.11.2026
    | (?:19|20)\d0s(?!\w)                                                           # the 1990s
    | ['’]\d0s(?!\w)
    | \d{{1,2}}(?:st|nd|rd|th)[\s-]+centur(?:y|ies)
    | \d(?:st|nd|rd|th)[\s-]+(?:edition|generation|line)\b
    | (?<=\bin\ ){_YEAR}\s+(?:(?:US|Canadian|Australian)\s+)?(?:dollars|euros|pounds|USD|EUR|GBP)\b  # prices
    )
    """,
    re.VERBOSE,
)
#: A month and a day without a year: a name unless it counts something ("in May 15 patients").
MONTH_AND_DAY = re.compile(rf"\b{_MONTHS}\s+{_DAY}(?![\w.,]?\d|\w|%)")
YEARS = re.compile(
    rf"(?<![\w.,])(?<!\d[–-]){_YEAR}[a-c]?(?:\s*(?:[–/-]|to)\s*{_YEAR}|[–/-]\d\d)?(?![\w%]|[.,:]\d)"
)

_NUMBERED = "|".join(re.escape(name) for name in sorted(NUMBERED_NAMES, key=len, reverse=True))
_NUMBERED_NAMES = re.compile(
    rf"(?<![\w-])(?:{_NUMBERED})(?:\s+version|\s+v\.?)?[\s-]+\d{{1,5}}(?:[.-]\d+)*(?![\w%]|,\d)"
)

#: Patterns whose every match is a name.
ALWAYS_NAMES = (_IDENTIFIERS, _DATES, _NUMBERED_NAMES)

#: One compound of letters and digits; :func:`is_compound_name` says whether it is a name.
COMPOUND = re.compile(r"(?:[^\W_]|(?<=[^\W_])[-*](?=[^\W_])|(?<=\d)[.:](?=\d))+")
_GREEK_OR_CAPITAL = re.compile(r"[A-ZΑ-Ωα-ω]")
_HYPHENATED_UNIT = re.compile(rf"\d-(?:{'|'.join(sorted(HYPHENATED))})s?\b")


def _label_pattern(labels: tuple[str, ...], item: str) -> re.Pattern[str]:
    names = "|".join(re.escape(label) for label in labels)
    plurals = "|".join(IRREGULAR_PLURALS)
    joined = r"\s*(?:[/–-]|(?:and/or|and|or|to|through|&)\b)\s*"
    return re.compile(
        rf"(?<![\w-])(?:{plurals}|(?:{names})s?)[\s-]\s*(?P<items>{item}(?:(?:,\s*{item})*,?{joined}{item})?)"
        rf"(?![\w%]|[.,]\d)",
        re.IGNORECASE,
    )


_CLASS_ITEM = r"(?:[≥≤<>]\s*)?(?:\d(?!\d)[a-c]?\+?|\b(?:one|two|three|four|five)\b)(?!\.\d)"
_PART_ITEM = r"(?:\d{1,3}(?:\.\d{1,3}){0,3}[a-z]?|\b(?:one|two|three|four|five)\b)(?!\d|,\d{3}|\s*%)"
CLASS_LABELLED = _label_pattern(CLASS_LABELS, _CLASS_ITEM)
PART_LABELLED = _label_pattern(PART_LABELS, _PART_ITEM)
#: The last number of a labelled list, with what joins it to the list.
LAST_ITEM = re.compile(r"(?:,\s*|,?\s*\b(?:and/or|and|or)\b\s*)[^\s,]+$")


@lru_cache(maxsize=8)
def literal_names(names: frozenset[str]) -> re.Pattern[str]:
    """Return a pattern of names that are matched as they are written, longest first.

    A name without a letter is left out: it would let every equal number pass.
    """
    with_letters = {name.strip() for name in names if any(c.isalpha() for c in name)}
    longest_first = sorted({*with_letters, *NAMES}, key=lambda name: (-len(name), name))
    words = (r"\s+".join(re.escape(word) for word in name.split()) for name in longest_first)
    return re.compile(rf"(?<![^\W_])(?<!\d[.,])(?:{'|'.join(words)})(?![^\W_]|[.,]\d)")


def is_compound_name(piece: str) -> bool:
    """Return whether a compound of letters and digits is a name: ``CD19``, ``MB-CART19.1``, ``p53``."""
    digit = next((i for i, character in enumerate(piece) if character.isdecimal()), None)
    if not digit or not piece[0].isalpha() or _HYPHENATED_UNIT.search(piece):
        return False
    prefix = piece[:digit]
    last = prefix.rstrip("-*").rpartition("-")[2]
    if last in _NO_NAME_IN_CAPITALS or (not last.isupper() and last.lower() in _NO_NAME_BEFORE_DIGITS):
        return False
    if _GREEK_OR_CAPITAL.search(piece):
        return True
    return len(prefix) <= _LONGEST_LOWER_CASE_PREFIX and not prefix.endswith("-")
