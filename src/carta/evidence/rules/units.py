"""Units: words of the vocabulary that pint understands, and of the dimension that the quantity needs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any

from carta.evidence.records import Vocabulary
from carta.evidence.rules.rule import Context, rule
from carta.findings import Finding

if TYPE_CHECKING:
    from pint import UnitRegistry

#: What a quantity is called, and the dimension that its unit must then have.
_EXPECTED: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(
            r"(?:median |mean |average |typical )?"
            r"(?:follow-up|age\b(?! (?:group|limit|of\s))|disease duration|"
            r"duration of (?:b-cell aplasia|disease|follow-up)|(?:terminal |contraction )?half-life|"
            r"doubling time|time to peak|b-cell aplasia)\b(?!.*(?:share|patients with|ratio))",
            re.I,
        ),
        "[time]",
        "a time, such as day or month",
    ),
    (
        re.compile(
            r"(?:us |list |launch |us list |net )*price of\b(?!.*(?:relative|share|fall|reduction|cut))", re.I
        ),
        "[currency]",
        "an amount of money, such as USD or EUR",
    ),
)

#: Words that pint's own registry lacks and that are counted, each of its own kind.
_CURRENCIES = ("USD", "EUR", "GBP", "CAD", "AUD", "CNY", "BRL", "AED", "INR")


@lru_cache(maxsize=1)
def _registry() -> UnitRegistry[Any]:
    # Imported here: pint takes a noticeable time to start and only checks need it.
    from pint import UnitRegistry

    registry: UnitRegistry[Any] = UnitRegistry(cache_folder=":auto:")
    # One dimension for money: exchange rates differ by day, so no conversion is defined between currencies.
    registry.define("money_unit = [currency]")
    for currency in _CURRENCIES:
        registry.define(f"{currency} = 1 * money_unit")
    for name in ("QALY", "life_year"):
        registry.define(f"{name} = 1 * year")
    for name in ("IU", "U", "BU"):
        registry.define(f"{name} = [{name}_activity]")
    return registry


_WORD = re.compile(r"[A-Za-z_][A-Za-z_0-9]*")


def dimension(expression: str) -> str:
    """Return the dimension of a unit's pint expression, as pint writes it.

    Words that pint does not know (patients, infusions, ...) are counts of their own dimension.

    Raises:
        ValueError: when the expression cannot be read.
    """
    registry = _registry()
    try:
        for word in _WORD.findall(expression):
            if word != "e" and not _is_known(registry, word):
                registry.define(f"{word} = [{word}_count]")
        return (
            str(registry.parse_expression(expression).dimensionality)
            if not _is_number(expression)
            else "dimensionless"
        )
    except Exception as error:  # pint raises many kinds for malformed text
        raise ValueError(f"pint cannot read {expression!r}: {error}") from error


def _is_number(expression: str) -> bool:
    try:
        float(expression)
    except ValueError:
        return False
    return True


def _is_known(registry: UnitRegistry[Any], word: str) -> bool:
    return word in registry


@rule("unit")
def unit_is_known(context: Context) -> Iterator[Finding]:
    """Every unit is a word of the vocabulary, and a quantity has a unit of the right dimension."""
    vocabulary = context.records.vocabulary
    dimensions = {}
    for name, term in vocabulary.units.items():
        try:
            dimensions[name] = dimension(term.pint)
        except ValueError as error:
            yield Finding(
                "evidence/unit",
                "error",
                "evidence/vocabulary.yaml",
                1,
                f"unit {name}: {error}.",
                "Mend its pint field.",
            )
    yield from _facts(context, vocabulary, dimensions)
    for key, study in context.records.studies.items():
        for identifier, patient in study.patients.items():
            for name, measurement in patient.measurements.items():
                if measurement.unit is not None and measurement.unit not in vocabulary.units:
                    yield _unknown(
                        context,
                        ("study", key),
                        ("patients", identifier, "measurements", name, "unit"),
                        measurement.unit,
                    )
    for model, file in context.records.parameters.items():
        for identifier, parameter in file.parameters.items():
            if parameter.unit is not None and parameter.unit not in vocabulary.units:
                yield _unknown(
                    context, ("parameters", model), ("parameters", identifier, "unit"), parameter.unit
                )


def _facts(context: Context, vocabulary: Vocabulary, dimensions: dict[str, str]) -> Iterator[Finding]:
    for key, identifier, _, fact in context.facts():
        place = ("facts", identifier, "unit")
        if fact.unit is not None and fact.unit not in vocabulary.units:
            yield _unknown(context, ("study", key), place, fact.unit)
            continue
        if fact.events is not None or fact.text is not None:
            continue
        for pattern, expected, words in _EXPECTED:
            if not pattern.match(fact.what):
                continue
            found = dimensions.get(fact.unit, "") if fact.unit else "dimensionless"
            if expected not in found:
                yield context.finding(
                    "unit",
                    ("study", key),
                    place,
                    f"{key}:{identifier} ({fact.what}) has the unit {fact.unit or 'none'}, "
                    f"which is not {words}.",
                    "Give the unit of the source, or name the quantity for what it is.",
                )


def _unknown(context: Context, record: tuple[str, str], place: tuple[str, ...], unit: str) -> Finding:
    return context.finding(
        "unit",
        record,
        place,
        f"The unit {unit!r} is not in the vocabulary.",
        "Use a unit of evidence/vocabulary.yaml, or add this one there with its pint expression.",
    )
