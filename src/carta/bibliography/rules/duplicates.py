"""Rules: no key and no work is there twice."""

from __future__ import annotations

from collections.abc import Iterator

from carta.bibliography.entries import BibEntry
from carta.bibliography.library import Library, work_identifiers
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
            if not library.may_share(first, entry):
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
    first_with: dict[str, tuple[BibEntry, dict[str, str], str | None]] = {}
    for entry in library.entries:
        title = entry.fields.get("title", "")
        if not title or is_description(title):
            continue
        normalised = normalise_title(title)
        if not tells_the_work(normalised):
            continue
        other, year = work_identifiers(entry), year_of(entry.fields)
        first, known, first_year = first_with.setdefault(normalised, (entry, other, year))
        if library.may_share(first, entry):
            continue
        if any(known[scheme] == other[scheme] for scheme in known.keys() & other.keys()):
            continue
        told_apart = bool(known.keys() & other.keys()) or (year and first_year and year != first_year)
        yield at(
            library,
            entry,
            "title",
            "duplicate-work",
            "warning" if told_apart else "error",
            f"'{entry.key}' has the title of '{first.key}' on line {first.line}: {shown(plain_text(title))}.",
            f"Merge the two, or, where they are two works, write related = {{{first.key}}} here.",
        )
