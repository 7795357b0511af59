"""The unbound-number rule: a quantity in prose comes from a ``{fact}`` or from ``{glue}``.

Every digit is a quantity unless it belongs to a name (:mod:`carta.prose.names`). A number in words is
one where it counts something (:mod:`carta.prose.quantities`).
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass

from carta.prose.document import Problem, ProseDocument
from carta.prose.inline import BARE_CLOSE, BARE_OPEN, GIVEN, OPAQUE, ProseSpan
from carta.prose.names import (
    ALWAYS_NAMES,
    CLASS_LABELLED,
    COMPOUND,
    LAST_ITEM,
    MONTH_AND_DAY,
    PART_LABELLED,
    YEARS,
    is_compound_name,
    literal_names,
)
from carta.prose.quantities import (
    COUNT_NOUNS,
    CURRENCY_CODES,
    DOZENS,
    OUTCOME_VERBS,
    PARTS,
    SCALES,
    SMALL_NUMBERS,
    counts_something,
)

#: Takes the place of a recognised name: no digit, no letter, still a word.
_NAME = "▮"
#: Look-alikes of hyphen, blank and micro sign, one character each, so that offsets stay.
_LOOK_ALIKES = str.maketrans(
    {"\u2010": "-", "\u2011": "-", "\u2212": "-"} | dict.fromkeys("\u00a0\u2009\u202f", " ")
)

_FRACTIONS = "¼½¾⅐⅑⅒⅓⅔⅕⅖⅗⅘⅙⅚⅛⅜⅝⅞"
_DIGIT = re.compile(rf"[\d{_FRACTIONS}]")
#: ``112 ± 47``, ``3–5``, ``1,000``, ``1e6``, ``2.5×10``, ``15/20``: one quantity, one finding.
_NUMBER = re.compile(
    rf"(?:\d+(?:[.,:](?=\d)\d+)*(?:[eE][+-]?\d+|[{_FRACTIONS}])?|[{_FRACTIONS}])"
    rf"(?:[ \t]*[±–/×x-][ \t]*\d+(?:[.,](?=\d)\d+)*|[ ]\d{{3}}(?!\d))*"
)
_BARE = re.compile(rf"{BARE_OPEN}([^{BARE_CLOSE}]*){BARE_CLOSE}")
_QUANTITY_BEFORE = re.compile(
    rf"(?:[€$£¥=<>≤≥±×]\s*|\b(?:{'|'.join(sorted(CURRENCY_CODES))})\s"
    r"|\b(?:at\s+least|at\s+most|approximately|fewer\s+than|less\s+than|more\s+than|total\s+of)\s+)$"
)
#: How many characters on either side may give the words of the context.
_CONTEXT = 80
#: How far back :data:`_QUANTITY_BEFORE` looks.
_BEFORE = 24

_SMALL = "|".join(SMALL_NUMBERS)
_ANY_NUMBER = "|".join((*SMALL_NUMBERS, *SCALES, *DOZENS, "zero"))
_PART = "|".join(PARTS)
_COUNT = re.compile(
    rf"\b(?:(?:an?|one|several)\s+(?=hundred|thousand|million|billion|dozen))?"
    rf"(?:{_ANY_NUMBER})(?:(?:(?:(?<=hundred)|(?<=thousand))\s+and)?[\s-]+(?:{_ANY_NUMBER}|one))*\b",
    re.IGNORECASE,
)
_SHARE = re.compile(
    rf"\b(?:(?:an?|one|{_SMALL})[\s-]+(?:half|(?:{_PART}))(?=\s+of\b)|(?:{_SMALL})[\s-]+(?:{_PART})s|half)\b(?!-)",
    re.IGNORECASE,
)
_RATIO = re.compile(
    rf"\b(?:one|{_SMALL})\s+(?:in|out\s+of)(?:\s+every)?\s+(?:(?:an?|one)\s+)?(?:{_ANY_NUMBER})\b",
    re.IGNORECASE,
)
_WHOLE = re.compile(r"\s+(?:of\s+)?(?:all|the|these|those|our|its|their)(?=\s)")
_VERB = re.compile(rf"\s+(?:{'|'.join(sorted(OUTCOME_VERBS))})\b")
_MAY_BE_NUMBER = re.compile(rf"[\d{_FRACTIONS}]|\b(?:half|{_PART}|{_ANY_NUMBER})\b", re.IGNORECASE)

_MEND = (
    "Take a study's number from the evidence with {fact}`key:fact`, a computed one with {glue}`name`; "
    "a name that holds a number belongs in the vocabulary."
)
_MEND_YEAR = " If it is a year, set a comma after it."

_OF = re.compile(r"\s+of(?=\s)")
_PEOPLE = frozenset({"adults", "children", "men", "participants", "patients", "people", "women"})

_EVIDENCE_NOUNS = sorted({*COUNT_NOUNS, "cohort", "participant", "patient", "person", "study", "trial"})
#: Nouns that make a number evidence even where it is given for the sake of the argument.
_GIVEN_NOUN = re.compile(
    rf"\b(?:{'|'.join(_EVIDENCE_NOUNS)})\b",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class UnboundNumber:
    """A quantity in prose that no source stands behind."""

    #: The number as it is written.
    text: str
    #: Where it begins in the text of its span.
    offset: int


def find_unbound_numbers(span: ProseSpan, names: Collection[str] = ()) -> list[UnboundNumber]:
    """Return the quantities of a span, in the order of the text.

    ``names`` are further names with digits, such as products and trial acronyms; they are matched as
    they are written, longest first. Those without a letter are ignored.
    """
    if not _MAY_BE_NUMBER.search(span.text):
        return []
    literal = literal_names(names if isinstance(names, frozenset) else frozenset(names))
    text = _without_names(span.text.translate(_LOOK_ALIKES), literal)
    found = [UnboundNumber(match.group().strip(), match.start()) for match in _NUMBER.finditer(text)]
    text = _NUMBER.sub(_hide, text)
    found += [UnboundNumber(match.group(), match.start()) for match in _numbers_in_words(text)]
    return sorted(found, key=lambda number: number.offset)


def check_numbers(document: ProseDocument, names: Collection[str] = ()) -> Iterator[Problem]:
    """Yield a problem for every unbound number of a page, on the line on which the number stands."""
    distinct = frozenset(names)
    for span in document.spans:
        for number in find_unbound_numbers(span, distinct):
            quoted = " ".join(number.text.split())
            yield Problem(
                "prose/unbound-number",
                span.line_at(number.offset),
                f"The number “{quoted}” in “{_context(span.text, number)}” is bound to no source.",
                _MEND + (_MEND_YEAR if YEARS.fullmatch(number.text) else ""),
            )
    yield from _given_quantities(document)


def _given_quantities(document: ProseDocument) -> Iterator[Problem]:
    mend = "Bind it with {fact}, or compute the example in a cell and show it with {glue}."
    for role in document.roles:
        if role.name == "given" and (noun := _GIVEN_NOUN.search(role.content)):
            message = f"{{given}}`{role.content}` counts “{noun.group()}”, which only evidence may do."
            yield Problem("prose/given-quantity", role.line, message, mend)
    for span in document.spans:
        for match in re.finditer(GIVEN, span.text):
            if counts_something(span.text, match.end(), between=1, units=False):
                following = " ".join(span.text[match.end() :].split()[:3])
                message = f"A {{given}} number counts “{_plain(following)}”, which only evidence may do."
                yield Problem("prose/given-quantity", span.line_at(match.start()), message, mend)


def _without_names(text: str, literal: re.Pattern[str]) -> str:
    """Return the text with every name of digits hidden; its length and its lines stay."""
    text = _BARE.sub(_hide_bare_number, text)
    text = ALWAYS_NAMES[0].sub(_hide, text)
    text = literal.sub(_hide, text)
    for pattern in ALWAYS_NAMES[1:]:
        text = pattern.sub(_hide, text)
    text = CLASS_LABELLED.sub(_hide_class, text)
    text = PART_LABELLED.sub(_hide_part, text)
    text = MONTH_AND_DAY.sub(_hide_unless_counting, text)
    text = YEARS.sub(_hide_unless_counting, text)
    return COMPOUND.sub(
        lambda match: _hide(match) if is_compound_name(match.group()) else match.group(), text
    )


def _hide(match: re.Match[str]) -> str:
    return _hidden(match.group())


def _hidden(text: str) -> str:
    return re.sub(r"\S", _NAME, text)


def _hide_bare_number(match: re.Match[str]) -> str:
    """A number alone in maths or code is none of prose, unless it counts something there."""
    if "%" in match.group(1) or counts_something(match.string, match.end(), between=2):
        return f" {match.group(1)} "
    return _hidden(match.group())


def _hide_unless_counting(match: re.Match[str]) -> str:
    before = match.string[max(0, match.start() - _BEFORE) : match.start()]
    if _QUANTITY_BEFORE.search(before) or counts_something(match.string, match.end(), between=1):
        return match.group()
    return _hidden(match.group())


def _hide_class(match: re.Match[str]) -> str:
    """``grades 3 and 4 toxicity`` is a name; in ``grade 3 and 4 patients`` the last number counts."""
    last = LAST_ITEM.search(match.group("items"))
    if last and counts_something(match.string, match.end(), between=0, nouns=_PEOPLE):
        return _hide_until(match, match.start("items") + last.start())
    return _hidden(match.group())


def _hide_part(match: re.Match[str]) -> str:
    """``arm 1 patients`` names an arm; in ``table 2 and 15 patients`` the last number counts."""
    if not counts_something(match.string, match.end(), between=1):
        return _hidden(match.group())
    last = LAST_ITEM.search(match.group("items"))
    if last:
        return _hide_until(match, match.start("items") + last.start())
    if re.search(r"\d\d$", match.group("items")):
        return match.group()
    return _hidden(match.group())


def _hide_until(match: re.Match[str], position: int) -> str:
    cut = position - match.start()
    return _hidden(match.group()[:cut]) + match.group()[cut:]


def _numbers_in_words(text: str) -> list[re.Match[str]]:
    """Return the ratios, shares and counts in words; words of a found one are not counted again."""
    found: list[re.Match[str]] = []
    for pattern, is_quantity in ((_RATIO, _always), (_SHARE, _share_counts), (_COUNT, _word_counts)):
        matches = [match for match in pattern.finditer(text) if is_quantity(match)]
        found += matches
        text = _hide_all(text, matches)
    return found


def _hide_all(text: str, matches: list[re.Match[str]]) -> str:
    parts, reached = [], 0
    for match in matches:
        parts += [text[reached : match.start()], _hidden(match.group())]
        reached = match.end()
    return "".join([*parts, text[reached:]])


def _always(_: re.Match[str]) -> bool:
    return True


def _word_counts(match: re.Match[str]) -> bool:
    of = _OF.match(match.string, match.end())
    return (
        counts_something(match.string, match.end(), between=2)
        or (of is not None and counts_something(match.string, of.end(), between=2))
        or _VERB.match(match.string, match.end()) is not None
    )


def _share_counts(match: re.Match[str]) -> bool:
    whole = _WHOLE.match(match.string, match.end())
    end = whole.end() if whole else match.end()
    return (
        counts_something(match.string, end, between=2) or _VERB.match(match.string, match.end()) is not None
    )


def _context(text: str, number: UnboundNumber) -> str:
    """Return the number with up to four words on either side."""
    end = number.offset + len(number.text)
    before = text[max(0, number.offset - _CONTEXT) : number.offset]
    after = text[end : end + _CONTEXT]
    glued_before = bool(before) and not before[-1].isspace()
    glued_after = bool(after) and not after[0].isspace()
    head = before.split()[-4 - glued_before :]
    tail = after.split(maxsplit=5 + glued_after)[: 4 + glued_after]
    return _plain(
        " ".join(head)
        + ("" if glued_before else " ")
        + text[number.offset : end]
        + ("" if glued_after else " ")
        + " ".join(tail)
    )


def _plain(text: str) -> str:
    text = text.replace(OPAQUE, "…").replace(GIVEN, "…").replace(BARE_OPEN, "").replace(BARE_CLOSE, "")
    return " ".join(text.split())
