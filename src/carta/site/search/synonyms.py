"""Names of one thing: a disease and its abbreviations, a product and its code names, a term and its other words."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from carta.site.search.words import phrase

if TYPE_CHECKING:
    from carta.evidence.records import Vocabulary
    from carta.site.project import Project
    from carta.site.search.pages import Record

#: ``rese-cel (CABA-201)``: a product, and in brackets what else it is called.
_ALSO = re.compile(r"([^(),;/+]+)\(([^()]+)\)(?=$|[,;]| after )")
#: A name of a product: a code with a digit, or a word with the ending of cell therapies.
_PRODUCT = re.compile(
    r"[A-Z]{1,5}-?[A-Z]{0,6}\d[\w.]*(?:-\d+)?|(?:\w+gene )?\w*leucel|\w+-cel|\w+cabtagene(?: \w+leucel)?"
)

Synonyms = list[list[str]]


def product_names(text: str) -> list[str]:
    """Return the names of the product in a text such as ``KYV-101 (miv-cel), one dose``; none if it has but one."""
    match = _ALSO.match(text)
    if match is None:
        return []
    names = [match[1].strip(), *(part.strip().removeprefix("INN ") for part in match[2].split(","))]
    products = [name for name in names if _PRODUCT.fullmatch(name)]
    return products if len(products) > 1 else []


def synonyms(project: Project, records: Iterable[Record]) -> Synonyms:
    """Return groups of names of one thing, each as :func:`carta.site.search.words.phrase` has it, in order.

    The glossary also puts related words together, so only its abbreviations are taken.
    """
    groups: list[Iterable[str]] = [*_of_vocabulary(project.vocabulary), *_of_products(project)]
    for record in records:
        if record.kind == "term":
            names = [record.title, *record.names]
            groups += [(short, long) for short in names for long in names if abbreviates(short, long)]
    merged = merge({phrase(name) for name in group} for group in groups)
    return sorted(sorted(group) for group in merged if len(group) > 1)


def abbreviates(short: str, long: str) -> bool:
    """Return whether a word in capitals is an abbreviation of a longer name: AIHA, of autoimmune haemolytic anaemia."""
    if not (re.fullmatch(r"[A-Za-z]{2,8}", short) and sum(map(str.isupper, short)) > 1 and " " in long):
        return False
    letters = iter(long.lower())
    return short[0].lower() == long[0].lower() and all(letter in letters for letter in short.lower())


def _of_vocabulary(vocabulary: Vocabulary) -> Iterable[list[str]]:
    for kind in (vocabulary.diseases, vocabulary.targets, vocabulary.cell_sources, vocabulary.outcomes):
        for term in kind.values():
            yield [term.label, *term.also]
    for identifier, term in vocabulary.diseases.items():
        # ``sle`` is an abbreviation; ``lupus-nephritis`` is the label again.
        if "-" not in identifier and len(identifier) < 6:
            yield [term.label, identifier]


def _of_products(project: Project) -> Iterable[list[str]]:
    evidence = project.evidence
    for study in evidence.studies().values():
        if study.product is not None and study.product.name:
            yield product_names(study.product.name)
    for trial in evidence.trials().values():
        if trial.intervention:
            yield product_names(trial.intervention)


def merge(groups: Iterable[set[str]]) -> list[set[str]]:
    """Join groups that share a name."""
    merged: list[set[str]] = []
    for group in groups:
        joined = set(group)
        apart = []
        for other in merged:
            if joined & other:
                joined |= other
            else:
                apart.append(other)
        merged = [*apart, joined] if joined else apart
    return merged
