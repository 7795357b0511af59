"""Rules: identifiers, addresses, years and pages have the form they should have."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from carta.bibliography import identifiers
from carta.bibliography.entries import BibEntry
from carta.bibliography.library import Library, arxiv_of
from carta.bibliography.pages import wrong_with_pages
from carta.bibliography.rules.rule import at, shown
from carta.bibliography.texts import plain_text
from carta.bibliography.years import is_not_yet, wrong_with_date, wrong_with_year
from carta.findings import Finding

Wrong = Callable[[str], str | None]

#: Field to the rule's name, the scheme as a reader knows it, and the check.
SCHEMES: dict[str, tuple[str, str, Wrong]] = {
    "doi": ("doi", "DOI", identifiers.wrong_with_doi),
    "pmid": ("pmid", "PMID", identifiers.wrong_with_pmid),
    "pmcid": ("pmcid", "PMCID", identifiers.wrong_with_pmcid),
    "pmc": ("pmcid", "PMCID", identifiers.wrong_with_pmcid),
    "isbn": ("isbn", "ISBN", identifiers.wrong_with_isbn),
    "issn": ("issn", "ISSN", identifiers.wrong_with_issn),
    "nct": ("nct", "NCT number", identifiers.wrong_with_nct),
    "url": ("url", "address", identifiers.wrong_with_url),
}
#: Fields that may hold several identifiers, and the length of the longest without its hyphens.
_SEVERAL = {"isbn": 13, "issn": 8, "nct": 11}

_LABEL = re.compile(r"(?:[ep]-?|print |online )?is[bs]n(?:-?1[03])?[:\s]\s*", re.IGNORECASE)
_NCT_IN_TEXT = re.compile(r"\bNCT[ -]?[0-9]+\b")
_NCT_FIELDS = ("title", "booktitle", "note", "howpublished", "url")
_MENDS = {
    "doi": "Copy the DOI from the publisher's page.",
    "pmid": "Copy the number from the PubMed page.",
    "pmcid": "Copy it from the PubMed Central page: PMC and a number.",
    "isbn": "Copy it from the book or its publisher's page.",
    "issn": "Copy it from the journal's page.",
    "nct": "Copy it from ClinicalTrials.gov: NCT and eight digits.",
    "url": "Write the full address as the browser shows it, from https:// on.",
}


def _single_values(field: str, value: str) -> list[str]:
    value = value.strip("{} ")
    if field not in _SEVERAL:
        return [value]
    bare = re.sub(r"\([^()]*\)", " ", value)
    values: list[str] = []
    for part in re.split(r"[,;/]", bare):
        part = _LABEL.sub("", part.strip(), count=1)
        long = len(part.replace(" ", "").replace("-", "")) > _SEVERAL[field]
        values += part.split() if long else [part]
    return [part for part in values if part]


def identifier_rule(rule: str) -> Callable[[BibEntry, Library], Iterator[Finding]]:
    """Make the rule that checks all fields of one scheme."""
    fields = [field for field, (name, _, _) in SCHEMES.items() if name == rule]

    def check(entry: BibEntry, library: Library) -> Iterator[Finding]:
        for field in fields:
            if not entry.has(field):
                continue
            _, scheme, wrong_with = SCHEMES[field]
            for value in _single_values(field, entry.fields[field]):
                problem = wrong_with(value)
                if problem:
                    yield at(
                        library,
                        entry,
                        field,
                        rule,
                        "error",
                        f"The {scheme} {shown(value)} of '{entry.key}' {problem}.",
                        _MENDS[rule],
                    )

    return check


def arxiv(entry: BibEntry, library: Library) -> Iterator[Finding]:
    """An ``eprint`` of arXiv, or an ``arxiv`` field, has one of arXiv's two forms."""
    found = arxiv_of(entry)
    if found:
        field, value = found
        problem = identifiers.wrong_with_arxiv(value.strip("{} "))
        if problem:
            yield at(
                library,
                entry,
                field,
                "arxiv",
                "error",
                f"The arXiv identifier {shown(value)} of '{entry.key}' {problem}.",
                "Copy it from the arXiv page.",
            )


def nct_in_text(entry: BibEntry, library: Library) -> Iterator[Finding]:
    """A registration number inside a title, note or address has its eight digits."""
    for field in _NCT_FIELDS:
        for found in dict.fromkeys(_NCT_IN_TEXT.findall(entry.fields.get(field, ""))):
            problem = identifiers.wrong_with_nct(found)
            if problem:
                yield at(
                    library,
                    entry,
                    field,
                    "nct",
                    "error",
                    f"{shown(found)} in the {field} of '{entry.key}' {problem}.",
                    _MENDS["nct"],
                )


def bare_identifier(entry: BibEntry, library: Library) -> Iterator[Finding]:
    """DOI, PMID and PMCID stand without address or prefix, which a style adds itself."""
    bare_forms = {
        "doi": identifiers.bare_doi,
        "pmid": identifiers.normalise_pmid,
        "pmcid": identifiers.bare_pmcid,
    }
    for field, bare_form in bare_forms.items():
        value = entry.fields.get(field, "").strip("{} ")
        if not value or SCHEMES[field][2](value) is not None:
            continue
        bare = bare_form(value)
        if bare != value:
            yield at(
                library,
                entry,
                field,
                "bare-identifier",
                "warning",
                f"The {field} of '{entry.key}' is {shown(value)}, an address or a prefix and the identifier.",
                f"Write {field} = {{{bare}}}.",
            )


def year(entry: BibEntry, library: Library) -> Iterator[Finding]:
    """Year and date have their form and lie within reason; words such as ``in press`` are a warning."""
    for field, wrong_with in (("year", wrong_with_year), ("date", wrong_with_date)):
        if not entry.has(field):
            continue
        value = entry.fields[field]
        if is_not_yet(value):
            yield at(
                library,
                entry,
                field,
                "year",
                "warning",
                f"The {field} of '{entry.key}' is {shown(value)}; no year is printed.",
                "Put the year as soon as there is one, and the words in the note.",
            )
        elif problem := wrong_with(value, library.latest_year):
            yield at(
                library,
                entry,
                field,
                "year",
                "error",
                f"The {field} {shown(value)} of '{entry.key}' {problem}.",
                "Write the year of publication in four digits."
                if field == "year"
                else "Write the date as 2024-02-22.",
            )


def pages(entry: BibEntry, library: Library) -> Iterator[Finding]:
    """Page ranges run forwards, are whole, and hold no words."""
    if not entry.has("pages"):
        return
    problem = wrong_with_pages(plain_text(entry.fields["pages"]))
    if problem:
        yield at(
            library,
            entry,
            "pages",
            "pages",
            "warning" if problem.kind in ("abbreviated", "prefix") else "error",
            f"The pages of '{entry.key}': the field {problem.message}.",
            problem.mend,
        )
