"""What an index said: records of one shape for all of them, and foreign JSON read with care."""

from __future__ import annotations

import html
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Generic, TypeVar

from carta.evidence.records import NoticeKind, WatchSource

T = TypeVar("T")


@dataclass(frozen=True)
class Paper:
    """A work as an index describes it. Identifiers are in normal form; what is not stated is ``None``."""

    source: WatchSource
    title: str
    doi: str | None = None
    pmid: str | None = None
    pmcid: str | None = None
    abstract: str = ""
    #: The journal's name and its abbreviations.
    journals: tuple[str, ...] = ()
    #: Years of print and of first appearance.
    years: tuple[int, ...] = ()
    volume: str | None = None
    pages: str | None = None

    @property
    def identity(self) -> str:
        """The name under which it is screened: its DOI, else its PMID, PMCID or title."""
        for scheme, value in (("doi", self.doi), ("pmid", self.pmid), ("pmcid", self.pmcid)):
            if value:
                return f"{scheme}:{value}"
        return f"title:{self.title}"


@dataclass(frozen=True)
class NoticeFound:
    """A retraction or correction that an index knows of a work; the work is named by DOI or PMID."""

    source: WatchSource
    kind: NoticeKind
    of_doi: str | None = None
    of_pmid: str | None = None
    date: str | None = None
    doi: str | None = None
    pmid: str | None = None


@dataclass(frozen=True)
class RegisteredTrial:
    """A trial as the registry has it: fields of :class:`carta.evidence.records.Trial` in their words."""

    nct: str
    #: Field of the record to value; a field that could not be read is not there.
    values: Mapping[str, Any]
    #: The official title, where the record's title is the brief one.
    official_title: str | None
    #: Title, interventions and summary in one text, to find targets in.
    text: str


@dataclass
class Answer(Generic[T]):
    """What one source said: its records, once each, and why it may not be all."""

    items: list[T] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)

    @property
    def complete(self) -> bool:
        """Whether all was read."""
        return not self.problems

    def problem(self, text: str) -> None:
        """Note why the answer is not whole; the same sentence once."""
        if text not in self.problems:
            self.problems.append(text)


class ShapeError(ValueError):
    """A field of an answer has another type than the index documents."""


_NAMES = {dict: "an object", list: "a list", str: "text", int: "a whole number", type(None): "nothing"}


def take(node: Any, path: str, kind: type[T]) -> T | None:
    """Return the value at a dotted path, ``None`` where it is absent or null.

    Raises:
        ShapeError: when the value, or one on the way to it, is of another type than documented.
    """
    steps = path.split(".")
    for number, step in enumerate(steps):
        if not isinstance(node, dict):
            raise ShapeError(f"{'.'.join(steps[:number]) or 'the answer'} is {_name(node)}, not an object")
        node = node.get(step)
        if node is None:
            return None
    if not isinstance(node, kind) or (kind is int and isinstance(node, bool)):
        raise ShapeError(f"{path} is {_name(node)}, not {_NAMES.get(kind, kind.__name__)}")
    return node


def texts(node: Any, path: str) -> list[str]:
    """Return the list of texts at a path; absent is empty.

    Raises:
        ShapeError: when it is no list, or holds anything but text.
    """
    found = take(node, path, list) or []
    for item in found:
        if not isinstance(item, str):
            raise ShapeError(f"{path} holds {_name(item)}, not text")
    return [" ".join(item.split()) for item in found if item.strip()]


def objects(node: Any, path: str) -> list[dict[str, Any]]:
    """Return the list of objects at a path; absent is empty.

    Raises:
        ShapeError: when it is no list, or holds anything but objects.
    """
    found = take(node, path, list) or []
    for item in found:
        if not isinstance(item, dict):
            raise ShapeError(f"{path} holds {_name(item)}, not an object")
    return found


def _name(value: Any) -> str:
    return _NAMES.get(type(value), f"a {type(value).__name__}")


def batches(items: Iterable[T], size: int) -> Iterator[list[T]]:
    """Yield the items in lists of at most ``size``."""
    batch: list[T] = []
    for item in items:
        batch.append(item)
        if len(batch) == size:
            yield batch
            batch = []
    if batch:
        yield batch


def one_line(value: str | None) -> str:
    """Return a text with single spaces and without tags of HTML, which indexes leave in titles."""
    return " ".join(html.unescape(re.sub(r"</?[A-Za-z][^<>]{0,80}>", "", value or "")).split())
