"""Values that may cross from the sandbox: numbers, text and collections of them, as JSON, and nothing that acts.

What comes out of the sandbox may be forged. Reading it gives plain values or :class:`Foreign`, never an object with
methods of a student's making. This module is also loaded inside the sandbox, so the standard library is all it uses.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

#: Collections nested deeper than this are refused.
DEEPEST = 50


@dataclass(frozen=True)
class Foreign:
    """A value that is no plain one: only the name of its type is known. It equals nothing but its like."""

    type_name: str

    def __repr__(self) -> str:
        return f"<{self.type_name}>"


def pack(value: Any, depth: int = 0) -> Any:
    """Return a value as JSON: plain ones by their content, all others by the name of their type."""
    if depth > DEEPEST:
        return {"foreign": "collection nested too deeply"}
    if value is None or isinstance(value, bool):
        return value
    if isinstance(value, int):
        whole = int(value)
        return whole if abs(whole) < 1 << 256 else {"foreign": "int too large"}
    if isinstance(value, float):
        number = float(value)
        return number if math.isfinite(number) else {"float": repr(number)}
    if isinstance(value, str):
        return str.__str__(value)
    if value is ...:
        return {"ellipsis": True}
    collections: tuple[type[Any], ...] = (list, tuple, set, frozenset)
    for kind in collections:
        if isinstance(value, kind):
            # Not iter(value): a subclass may iterate for ever.
            items = [pack(item, depth + 1) for item in kind.__iter__(value)]
            return {kind.__name__: items}
    if isinstance(value, dict):
        pairs = [[pack(key, depth + 1), pack(item, depth + 1)] for key, item in dict.items(value)]
        return {"dict": pairs}
    if callable(value):
        return {"function": str(getattr(value, "__name__", "function"))[:100]}
    return _scalar(value)


def _scalar(value: Any) -> Any:
    """Scalars of NumPy, fractions and decimals count as numbers."""
    name = type(value).__name__[:100]
    try:
        number = float(value)
    except Exception:  # noqa: BLE001  the object may be anything
        return {"foreign": name}
    return pack(number)


def unpack(packed: Any, depth: int = 0) -> Any:
    """Return the value written by :func:`pack`.

    Raises:
        ValueError: when it was not written by it.
    """
    if depth > DEEPEST + 2:
        raise ValueError("a value is nested too deeply")
    if packed is None or isinstance(packed, bool | int | float | str):
        return packed
    if isinstance(packed, dict) and len(packed) == 1:
        (kind, content), *_ = packed.items()
        if kind == "ellipsis":
            return ...
        if kind in ("foreign", "function") and isinstance(content, str):
            return Foreign(content)
        if kind == "float" and content in ("inf", "-inf", "nan"):
            return float(content)
        if kind in ("list", "tuple", "set", "frozenset") and isinstance(content, list):
            items = [unpack(item, depth + 1) for item in content]
            try:
                return {"list": list, "tuple": tuple, "set": set, "frozenset": frozenset}[kind](items)
            except TypeError as error:
                raise ValueError("a set of what cannot be in one") from error
        if kind == "dict" and isinstance(content, list):
            try:
                return {unpack(key, depth + 1): unpack(item, depth + 1) for key, item in content}
            except TypeError as error:
                raise ValueError("a dictionary with keys that cannot be") from error
    raise ValueError("not a plain value")
