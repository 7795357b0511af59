"""One entry for human readers: a short citation, a full one, and the address to link."""

from __future__ import annotations

import re
from urllib.parse import quote

from carta.bibliography import identifiers
from carta.bibliography.entries import OTHERS, BibEntry
from carta.bibliography.library import work_identifiers
from carta.bibliography.names import Name, parse_name
from carta.bibliography.texts import plain_text
from carta.bibliography.years import is_not_yet, year_of

#: Names that a full citation prints before "et al.".
MOST_NAMES = 3

_NO_DATE = "n.d."
#: Characters of a DOI that an address may hold as they are.
_SAFE_IN_DOI = "/:;().,_-~!*'@+"
#: How a description in place of a title begins in the file; readers know it by its brackets.
_DESCRIPTION = re.compile(r"^\[Description:\s*")
#: What holds a work that stands in no journal.
_HOLDERS = ("booktitle", "publisher", "institution", "school")
#: A longer one is a sentence on the source, no name.
LONGEST_BODY = 60
#: Whose work it is where no person is named, in order of preference.
_BODIES = ("organization", "institution", "publisher", "journal", "howpublished")


def short_citation(entry: BibEntry) -> str:
    """Return ``Müller et al., 2024``; both names of two, a body in full, the title where nobody is named."""
    names, more = _names(entry)
    last = [name.last for name in names]
    if not last:
        by = _nobody(entry)
    elif len(last) == 1:
        by = f"{last[0]} et al." if more else last[0]
    elif len(last) == 2 and not more:
        by = f"{last[0]} and {last[1]}"
    else:
        by = f"{last[0]} et al."
    year = _year(entry)
    # A congress carries its year in its name.
    return by if not last and re.search(rf"\b{re.escape(year)}\b", by) else f"{by}, {year}"


def full_citation_text(entry: BibEntry) -> str:
    """Return the reference as plain text.

    It looks like ``Müller F, Taubmann J, Bucci L, et al. (2024). Title. Journal 390(8):687–700. doi:10.…``.
    A description in place of a title stands in brackets; parts that the entry does not have are left out.
    """
    names, more = _names(entry)
    listed = [_family_first(name) for name in names[:MOST_NAMES]]
    if listed and (more or len(names) > MOST_NAMES):
        listed.append("et al.")
    by = ", ".join(listed)
    title = shown_title(entry)
    parts = [f"{by} ({_year(entry)}).".strip(), _sentence(title), _sentence(_where(entry))]
    found = work_identifiers(entry)
    if "doi" in found:
        parts.append(f"doi:{_doi_as_written(entry)}")
    elif "pmid" in found:
        parts.append(f"PMID {found['pmid']}")
    return " ".join(part for part in parts if part)


def shown_title(entry: BibEntry) -> str:
    """Return the title as readers see it; a description in place of one keeps its brackets, by which it is known."""
    return _DESCRIPTION.sub("[", plain_text(entry.fields.get("title", "")))


def canonical_url(entry: BibEntry) -> str | None:
    """Return the address to link: DOI, else PubMed, PubMed Central, the registry, the ``url``; or ``None``.

    Identifiers and addresses that are malformed are passed over.
    """
    found = work_identifiers(entry)
    if "doi" in found:
        return f"https://doi.org/{quote(_doi_as_written(entry), safe=_SAFE_IN_DOI)}"
    if "pmid" in found:
        return f"https://pubmed.ncbi.nlm.nih.gov/{found['pmid']}/"
    if "pmcid" in found:
        return f"https://pmc.ncbi.nlm.nih.gov/articles/{found['pmcid']}/"
    if registered := re.search(r"\bNCT[0-9]{8}\b", entry.fields.get("nct", "")):
        return f"https://clinicaltrials.gov/study/{registered.group()}"
    if "arxiv" in found:
        return f"https://arxiv.org/abs/{found['arxiv']}"
    url = entry.fields.get("url", "").strip("{} ")
    return url if url and identifiers.wrong_with_url(url) is None else None


def _doi_as_written(entry: BibEntry) -> str:
    return identifiers.bare_doi(entry.fields["doi"].strip("{} "))


def _names(entry: BibEntry) -> tuple[list[Name], bool]:
    """Names of the authors, or else the editors, and whether there are others."""
    raw = next((entry.persons[role] for role in ("author", "editor") if entry.has(role)), [])
    named = [name for name in raw if name.lower() != OTHERS]
    # A name that does not parse is shown as written, never left out.
    parsed = [parse_name(name) or Name((), plain_text(name), "", is_body=True) for name in named]
    return [name for name in parsed if name.last], len(named) < len(raw)


def _nobody(entry: BibEntry) -> str:
    body = next((plain_text(entry.fields[name]) for name in _BODIES if entry.has(name)), "")
    if 0 < len(body) <= LONGEST_BODY:
        # Of an abstract in a supplement, the meeting says more than the journal that printed it.
        meeting = re.search(r"\((?P<name>[^()]*\b(?:19|20)\d\d\b[^()]*)\)$", body)
        return meeting["name"] if meeting else body
    # The brackets say that these words are no title; the full reference says it in words.
    title = shown_title(entry)
    words = title.split()
    if not words:
        return entry.key
    short = " ".join(words[:6]) + (" …" if len(words) > 6 else "")
    return f"{short}]" if title.startswith("[") and not short.endswith("]") else short


def _family_first(name: Name) -> str:
    return " ".join(part for part in (name.last, name.initials, name.lineage) if part)


def _year(entry: BibEntry) -> str:
    year = year_of(entry.fields)
    if year is None:
        return _NO_DATE
    return year.lower() if is_not_yet(year) else year


def _where(entry: BibEntry) -> str:
    """Journal with volume, number and pages; or the book, body or medium."""
    volume, number, pages = (_range(entry, name) for name in ("volume", "number", "pages"))
    journal = plain_text(entry.fields.get("journal", "") or entry.fields.get("journaltitle", ""))
    place = f"{volume}({number})" if volume and number else volume or (f"({number})" if number else "")
    if journal:
        tail = f"{place}:{pages}" if place and pages else place or pages
        return f"{journal} {tail}".strip()
    held_in = [plain_text(entry.fields.get(name, "")) for name in _HOLDERS]
    if not any(held_in):
        held_in = [plain_text(entry.fields.get("howpublished", "") or entry.fields.get("organization", ""))]
    # A body that is its own publisher is named once, as the author.
    authors = {plain_text(name) for name in entry.persons.get("author", ())}
    held_in = [part for part in held_in if part and part not in authors]
    if held_in and pages:
        held_in[-1] += f":{pages}"
    return ", ".join(held_in)


def _range(entry: BibEntry, name: str) -> str:
    return re.sub(r"(?<=\w)\s*-{1,3}\s*(?=\w)", "–", plain_text(entry.fields.get(name, "")))


def _sentence(text: str) -> str:
    return text if not text or text.endswith((".", "?", "!", "]")) else f"{text}."
