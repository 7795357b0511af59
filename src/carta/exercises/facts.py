"""The facts that an exercise carries: records of the evidence base without the base."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

#: Fields of a fact that hold a lower and an upper limit.
INTERVALS = ("ci95", "iqr", "range")


class UnknownFactError(KeyError):
    """No fact of that name is carried here."""

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.name = name

    def __str__(self) -> str:
        return f"There is no fact {self.name!r} here. The exercise says which facts it brings."


class CarriedFact:
    """One fact with the fields of its record: ``value``, ``mean``, ``median``, ``events``, ``n``, ``sd``, ``unit``, ...

    ``low`` and ``high`` are the limits of its only interval. A field that the source does not give is an
    :class:`AttributeError`, not an empty value, so that no sum is made of it by mistake.
    """

    def __init__(self, name: str, fields: Mapping[str, Any]) -> None:
        held = {
            key: tuple(value) if isinstance(value, list) else value
            for key, value in fields.items()
            if value is not None
        }
        intervals = [held[key] for key in INTERVALS if key in held]
        if len(intervals) == 1:
            held["low"], held["high"] = intervals[0]
        self.__dict__.update(held)
        self._name = name

    def __getattr__(self, field: str) -> Any:
        known = ", ".join(sorted(key for key in self.__dict__ if not key.startswith("_")))
        raise AttributeError(f"The fact {self._name!r} has no {field!r}. It has: {known}.")

    def __repr__(self) -> str:
        shown = ", ".join(
            f"{key}={value!r}" for key, value in self.__dict__.items() if not key.startswith("_")
        )
        return f"fact({self._name!r}): {shown}"


class Facts:
    """Facts by ``key:id``; calling it returns one.

    Raises:
        UnknownFactError: when called with a name it does not hold.
    """

    def __init__(self, records: Mapping[str, Mapping[str, Any]]) -> None:
        self._records = records

    def __call__(self, name: str) -> CarriedFact:
        """Return the fact of that name."""
        try:
            return CarriedFact(name, self._records[name])
        except KeyError:
            raise UnknownFactError(name) from None
