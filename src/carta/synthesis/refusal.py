"""When no sound number can be given, that is said in one sentence."""

from __future__ import annotations


class PoolingRefused(ValueError):  # noqa: N818  (a refusal is an answer, and is named as one)
    """The data do not allow the number that was asked for; the message says why, and what would."""
