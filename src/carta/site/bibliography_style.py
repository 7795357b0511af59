"""The list of references as the rest of the site cites: our own full citations, linked and sorted by name."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from typing import TYPE_CHECKING, Any

from pybtex.plugin import register_plugin
from pybtex.richtext import HRef, Text
from pybtex.style import FormattedEntry
from pybtex.style.formatting import BaseStyle

from carta.bibliography.entries import BibEntry
from carta.bibliography.formatting import canonical_url, full_citation_text, short_citation

if TYPE_CHECKING:
    from sphinx.application import Sphinx

NAME = "carta"


def _ours(entry: Any) -> BibEntry:
    return BibEntry(
        key=entry.key,
        type=entry.type.lower(),
        fields={name.lower(): value for name, value in entry.fields.items()},
        persons={role.lower(): [str(person) for person in people] for role, people in entry.persons.items()},
    )


def labels(entries: Iterable[BibEntry]) -> dict[str, str]:
    """Return the label of each entry by its key: the short citation, with a letter where several share one."""
    shorts = {entry.key: short_citation(entry) for entry in entries}
    total, seen = Counter(shorts.values()), Counter[str]()
    result = {}
    for key in sorted(shorts):
        short = shorts[key]
        seen[short] += 1
        # "2024b", but "n.d. b".
        space = "" if short[-1:].isdigit() else " "
        result[key] = f"{short}{space}{_letters(seen[short])}" if total[short] > 1 else short
    return result


class CartaStyle(BaseStyle):  # type: ignore[misc]
    """Sorted by name and year; every work links to its canonical address."""

    def __init__(self, *arguments: Any, **options: Any) -> None:
        super().__init__(*arguments, **options)
        # pybtex sets these two on the object, where they would hide methods of the same name.
        self.sort = self._sort
        self.format_labels = self._format_labels

    def _sort(self, entries: Iterable[Any]) -> list[Any]:
        """Return the entries by short citation, then by key."""
        return sorted(entries, key=lambda entry: (short_citation(_ours(entry)).casefold(), entry.key))

    def _format_labels(self, sorted_entries: Iterable[Any]) -> Iterator[str]:
        """Yield a short citation for each; where several works share one, a letter tells them apart."""
        ours = [_ours(entry) for entry in sorted_entries]
        named = labels(ours)
        return iter(named[entry.key] for entry in ours)

    def format_entry(self, label: str, entry: Any, bib_data: Any = None) -> FormattedEntry:
        """Return the full citation with a link."""
        ours = _ours(entry)
        text = [full_citation_text(ours)]
        if url := canonical_url(ours):
            text += [" ", HRef(url, "Link")]
        return FormattedEntry(entry.key, Text(*text), label)


def _letters(position: int) -> str:
    """Return a, b, … z, aa, ab, …"""
    letters = ""
    while position:
        position, rest = divmod(position - 1, 26)
        letters = chr(ord("a") + rest) + letters
    return letters


def setup(app: Sphinx) -> None:
    """Make the style known as ``carta``."""
    register_plugin("pybtex.style.formatting", NAME, CartaStyle)
