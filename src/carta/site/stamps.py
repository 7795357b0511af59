"""What makes the address of a file another when the file is, so that no browser shows what it kept of it."""

from __future__ import annotations

from carta.files import digest


def stamp(content: bytes) -> str:
    """Return the end of an address, from what the file holds."""
    return f"?v={digest(content)[:8]}"
