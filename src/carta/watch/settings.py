"""Where the indexes are, how politely they are asked, and who asks; all of it from the environment."""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass

from carta import __version__
from carta.evidence.records import WatchSource

#: Where each index answers, and the environment variable that says otherwise.
ADDRESSES: dict[WatchSource, tuple[str, str]] = {
    "clinicaltrials": ("CARTA_CLINICALTRIALS_URL", "https://clinicaltrials.gov/api/v2"),
    "pubmed": ("CARTA_PUBMED_URL", "https://eutils.ncbi.nlm.nih.gov/entrez/eutils"),
    "europe-pmc": ("CARTA_EUROPE_PMC_URL", "https://www.ebi.ac.uk/europepmc/webservices/rest"),
    "crossref": ("CARTA_CROSSREF_URL", "https://api.crossref.org"),
}

#: Seconds between two requests to one index. NCBI allows three a second without a key and ten with one;
#: ClinicalTrials.gov about fifty a minute; the others ask for moderation.
INTERVALS: dict[WatchSource, float] = {
    "clinicaltrials": 1.2,
    "pubmed": 0.35,
    "europe-pmc": 0.2,
    "crossref": 0.3,
}
_NCBI_INTERVAL_WITH_KEY = 0.11

#: Where the project is described, for those who wonder who asks.
HOME = "https://github.com/carta-review/carta"


class SettingError(ValueError):
    """A variable of the environment that cannot be used."""


@dataclass(frozen=True)
class Settings:
    """How the indexes are asked."""

    addresses: Mapping[WatchSource, str]
    intervals: Mapping[WatchSource, float]
    #: E-mail address that an index may write to; it goes into the User-Agent.
    contact: str | None
    ncbi_key: str | None
    #: Seconds until a silent server is given up.
    timeout: float = 30.0
    #: How often one request is tried in all.
    attempts: int = 5
    #: Seconds before the second try; doubled with each further one, with jitter.
    first_wait: float = 1.0
    #: A longer Retry-After is not waited for: the source counts as not read.
    longest_wait: float = 120.0

    @property
    def user_agent(self) -> str:
        """Name, version, home and, where known, the address of a person."""
        contact = f"; mailto:{self.contact}" if self.contact else ""
        return f"carta/{__version__} (+{HOME}{contact})"


def settings_from(environment: Mapping[str, str] | None = None) -> Settings:
    """Read the settings from the environment.

    ``CARTA_CONTACT`` is the e-mail address of whoever runs the watch, ``NCBI_API_KEY`` a key of NCBI. For tests
    and mirrors: ``CARTA_CLINICALTRIALS_URL``, ``CARTA_PUBMED_URL``, ``CARTA_EUROPE_PMC_URL``,
    ``CARTA_CROSSREF_URL``, ``CARTA_WATCH_INTERVAL``, ``CARTA_WATCH_TIMEOUT``, ``CARTA_WATCH_ATTEMPTS``,
    ``CARTA_WATCH_FIRST_WAIT``, ``CARTA_WATCH_LONGEST_WAIT``.

    Raises:
        SettingError: for a number that is none, an address without http, or a contact without ``@``.
    """
    given = os.environ if environment is None else environment

    def number(name: str, default: float) -> float:
        text = given.get(name)
        if not text:
            return default
        try:
            value = float(text)
        except ValueError:
            value = -1.0
        if not 0 <= value < 1e6:
            raise SettingError(f"{name}={text!r} must be a number, zero or more")
        return value

    addresses: dict[WatchSource, str] = {}
    for source, (name, default) in ADDRESSES.items():
        address = (given.get(name) or default).rstrip("/")
        if not re.match(r"https?://[^/\s]+", address):
            raise SettingError(f"{name}={address!r} must be an http or https address")
        addresses[source] = address
    contact = given.get("CARTA_CONTACT") or None
    if contact is not None and not re.fullmatch(r"[^\s@;()<>]+@[^\s@;()<>]+", contact):
        raise SettingError(f"CARTA_CONTACT={contact!r} must be an e-mail address")
    key = given.get("NCBI_API_KEY") or None
    pace = dict(INTERVALS)
    if key:
        pace["pubmed"] = _NCBI_INTERVAL_WITH_KEY
    return Settings(
        addresses=addresses,
        intervals={source: number("CARTA_WATCH_INTERVAL", seconds) for source, seconds in pace.items()},
        contact=contact,
        ncbi_key=key,
        timeout=number("CARTA_WATCH_TIMEOUT", 30.0) or 30.0,
        attempts=max(1, int(number("CARTA_WATCH_ATTEMPTS", 5))),
        first_wait=number("CARTA_WATCH_FIRST_WAIT", 1.0),
        longest_wait=number("CARTA_WATCH_LONGEST_WAIT", 120.0),
    )
