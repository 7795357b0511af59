"""The search index as scripts that a page can load from anywhere, also from a disk, where nothing can be fetched.

``index.js`` holds words and where they stand; the words of each page, for excerpts, are a script of their own, which
is loaded when one of its records is shown. The engine, MiniSearch, takes the index without reading a text.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any

from carta.site.search.pages import Record
from carta.site.search.synonyms import Synonyms
from carta.site.search.words import STOP_WORDS, words

#: Kinds of records, in the order in which a reader may choose among them.
KINDS = ("chapter", "study", "trial", "claim", "term")
#: Parts of a record that are weighed apart, and the letter that stands for each in the index.
FIELDS = {"title": "T", "names": "N", "context": "C", "text": "X"}

_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"


@dataclass(frozen=True)
class Counted:
    """A record and how often each word stands in each of its fields, in the order of :data:`FIELDS`."""

    record: Record
    counts: tuple[Mapping[str, int], ...]

    def as_json(self) -> dict[str, Any]:
        """Return it as plain data."""
        return {"record": asdict(self.record), "counts": [dict(count) for count in self.counts]}

    @classmethod
    def from_json(cls, data: dict[str, Any]) -> Counted:
        """Return what :meth:`as_json` gave."""
        return cls(Record(**data["record"]), tuple(data["counts"]))


def count(record: Record) -> Counted:
    """Count the words of a record."""
    parts = (record.title, " \n ".join(record.names), record.context, record.text)
    return Counted(record, tuple(Counter(words(part)) for part in parts))


def base36(number: int) -> str:
    """Return a natural number as JavaScript's ``toString(36)`` does."""
    digits = ""
    while number >= 36:
        number, rest = divmod(number, 36)
        digits = _DIGITS[rest] + digits
    return _DIGITS[number] + digits


def index_script(counted: Sequence[Counted], synonyms: Synonyms) -> str:
    """Return ``index.js``; the same records give the same script."""
    pages = sorted({_page(one.record) for one in counted})
    place = {page: number for number, page in enumerate(pages)}
    records = [
        [
            KINDS.index(one.record.kind),
            place[_page(one.record)],
            one.record.address.partition("#")[2],
            one.record.title,
            one.record.context,
        ]
        for one in counted
    ]
    postings: dict[str, list[list[str]]] = {}
    for field in range(len(FIELDS)):
        last: dict[str, int] = {}
        for number, one in enumerate(counted):
            for word, times in one.counts[field].items():
                step = base36(number - last.get(word, 0))
                last[word] = number
                found = postings.setdefault(word, [[] for _ in FIELDS])
                found[field].append(step if times == 1 else f"{step}*{base36(times)}")
    vocabulary = sorted(postings)
    data = {
        "kinds": KINDS,
        "fields": FIELDS,
        "stopWords": sorted(STOP_WORDS),
        "pages": pages,
        "records": records,
        "lengths": [[len(one.counts[field]) for one in counted] for field in range(len(FIELDS))],
        "words": " ".join(_front_coded(vocabulary)),
        "postings": " ".join(
            "".join(
                letter + ".".join(steps)
                for letter, steps in zip(FIELDS.values(), postings[word], strict=True)
                if steps
            )
            for word in vocabulary
        ),
        "synonyms": synonyms,
    }
    return f"cartaSearch.take({_json(data)});\n"


def text_scripts(counted: Iterable[Counted]) -> dict[str, str]:
    """Return the script with the words of each page, by the page's name."""
    texts: dict[str, dict[str, str]] = {}
    for one in counted:
        texts.setdefault(_page(one.record), {})[one.record.address.partition("#")[2]] = one.record.text
    return {page: f"cartaSearch.words({_json(page)},{_json(found)});\n" for page, found in texts.items()}


def _page(record: Record) -> str:
    return record.address.partition("#")[0].removesuffix(".html")


def _front_coded(sorted_words: Iterable[str]) -> Iterable[str]:
    """Yield each word as the length of what it shares with the one before, and the rest."""
    before = ""
    for word in sorted_words:
        shared = 0
        for ours, theirs in zip(word, before, strict=False):
            if ours != theirs or shared == 35:
                break
            shared += 1
        yield _DIGITS[shared] + word[shared:]
        before = word


def _json(data: Any) -> str:
    # Not ``</script>`` but within a script of its own; the two line separators are allowed in strings today.
    return json.dumps(data, ensure_ascii=False, separators=(",", ":"))
