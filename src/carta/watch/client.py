"""The one HTTP client: paced, patient, remembering, and honest about who asks.

A request is tried again after time-outs, broken connections, 429, 5xx and answers that are cut off, with
doubling waits and jitter (tenacity). ``Retry-After`` is obeyed; a date in it is read against the server's own
``Date``, so that a wrong clock here neither hurries nor stalls.
"""

from __future__ import annotations

import contextlib
import json
import time
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from pathlib import Path
from types import TracebackType
from typing import Any, Self
from xml.etree.ElementTree import Element, ParseError

import httpx
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from platformdirs import user_cache_path
from tenacity import (
    RetryCallState,
    Retrying,
    retry_if_exception_type,
    stop_after_attempt,
    wait_exponential,
    wait_random,
)

from carta.evidence.records import WatchSource
from carta.files import digest, write_bytes_atomically
from carta.watch.settings import Settings

#: An answer this old is asked for again.
REMEMBERED = timedelta(hours=6)
#: A server's clock and ours may differ by this much before dates of ours are not trusted.
TOLERATED_SKEW = timedelta(hours=24)


class SourceError(Exception):
    """An index could not be read; the message says what happened, in words for the summary."""


class _TransientError(Exception):
    """A request that may well succeed later, after ``wait`` seconds where the server said so."""

    def __init__(self, message: str, wait: float | None = None) -> None:
        super().__init__(message)
        self.wait = wait


class Client:
    """Asks the indexes. Use it as a context manager.

    Args:
        settings: where, how fast, and who asks.
        cache: folder of remembered answers; a run that was cut short goes on where it was.
        fresh: ask again although an answer is remembered.
        say: told before each wait.
    """

    def __init__(
        self,
        settings: Settings,
        *,
        cache: Path | None = None,
        fresh: bool = False,
        say: Callable[[str], None] = lambda text: None,
    ) -> None:
        self.settings = settings
        self._cache = cache or user_cache_path("carta") / "watch"
        self._fresh = fresh
        self._say = say
        self._last: dict[WatchSource, float] = {}
        self._skew = timedelta(0)
        self._http = httpx.Client(
            headers={"User-Agent": settings.user_agent}, timeout=settings.timeout, follow_redirects=True
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._http.close()

    @property
    def skew(self) -> timedelta:
        """The largest difference seen between a server's clock and ours; positive: ours is behind."""
        return self._skew

    def json(self, source: WatchSource, path: str, parameters: Mapping[str, str]) -> Any:
        """Return the JSON at ``path`` of an index.

        Raises:
            SourceError: when it could not be had after all attempts.
        """
        return self._get(source, path, parameters, _read_json)

    def xml(self, source: WatchSource, path: str, parameters: Mapping[str, str], *, root: str) -> Element:
        """Return the XML at ``path`` of an index, whose outermost element is ``root``; entities are refused.

        Raises:
            SourceError: when it could not be had after all attempts.
        """
        found: Element = self._get(source, path, parameters, lambda body: _read_xml(body, root))
        return found

    def _get(
        self, source: WatchSource, path: str, parameters: Mapping[str, str], read: Callable[[bytes], Any]
    ) -> Any:
        # Keys and addresses of persons are no part of the question, and are not written to disk.
        place = (
            self._cache
            / f"{digest(self.settings.addresses[source], path, json.dumps(sorted(parameters.items())))}.body"
        )
        if not self._fresh and (remembered := _remembered(place)) is not None:
            with contextlib.suppress(_TransientError):
                return read(remembered)
        first, longest = self.settings.first_wait, self.settings.longest_wait
        waits = wait_exponential(multiplier=first, max=longest) + wait_random(0, first)

        def wait(state: RetryCallState) -> float:
            error = state.outcome.exception() if state.outcome else None
            asked = error.wait if isinstance(error, _TransientError) else None
            seconds = waits(state) if asked is None else asked
            if seconds >= 5:
                self._say(f"{source}: {error}; trying again in {seconds:.0f} s")
            return seconds

        retrying = Retrying(
            stop=stop_after_attempt(self.settings.attempts),
            wait=wait,
            retry=retry_if_exception_type(_TransientError),
            reraise=True,
        )
        try:
            body, value = retrying(self._once, source, path, parameters, read)
        except _TransientError as error:
            raise SourceError(f"{error} (tried {self.settings.attempts} times)") from error
        with contextlib.suppress(OSError):  # what cannot be remembered is asked again
            write_bytes_atomically(place, body)
        return value

    def _once(
        self, source: WatchSource, path: str, parameters: Mapping[str, str], read: Callable[[bytes], Any]
    ) -> tuple[bytes, Any]:
        pause = self._last.get(source, -1e9) + self.settings.intervals[source] - time.monotonic()
        if pause > 0:
            time.sleep(pause)
        try:
            response = self._http.get(
                f"{self.settings.addresses[source]}{path}", params={**parameters, **self._who(source)}
            )
        except httpx.TimeoutException as error:
            raise _TransientError(f"no answer within {self.settings.timeout:g} s") from error
        except httpx.TransportError as error:
            raise _TransientError(f"no connection ({_without_address(error)})") from error
        except httpx.HTTPError as error:
            raise SourceError(f"the request failed ({_without_address(error)})") from error
        finally:
            self._last[source] = time.monotonic()
        self._note_clock(response)
        if response.status_code == 429 or response.status_code >= 500:
            wait = retry_after(response.headers, datetime.now(UTC))
            if wait is not None and wait > self.settings.longest_wait:
                raise SourceError(
                    f"HTTP {response.status_code}, and the server asks for {wait:.0f} s of patience; "
                    "run the watch again later"
                )
            raise _TransientError(f"HTTP {response.status_code}", wait)
        if response.status_code != 200:
            raise SourceError(f"HTTP {response.status_code} at {path}")
        return response.content, read(response.content)

    def _who(self, source: WatchSource) -> dict[str, str]:
        who: dict[str, str] = {}
        if source == "pubmed":
            who["tool"] = "carta"
            if self.settings.contact:
                who["email"] = self.settings.contact
            if self.settings.ncbi_key:
                who["api_key"] = self.settings.ncbi_key
        elif source == "crossref" and self.settings.contact:
            who["mailto"] = self.settings.contact
        return who

    def _note_clock(self, response: httpx.Response) -> None:
        said = _date(response.headers.get("Date"))
        if said is not None:
            skew = said - datetime.now(UTC)
            if abs(skew) > abs(self._skew):
                self._skew = skew


def retry_after(headers: Mapping[str, str], now: datetime) -> float | None:
    """Return the seconds that ``Retry-After`` asks for, never below zero; nothing where it says nothing.

    RFC 9110 allows seconds or a date. The date is compared with the server's own ``Date`` where there is one.
    """
    value = headers.get("Retry-After", "").strip()
    if value.isascii() and value.isdigit():
        return float(value)
    until = _date(value)
    if until is None:
        return None
    return max(0.0, (until - (_date(headers.get("Date")) or now)).total_seconds())


def _date(value: str | None) -> datetime | None:
    if not value:
        return None
    try:
        found = parsedate_to_datetime(value)
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=UTC)


def _remembered(place: Path) -> bytes | None:
    try:
        age = time.time() - place.stat().st_mtime
        # An answer of the future comes of a clock that was wrong, then or now.
        return place.read_bytes() if 0 <= age < REMEMBERED.total_seconds() else None
    except OSError:
        return None


def _without_address(error: Exception) -> str:
    return str(error).split(" for url")[0] or type(error).__name__


def _read_json(body: bytes) -> Any:
    try:
        return json.loads(body)
    except ValueError as error:
        raise _TransientError("an answer that is no JSON, or was cut off") from error


def _read_xml(body: bytes, root: str) -> Element:
    try:
        found: Element = fromstring(body)
    except (ParseError, ValueError, DefusedXmlException) as error:
        raise _TransientError("an answer that is no XML, or was cut off") from error
    if found.tag != root:
        # Pages that say "busy" can be sound XML too.
        raise _TransientError(f"an answer of another kind ({found.tag}, not {root})")
    return found
