"""Rules: what was never read in a source is marked, and an unread title is not printed as a title.

Our own file names in ``confirmed = {title, author, year}`` the fields that were read in a source. In a file
where no entry does so, these rules are silent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from carta.bibliography.entries import BibEntry
from carta.bibliography.library import Library
from carta.bibliography.rules.rule import at
from carta.bibliography.texts import plain_text
from carta.bibliography.titles import is_description
from carta.findings import Finding

#: Fields that are our own words about the entry, or steer how it is read.
NOT_FROM_A_SOURCE = frozenset(
    {
        "abstract",
        "annote",
        "archiveprefix",
        "comment",
        "confirmed",
        "crossref",
        "date-added",
        "date-modified",
        "eprinttype",
        "file",
        "howpublished",
        "keywords",
        "langid",
        "missing",
        "note",
        "owner",
        "related",
        "relatedtype",
        "timestamp",
        "type",
        "urldate",
        "xdata",
    }
)


#: What a title says of itself when nobody read it.
_ADMITS_UNREAD = re.compile(
    r"\b(?:to be (?:confirmed|checked)|titles? (?:was |were )?(?:not |un)(?:seen|read|known|confirmed|recalled)"
    r"|exact titles?|title recalled|title truncated)\b",
    re.IGNORECASE,
)


def confirmed_fields(entry: BibEntry, mark: str = "confirmed") -> set[str]:
    """Return the field names listed in a mark (``confirmed`` or ``missing``), in lower case."""
    return set(re.findall(r"[^\s,;{}]+", entry.fields.get(mark, "").lower()))


def unconfirmed(entry: BibEntry, library: Library) -> Iterator[Finding]:
    """Fields that were never verified are named, one notice an entry; the title has its own rule."""
    if not library.marks_confirmation:
        return
    confirmed = confirmed_fields(entry)
    open_fields = [
        name
        for name in entry.names()
        if name not in confirmed and name not in NOT_FROM_A_SOURCE and name != "title"
    ]
    if open_fields:
        yield at(
            library,
            entry,
            "",
            "unconfirmed",
            "notice",
            f"Never verified in '{entry.key}': {', '.join(sorted(open_fields))}.",
            "Read them at the publisher, PubMed or the registry, and name them in confirmed.",
        )


def confirmed_but_absent(entry: BibEntry, library: Library) -> Iterator[Finding]:
    """``confirmed`` names only fields that are there."""
    absent = sorted(confirmed_fields(entry) - set(entry.names()))
    if absent:
        yield at(
            library,
            entry,
            "confirmed",
            "confirmed-absent",
            "warning",
            f"'{entry.key}' confirms {', '.join(absent[:10])}, which the entry does not have.",
            "Correct the name, or add the field.",
        )


def unconfirmed_title(entry: BibEntry, library: Library) -> Iterator[Finding]:
    """A title that was not read is a bracketed description, which says that it is none, and is not confirmed."""
    if not library.marks_confirmation or not entry.has("title"):
        return
    title = entry.fields["title"]
    if "title" in confirmed_fields(entry):
        words = plain_text(title)
        if words.startswith("[Description") or _ADMITS_UNREAD.search(words):
            yield at(
                library,
                entry,
                "title",
                "unconfirmed-title",
                "error",
                f"The title of '{entry.key}' is called confirmed, but says itself that it was not read.",
                "Take title out of confirmed, and write title = {{[Description: what the source is]}}.",
            )
        return
    if is_description(title):
        yield at(
            library,
            entry,
            "title",
            "unconfirmed-title",
            "notice",
            f"The title of '{entry.key}' was not read; a description in brackets stands in its place.",
            "Read the title at the publisher, PubMed or the registry, and confirm it.",
        )
    else:
        yield at(
            library,
            entry,
            "title",
            "unconfirmed-title",
            "error",
            f"The title of '{entry.key}' was never read in a source, but would be printed as its title.",
            "Confirm it, or write title = {{[Description: what the source is]}}.",
        )
