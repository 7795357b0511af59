"""Typst's markup, built so that no text can be taken for it: all text stands in strings."""

from __future__ import annotations

import re

_WHITE = re.compile(r"[ \t\r\n]+")


def string(text: str) -> str:
    """Return a string of Typst's code with this content."""
    escaped = text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\t", "\\t")
    return f'"{escaped}"'


def text(content: str) -> str:
    """Return words of markup; white space is one space, as everywhere in prose."""
    content = _WHITE.sub(" ", content)
    return f"#{string(content)}" if content else ""


def call(name: str, *bodies: str, **arguments: str | int | float | bool | None) -> str:
    """Return a call as markup: ``#name(argument: value)[body]``.

    Arguments are code; None leaves one out, and an underscore in a name stands for a hyphen.
    """
    inside = ", ".join(
        f"{key.replace('_', '-')}: {_code(value)}" for key, value in arguments.items() if value is not None
    )
    shown = "".join(f"[{body}]" for body in bodies)
    return f"#{name}({inside}){shown}"


def _code(value: str | int | float | bool) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    return value if isinstance(value, str) else f"{value:g}"


def address(shown: str) -> str:
    """Return an address as it is shown: with places to break, since it has no spaces."""
    return text(re.sub(r"(?<=[/_.?=&-])(?=\w)", "\u200b", shown))
