"""How a fact is written in a sentence: the number, its unit, and its interval."""

from __future__ import annotations

from decimal import Decimal
from typing import Literal

from carta.evidence.records import Fact, Interval, Vocabulary

#: ``full``: value with unit and interval; ``value``: without the interval; ``interval``: the interval alone;
#: ``percent``: events of n as a percentage; ``events``: events of n.
Style = Literal["full", "value", "interval", "percent", "events"]

#: How a text names each style: the roles that show a fact.
ROLES: dict[str, Style] = {
    "fact": "full",
    "fact-value": "value",
    "fact-interval": "interval",
    "fact-percent": "percent",
    "fact-events": "events",
}

#: Keeps a number and its unit on one line.
_NARROW = "\u202f"
_JOIN = "\u00a0"


class StyleError(ValueError):
    """A fact cannot be written in the style asked for."""


def format_number(number: int | float) -> str:
    """Write a number as people read it: digits grouped by thousands, a real minus, no trailing zeros lost.

    Numbers of five digits and more are grouped with a narrow space, as ISO 80000 has it.
    """
    exact = Decimal(repr(number))
    if exact != 0 and (abs(exact) >= Decimal("1e10") or abs(exact) < Decimal("1e-4")):
        mantissa, exponent = f"{exact:e}".split("e")
        mantissa = mantissa.rstrip("0").rstrip(".") if "." in mantissa else mantissa
        raised = str(int(exponent)).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))
        text = (
            f"{mantissa}{_JOIN}×{_JOIN}10{raised}"
            if mantissa not in ("1", "-1")
            else f"{mantissa[:-1]}10{raised}"
        )
    else:
        text = f"{exact:f}"
        if isinstance(number, float) and text.endswith(".0"):
            text = text[:-2]
        whole, _, fraction = text.partition(".")
        if len(whole.lstrip("-")) > 4:
            whole = f"{int(whole):,}".replace(",", _NARROW)
        text = f"{whole}.{fraction}" if fraction else whole
    return text.replace("-", "−", 1) if text.startswith("-") else text


def format_percent(events: int, n: int) -> str:
    """Write ``events`` of ``n`` as a percentage: whole numbers below n = 1000, one decimal from there."""
    share = 100 * events / n
    digits = 1 if n >= 1000 else 0
    return f"{share:.{digits}f}{_JOIN}%"


def _with_unit(text: str, number: int | float, unit: str | None, vocabulary: Vocabulary) -> str:
    if unit is None:
        return text
    term = vocabulary.units.get(unit)
    if term is None:
        return f"{text}{_JOIN}{unit}"
    label = term.one if number == 1 else term.many
    if term.prefix:
        return f"{label}{_JOIN}{text}"
    if label.startswith("-"):
        return f"{text}{label}"
    return f"{text}{_JOIN}{label}"


def _range(interval: Interval) -> str:
    low, high = (format_number(limit) for limit in interval)
    return f"{low} to {high}" if "−" in low + high else f"{low}–{high}"


def format_interval(fact: Fact) -> str | None:
    """Write the spread or interval of a fact with its name, or nothing where it has none."""
    parts = []
    if fact.ci95 is not None:
        parts.append(f"95{_JOIN}% CI {_range(fact.ci95)}")
    if fact.iqr is not None:
        parts.append(f"IQR {_range(fact.iqr)}")
    if fact.range is not None:
        parts.append(f"range {_range(fact.range)}")
    if fact.range_width is not None:
        parts.append(f"width of the range {format_number(fact.range_width)}")
    return ", ".join(parts) or None


def _centre(fact: Fact) -> int | float | None:
    for number in (fact.value, fact.mean, fact.median):
        if number is not None:
            return number
    return None


def _value(fact: Fact, vocabulary: Vocabulary, *, spread: bool) -> str:
    if fact.events is not None:
        text = f"{format_number(fact.events)} of {format_number(fact.n or 0)}"
        return (
            text if fact.unit in (None, "percent") else _with_unit(text, fact.n or 0, fact.unit, vocabulary)
        )
    number = _centre(fact)
    if number is None:
        if fact.text is not None:
            return fact.text
        interval = fact.range or fact.iqr or fact.ci95
        assert interval is not None  # the record's own rule
        return _with_unit(_range(interval).replace("–", " to "), interval[1], fact.unit, vocabulary)
    text = format_number(number)
    if spread and fact.sd is not None:
        text += f" ± {format_number(fact.sd)}"
    elif spread and fact.plus_minus is not None:
        text += f" ± {format_number(fact.plus_minus)}"
    text = _with_unit(text, number, fact.unit, vocabulary)
    return f"{fact.qualifier} {text}" if fact.qualifier else text


def format_fact(fact: Fact, style: Style, vocabulary: Vocabulary) -> str:
    """Write a fact in a :data:`Style`.

    Raises:
        StyleError: when the fact has no events (``percent``, ``events``) or no interval (``interval``).
    """
    if style in ("percent", "events"):
        if fact.events is None or not fact.n:
            raise StyleError(f"the fact has no events of n, so it cannot be written as {style}")
        if style == "percent":
            return format_percent(fact.events, fact.n)
        return f"{format_number(fact.events)} of {format_number(fact.n)}"
    if style == "interval":
        if fact.sd is not None and fact.ci95 is None:
            return f"SD {format_number(fact.sd)}"
        interval = format_interval(fact)
        if interval is None:
            raise StyleError("the fact has no interval and no spread")
        return interval
    if style == "value":
        return _value(fact, vocabulary, spread=False)
    text = _value(fact, vocabulary, spread=True)
    has_own_range = _centre(fact) is None and fact.events is None and fact.text is None
    interval = None if has_own_range else format_interval(fact)
    return f"{text} ({interval})" if interval else text
