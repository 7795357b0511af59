"""How far a value can be trusted, in words, a sign and a class; never in colour alone."""

from __future__ import annotations

from typing import NamedTuple


class Standing(NamedTuple):
    """The words for a status."""

    #: In a card or table.
    words: str
    #: Beside the value in prose; empty where the value was read in its source.
    mark: str
    #: One line for a reader who meets the word for the first time.
    meaning: str


STANDINGS: dict[str, Standing] = {
    "read": Standing("read in the source", "", "We read the value in the source itself."),
    "second-hand": Standing(
        "reported second-hand",
        "◇ second-hand",
        "We read the value in another document about the source.",
    ),
    "unverified": Standing("not verified", "△ not verified", "Nobody here has read the value yet."),
    "re-implementation": Standing(
        "from a re-implementation", "◇ re-implementation", "Taken from code that repeats the model."
    ),
    "derived": Standing("derived", "◇ derived", "Computed from other values."),
    "calibrated": Standing("calibrated", "◇ calibrated", "Chosen so that the model fits data."),
    "assumed": Standing("assumed", "△ assumed", "Chosen without data."),
}

VERDICTS: dict[str, tuple[str, str]] = {
    "supported": ("✓", "supported"),
    "partly": ("◐", "partly supported"),
    "contradicted": ("✗", "contradicted"),
    "unverifiable": ("?", "could not be verified"),
    "opinion": ("“", "opinion"),
}


def sign_of(status: str) -> str:
    """Return the sign of a status alone."""
    return STANDINGS[status].mark.partition(" ")[0] or "✓"
