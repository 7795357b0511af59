"""All entries of one file, and what is asked across them: keys, parents, inherited fields, identifiers."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property

from carta.bibliography import identifiers
from carta.bibliography.entries import BibEntry, BibFile

#: No more parents than this are followed from one entry.
LONGEST_CHAIN = 10

#: biblatex hands a parent's title down under these names.
_HANDED_DOWN = {"booktitle": "title", "journal": "title", "journaltitle": "title", "maintitle": "title"}


@dataclass(frozen=True)
class Library:
    """One file as the rules see it."""

    bib_file: BibFile
    #: Cited key to the file and line of its first citation; ``None`` for a file that is not ours to cite.
    cited: Mapping[str, tuple[str, int]] | None
    #: Keys that count as used since a record of the evidence base stands behind them.
    known: Collection[str]
    #: The last year that can be right.
    latest_year: int

    @property
    def entries(self) -> list[BibEntry]:
        """All entries, duplicates too."""
        return self.bib_file.entries

    @cached_property
    def by_key(self) -> dict[str, BibEntry]:
        """Key in lower case to its first entry, which is the one that pybtex keeps."""
        first: dict[str, BibEntry] = {}
        for entry in self.entries:
            first.setdefault(entry.key.lower(), entry)
        return first

    @cached_property
    def marks_confirmation(self) -> bool:
        """Whether the file says in ``confirmed`` which fields were read in a source, as ours does."""
        return any("confirmed" in entry.fields for entry in self.entries)

    def ancestors(self, entry: BibEntry) -> Iterator[BibEntry]:
        """Parents by ``crossref`` and ``xdata``, and theirs, each once; missing ones are left out."""
        seen = {entry.key.lower()}
        waiting = list(self._parents[id(entry)])
        while waiting and len(seen) <= LONGEST_CHAIN:
            key = waiting.pop(0)
            parent = self.by_key.get(key)
            if key not in seen and parent is not None:
                seen.add(key)
                yield parent
                waiting += self._parents[id(parent)]

    def has(self, entry: BibEntry, name: str) -> bool:
        """Return whether a field or role is there and not empty, in the entry or inherited."""
        if name in self._present[id(entry)]:
            return True
        handed_down = {name, _HANDED_DOWN.get(name, name)}
        return any(not handed_down.isdisjoint(self._present[id(parent)]) for parent in self.ancestors(entry))

    def may_share(self, first: BibEntry, entry: BibEntry) -> bool:
        """Return whether two entries may be alike: they share a key, or one names the other as its relation.

        A repeated key is a finding of its own; relations are parents and ``related``.
        """
        one, other = first.key.lower(), entry.key.lower()
        return one == other or one in self._linked[id(entry)] or other in self._linked[id(first)]

    # An entry holds dictionaries and cannot be a key itself; the library keeps it alive, so its id can.
    # Each of these is made once, since many entries may ask for the same long parent.

    @cached_property
    def _present(self) -> dict[int, frozenset[str]]:
        return {id(entry): frozenset(entry.names()) for entry in self.entries}

    @cached_property
    def _parents(self) -> dict[int, list[str]]:
        return {
            id(entry): [key.lower() for key in parent_keys(entry)[:LONGEST_CHAIN]] for entry in self.entries
        }

    @cached_property
    def _linked(self) -> dict[int, frozenset[str]]:
        return {
            id(entry): frozenset(
                key.strip().lower()
                for key in (*parent_keys(entry), *entry.fields.get("related", "").split(","))
            )
            for entry in self.entries
        }


def parent_keys(entry: BibEntry) -> list[str]:
    """Return the keys that an entry inherits from."""
    keys = [entry.fields.get("crossref", "").strip(), *entry.fields.get("xdata", "").split(",")]
    return [key.strip() for key in keys if key.strip()]


def arxiv_of(entry: BibEntry) -> tuple[str, str] | None:
    """Return field and value of an arXiv identifier, or ``None``."""
    if entry.has("arxiv"):
        return "arxiv", entry.fields["arxiv"]
    eprint = entry.fields.get("eprint", "")
    archive = entry.fields.get("archiveprefix", "") or entry.fields.get("eprinttype", "")
    if eprint and (archive.strip("{} ").lower() == "arxiv" or "arxiv" in eprint.lower()):
        return "eprint", eprint
    return None


def work_identifiers(entry: BibEntry) -> dict[str, str]:
    """Return the well-formed identifiers in normal form, by ``doi``, ``pmid``, ``pmcid`` and ``arxiv``."""
    found: dict[str, str] = {}
    doi = entry.fields.get("doi", "").strip("{} ")
    if doi and identifiers.wrong_with_doi(doi) is None:
        found["doi"] = identifiers.normalise_doi(doi)
    pmid = entry.fields.get("pmid", "").strip("{} ")
    if pmid and identifiers.wrong_with_pmid(pmid) is None:
        found["pmid"] = identifiers.normalise_pmid(pmid)
    pmcid = (entry.fields.get("pmcid", "") or entry.fields.get("pmc", "")).strip("{} ")
    if pmcid and identifiers.wrong_with_pmcid(pmcid) is None:
        found["pmcid"] = identifiers.normalise_pmcid(pmcid)
    arxiv = arxiv_of(entry)
    if arxiv and identifiers.wrong_with_arxiv(arxiv[1]) is None:
        found["arxiv"] = identifiers.normalise_arxiv(arxiv[1])
    return found
