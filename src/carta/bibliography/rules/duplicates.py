"""Rules: no key and no work is there twice."""

from __future__ import annotations

from collections.abc import Iterator

from carta.bibliography.entries import BibEntry
from carta.bibliography.library import Library, parent_keys, work_identifiers
from carta.bibliography.rules.rule import at, shown
from carta.bibliography.texts import plain_text
from carta.bibliography.titles import is_description, normalise_title, tells_the_work
from carta.bibliography.years import year_of
from carta.findings import Finding

_SCHEMES = {"doi": "DOI", "pmid": "PMID", "pmcid": "PMCID", "arxiv": "arXiv identifier"}


def duplicate_keys(library: Library) -> Iterator[Finding]:
    """No two keys are the same; BibTeX does not tell upper from lower case."""
    for entry in library.entries:
        first = library.by_key[entry.key.lower()]
        if first is entry:
            continue
        same = "the same key as" if first.key == entry.key else f"but for its case the key '{first.key}' of"
        yield at(
            library,
            entry,
            "",
            "duplicate-key",
            "error",
            f"'{entry.key}' has {same} the entry on line {first.line}; pybtex drops this one in silence.",
            "Keep one of the two entries, or give this one another key.",
        )


def duplicate_identifiers(library: Library) -> Iterator[Finding]:
    """No two entries share a DOI, PMID, PMCID or arXiv identifier."""
    first_with: dict[tuple[str, str], BibEntry] = {}
    for entry in library.entries:
        for scheme, value in work_identifiers(entry).items():
            first = first_with.setdefault((scheme, value), entry)
            if not _may_share(first, entry):
                yield at(
                    library,
                    entry,
                    scheme,
                    "duplicate-work",
                    "error",
                    f"'{entry.key}' has the {_SCHEMES[scheme]} {value} of '{first.key}' on line "
                    f"{first.line}: one work under two keys.",
                    "Merge the two entries, or correct the identifier.",
                )


def duplicate_titles(library: Library) -> Iterator[Finding]:
    """No two entries share a title, unless they are said to be related.

    An error where nothing tells the two apart; a warning where year or identifier differ, since
    a congress abstract, a preprint and the paper may carry one title.
    """
    first_with: dict[str, BibEntry] = {}
    for entry in library.entries:
        title = entry.fields.get("title", "")
        if not title or is_description(title):
            continue
        normalised = normalise_title(title)
        if not tells_the_work(normalised):
            continue
        first = first_with.setdefault(normalised, entry)
        if _may_share(first, entry):
            continue
        known, other = work_identifiers(first), work_identifiers(entry)
        if any(known[scheme] == other[scheme] for scheme in known.keys() & other.keys()):
            continue
        years = {year_of(first.fields), year_of(entry.fields)} - {None}
        told_apart = bool(known.keys() & other.keys()) or len(years) > 1
        yield at(
            library,
            entry,
            "title",
            "duplicate-work",
            "warning" if told_apart else "error",
            f"'{entry.key}' has the title of '{first.key}' on line {first.line}: {shown(plain_text(title))}.",
            f"Merge the two, or, where they are two works, write related = {{{first.key}}} here.",
        )


def _may_share(first: BibEntry, entry: BibEntry) -> bool:
    """Whether the two are one entry, a repeated key (reported as such), a parent, or said to be related."""
    one, other = first.key.lower(), entry.key.lower()
    return one == other or one in _linked(entry) or other in _linked(first)


def _linked(entry: BibEntry) -> set[str]:
    related = [key.strip().lower() for key in entry.fields.get("related", "").split(",")]
    return {*related, *(key.lower() for key in parent_keys(entry))}
