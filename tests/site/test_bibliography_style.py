"""Labels tell works of the same authors and year apart, whatever the order in which they are met."""

from __future__ import annotations

from carta.bibliography.entries import BibEntry
from carta.site.bibliography_style import labels


def _entry(key: str, year: str | None = "2024", name: str = "Müller, Fabian") -> BibEntry:
    fields = {"title": f"About {key}", **({"year": year} if year else {})}
    return BibEntry(key=key, type="article", fields=fields, persons={"author": [name]})


def test_a_letter_only_where_two_works_share_a_citation() -> None:
    entries = [_entry("c"), _entry("a"), _entry("b", "2025"), _entry("d", name="Schett, Georg")]
    named = labels(entries)
    assert named == labels(reversed(entries))
    assert named == {"a": "Müller, 2024a", "c": "Müller, 2024b", "b": "Müller, 2025", "d": "Schett, 2024"}


def test_letters_go_on_after_z() -> None:
    named = labels(_entry(f"work-{number:02}") for number in range(28))
    assert len(set(named.values())) == 28
    assert named["work-26"] == "Müller, 2024aa"
