"""The words that make a number a quantity: what is counted, in what unit, and numbers in words."""

from __future__ import annotations

import re
from collections.abc import Set

#: Who and what a study counts. A number before one of these is a finding, year-like or not.
COUNT_NOUNS = frozenset(
    {
        # people
        "adolescents", "adults", "boys", "cases", "children", "controls", "donors", "girls", "individuals",
        "infants", "men", "mothers", "newborns", "non-responders", "participants", "patients", "people",
        "persons", "recipients", "responders", "subjects", "survivors", "volunteers", "women",
        # studies
        "centers", "centres", "cohorts", "datasets", "hospitals", "publications", "registries", "studies",
        "trials",
        # what happens to people
        "admissions", "biopsies", "courses", "cycles", "deaths", "discontinuations", "doses", "flares",
        "hospitalisations", "hospitalizations", "infections", "infusions", "injections", "malignancies",
        "pregnancies", "relapses", "remissions", "responses", "transfusions", "vaccinations", "visits",
    }
)  # fmt: skip

#: Two words that count only together.
COUNT_PHRASES = ("adverse events", "case reports", "case series", "per cent", "percentage points")

UNITS = frozenset(
    {
        "days", "hours", "minutes", "months", "weeks", "years", "decades", "seconds",
        "percent", "euros", "dollars", "pounds", "francs", "yen", "yuan",
        "million", "billion", "thousand", "cells", "copies", "kg", "g", "mg", "µg", "μg", "ng", "pg",
        "l", "dl", "ml", "µl", "μl", "iu", "mmol", "µmol", "nmol", "kda", "qalys",
        "eur", "usd", "gbp", "chf", "jpy", "cny", "rmb",
    }
)  # fmt: skip

#: In the singular after a hyphen: ``six-month``, ``2000-patient``, ``2000-fold``.
HYPHENATED = frozenset(
    {
        "day", "dose", "fold", "hour", "infusion", "minute", "month", "participant", "patient", "person",
        "week", "year",
    }
)  # fmt: skip

CURRENCY_CODES = frozenset(
    {"AUD", "CAD", "CHF", "CNY", "DKK", "EUR", "GBP", "INR", "JPY", "NOK", "RMB", "SEK", "US", "USD"}
)

#: What a patient does that a study counts: ``two relapsed``.
OUTCOME_VERBS = frozenset(
    {"died", "discontinued", "flared", "progressed", "recovered", "relapsed", "responded", "withdrew"}
)

SMALL_NUMBERS = (
    "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen",
    "fourteen", "fifteen", "sixteen", "seventeen", "eighteen", "nineteen", "twenty", "thirty", "forty",
    "fifty", "sixty", "seventy", "eighty", "ninety",
)  # fmt: skip
SCALES = ("hundred", "hundreds", "thousand", "thousands", "million", "millions", "billion", "billions")
DOZENS = ("dozen", "dozens")
PARTS = ("third", "quarter", "fourth", "fifth", "sixth", "seventh", "eighth", "ninth", "tenth")

#: A word of these between a number and a noun says that the noun is not what is counted.
_BREAKS = frozenset(
    {
        "a", "about", "after", "against", "all", "also", "although", "among", "an", "and", "any", "are", "as",
        "at", "because", "before", "between", "both", "but", "by", "can", "could", "did", "do", "does",
        "during", "each", "every", "few", "for", "from", "had", "has", "have", "his", "how", "if", "in",
        "into", "is", "its", "many", "may", "most", "no", "not", "of", "on", "only", "or", "other", "our",
        "over", "per", "several", "she", "should", "so", "some", "such", "than", "that", "the", "their",
        "then", "there", "these", "they", "this", "those", "through", "to", "under", "until", "was", "we",
        "were", "what", "when", "where", "which", "while", "who", "whose", "will", "with", "within",
        "without", "would",
    }
)  # fmt: skip
#: Words in ``-s`` that describe and are no plurals: lupus, previous, sclerosis, class.
_NOT_PLURAL = re.compile(r"(?:us|ss|is|['’]s)$")
_OF_THE = re.compile(r"\s+of(?:\s+(?:all|the|these|those|our|its|their))*(?=\s)")
_WORD = re.compile(r"\s+([^\W\d_][^\s,;:.!?()\[\]]*|[^\w\s,;:.!?()\[\]]+(?:[-/][^\s,;:.!?()\[\]]*)?)")
_HYPHENATED = re.compile(r"-([a-z]+)")
_PERCENT = re.compile(r"\s*(?:[%‰]|°C)")
_PHRASE = re.compile(r"\s+(?:" + "|".join(COUNT_PHRASES).replace(" ", r"\s+") + r")\b")


def counts_something(
    text: str, position: int, *, between: int, nouns: Set[str] = COUNT_NOUNS, units: bool = True
) -> bool:
    """Return whether what ends at ``position`` counts a noun or a unit that follows it.

    ``between`` is the number of describing words that may stand in between ("two *adult* patients").
    Punctuation, and words such as prepositions and verbs, end the search.
    """
    if units:
        hyphenated = _HYPHENATED.match(text, position)
        if hyphenated and hyphenated.group(1) in HYPHENATED:
            return True
        if _PERCENT.match(text, position):
            return True
    of_the = _OF_THE.match(text, position)
    if of_the:
        position = of_the.end()
    for _ in range(between + 1):
        if _PHRASE.match(text, position):
            return True
        match = _WORD.match(text, position)
        if match is None:
            return False
        word = match.group(1).lower().rstrip("*\"'’”»")
        if word in nouns or (units and (word in UNITS or word.partition("/")[0] in UNITS)):
            return True
        if word in _BREAKS or (word.endswith("s") and not _NOT_PLURAL.search(word)):
            return False
        position = match.end()
    return False
