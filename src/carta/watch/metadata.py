"""What an index says of a work we cite, against ``references.bib``; and the notices on it."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from datetime import date
from typing import Any, NamedTuple

from carta.bibliography.entries import BibEntry
from carta.bibliography.identifiers import normalise_doi, normalise_pmid
from carta.bibliography.texts import plain_text
from carta.bibliography.titles import is_description, normalise_title
from carta.evidence.yaml_edit import dated
from carta.watch.answers import NoticeFound, Paper
from carta.watch.changes import NewDisagreement, NewNotice
from carta.watch.known import Known


def compare_entry(key: str, entry: BibEntry, theirs: Paper) -> Iterator[NewDisagreement]:
    """Yield the fields in which an index contradicts an entry; what either leaves out is no contradiction."""
    ours = {name: plain_text(value) for name, value in entry.fields.items()}

    def differ(name: str, value: str) -> NewDisagreement:
        return NewDisagreement(key, name, ours[name], value, theirs.source)

    if ours.get("title") and theirs.title:
        mine, other = normalise_title(entry.fields["title"]), normalise_title(theirs.title)
        # One of the two may carry the subtitle.
        if is_description(entry.fields["title"]) or not (mine.startswith(other) or other.startswith(mine)):
            yield differ("title", theirs.title)
    year = ours.get("year", "")
    if year.isdigit() and theirs.years and int(year) not in theirs.years:
        yield differ("year", " or ".join(map(str, theirs.years)))
    if entry.type == "article" and ours.get("journal") and theirs.journals:
        mine = _journal(ours["journal"])
        if not any(_one_journal(mine, _journal(name)) for name in theirs.journals):
            yield differ("journal", theirs.journals[0])
    if ours.get("volume") and theirs.volume and ours["volume"].strip() != theirs.volume.strip():
        yield differ("volume", theirs.volume)
    if ours.get("pages") and theirs.pages and _first_page(ours["pages"]) != _first_page(theirs.pages):
        yield differ("pages", theirs.pages)
    if ours.get("doi") and theirs.doi and normalise_doi(ours["doi"]) != theirs.doi:
        yield differ("doi", theirs.doi)
    if ours.get("pmid") and theirs.pmid and normalise_pmid(ours["pmid"]) != theirs.pmid:
        yield differ("pmid", theirs.pmid)


def _journal(name: str) -> str:
    plain = re.sub(r"\([^)]*\)", "", name)
    return re.sub(r"\b(the|of|and|for|in)\b", "", normalise_title(plain)).replace("  ", " ").strip()


def _one_journal(mine: str, other: str) -> bool:
    if mine == other or f" {mine} " in f" {other} " or f" {other} " in f" {mine} ":
        return True
    # An abbreviation: each word begins the word at its place.
    short, long = sorted((mine.split(), other.split()), key=lambda words: sum(map(len, words)))
    return len(short) == len(long) and all(b.startswith(a) for a, b in zip(short, long, strict=True))


def _first_page(pages: str) -> str:
    return re.split(r"[-–—,; ]", pages.strip(), maxsplit=1)[0].lstrip("eE0").lower()


def disagreements(known: Known, papers: Iterable[Paper]) -> list[NewDisagreement]:
    """Return all contradictions of entries by works, each work matched by DOI, else by PMID."""
    found: dict[tuple[str, str, str], NewDisagreement] = {}
    for paper in papers:
        key = known.by_doi.get(paper.doi or "") or known.by_pmid.get(paper.pmid or "")
        if key is not None:
            for item in compare_entry(key, known.bibliography[key], paper):
                found.setdefault((item.of, item.field, item.source), item)
    return sorted(found.values(), key=lambda item: (item.of, item.field, item.source))


def new_notices(known: Known, found: Iterable[NoticeFound], today: date) -> list[NewNotice]:
    """Return the notices that the base does not hold yet, one for each, however many indexes name it."""
    held: dict[str, list[_Name]] = {
        key: [_Name(notice.kind, notice.doi, notice.pmid) for notice in notices]
        for key, notices in known.records.notices.items()
    }
    new: dict[str, list[NewNotice]] = {}
    # Those with DOI and date first, so that a poorer record of the same notice adds nothing.
    for item in sorted(
        found,
        key=lambda item: (item.doi is None, item.date is None, item.kind, item.doi or "", item.pmid or ""),
    ):
        key = known.by_doi.get(item.of_doi or "") or known.by_pmid.get(item.of_pmid or "")
        if key is None:
            continue
        name = _Name(item.kind, item.doi, item.pmid)
        seen = held.setdefault(key, [])
        if any(name.may_be(other) for other in seen):
            continue
        seen.append(name)
        record: dict[str, Any] = {"kind": item.kind}
        if item.date:
            record["date"] = dated(item.date)
        record |= {field: value for field in ("doi", "pmid") if (value := getattr(item, field))}
        if not item.doi and not item.pmid:
            record["note"] = f"{item.source} marks the work so and names no notice."
        record |= {"source": item.source, "found": today}
        new.setdefault(key, []).append(NewNotice(key, record))
    return [notice for key in sorted(new) for notice in new[key]]


class _Name(NamedTuple):
    """What tells one notice on a work from another."""

    kind: str
    doi: str | None
    pmid: str | None

    def may_be(self, other: _Name) -> bool:
        """Whether the two are one notice: the same identifier, or none that both have."""
        if self.kind != other.kind:
            return False
        if self.doi and other.doi:
            return normalise_doi(self.doi) == normalise_doi(other.doi)
        if self.pmid and other.pmid:
            return self.pmid == other.pmid
        return True
