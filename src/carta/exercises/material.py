"""What the exercises of a book bring: their keys, and the facts they use."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from importlib import resources
from typing import Any

from carta.exercises.facts import Facts
from carta.exercises.keys import Key

#: The file beside this module, where student material carries it.
FILE = "material.json"


class UnknownExerciseError(KeyError):
    """No exercise of that name is carried here."""

    def __init__(self, name: str, near: list[str]) -> None:
        super().__init__(name)
        self.name, self.near = name, near

    def __str__(self) -> str:
        hint = f" Did you mean {' or '.join(map(repr, self.near))}?" if self.near else ""
        return f"There is no exercise {self.name!r} in this material.{hint}"


@dataclass(frozen=True)
class Material:
    """Keys by identifier, and facts."""

    keys: Mapping[str, Key]
    facts: Facts

    def key(self, identifier: str) -> Key:
        """Return one key.

        Raises:
            UnknownExerciseError: when there is none of that name.
        """
        try:
            return self.keys[identifier]
        except KeyError:
            from difflib import get_close_matches

            raise UnknownExerciseError(
                identifier, get_close_matches(identifier, list(self.keys), n=2)
            ) from None


def read_material(content: Mapping[str, Any]) -> Material:
    """Read material from JSON values: ``{"exercises": {id: key}, "facts": {"key:id": fields}}``."""
    keys = {name: Key.from_json(values) for name, values in content["exercises"].items()}
    return Material(keys, Facts(content["facts"]))


_current: Material | None = None


def use(content: Mapping[str, Any]) -> Material:
    """Use this material from now on, and return it."""
    global _current
    _current = read_material(content)
    return _current


def current() -> Material:
    """Return the material in use: what :func:`use` was given, else the file that came with this package.

    Raises:
        FileNotFoundError: when there is neither.
    """
    global _current
    if _current is None:
        file = resources.files(__package__) / FILE
        if not file.is_file():
            raise FileNotFoundError(
                "This installation of carta.exercises brings no exercises. Use the wheel that came with the notebooks."
            )
        _current = read_material(json.loads(file.read_text(encoding="utf-8")))
    return _current
