"""Words that only the one who gives the matching answer can read.

An answer is stretched by a slow salted hash (PBKDF2, RFC 8018). One part of the hash finds the sealed words, the
rest is the key of a stream that hides them. Whoever does not give the answer sees random bytes of the same length
for all. That keeps answers from the eye and from a search; it cannot keep them from someone who tries all four
options, and nothing can, since checking offline means that every answer can be tried.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from typing import Any

#: Rounds of the hash: milliseconds a try, also where Python runs in a browser, and seconds for the keys of a book.
ROUNDS = 5_000
#: Bytes by which sealed words are found.
_TAG = 12
#: Sealed words are filled up to a multiple of this, so that their length says little.
_BLOCK = 256


def stretch(answer: str, salt: str, rounds: int = ROUNDS) -> bytes:
    """Return 32 bytes: PBKDF2-HMAC-SHA256 of the answer, UTF-8."""
    password, grain = answer.encode("utf-8"), salt.encode("utf-8")
    fast = getattr(hashlib, "pbkdf2_hmac", None)
    if fast is not None:
        return bytes(fast("sha256", password, grain, rounds))
    return pbkdf2_sha256(password, grain, rounds)


def pbkdf2_sha256(password: bytes, salt: bytes, rounds: int) -> bytes:
    """One block of PBKDF2-HMAC-SHA256 in Python, for interpreters that were built without OpenSSL."""
    block = 64
    if len(password) > block:
        password = hashlib.sha256(password).digest()
    padded = password.ljust(block, b"\0")
    inner = hashlib.sha256(bytes(byte ^ 0x36 for byte in padded))
    outer = hashlib.sha256(bytes(byte ^ 0x5C for byte in padded))

    def keyed(message: bytes) -> bytes:
        first = inner.copy()
        first.update(message)
        second = outer.copy()
        second.update(first.digest())
        return second.digest()

    latest = keyed(salt + b"\0\0\0\x01")
    total = int.from_bytes(latest, "big")
    for _ in range(rounds - 1):
        latest = keyed(latest)
        total ^= int.from_bytes(latest, "big")
    return total.to_bytes(32, "big")


def seal(answer: str, salt: str, content: Any) -> tuple[str, str]:
    """Return the name under which the content is found, and the content hidden; both are text.

    Args:
        answer: the answer in its plain form (:mod:`carta.exercises.answers`).
        salt: what keeps two exercises with the same answer apart.
        content: a JSON value.
    """
    key = stretch(answer, salt)
    plain = json.dumps(content, ensure_ascii=False, separators=(",", ":")).encode("utf-8")
    filled = plain + b" " * (-len(plain) % _BLOCK)
    return key[:_TAG].hex(), base64.b64encode(_stream(key, filled)).decode("ascii")


def unseal(answer: str, salt: str, sealed: Mapping[str, str]) -> Any | None:
    """Return the content sealed under this answer, or None where there is none."""
    key = stretch(answer, salt)
    hidden = sealed.get(key[:_TAG].hex())
    if hidden is None:
        return None
    return json.loads(_stream(key, base64.b64decode(hidden)).decode("utf-8"))


def _stream(key: bytes, text: bytes) -> bytes:
    """Combine the text with a stream of HMAC-SHA256 in counter mode; doing it twice gives the text back."""
    result = bytearray()
    for start in range(0, len(text), 32):
        pad = hmac.new(key[_TAG:], start.to_bytes(8, "big"), hashlib.sha256).digest()
        result += bytes(a ^ b for a, b in zip(text[start : start + 32], pad, strict=False))
    return bytes(result)
