"""Identifiers of works: for each scheme what is wrong with a value, and its normal form.

Each ``wrong_with_...`` takes the value of a field without white space around it, and returns a
sentence without its subject ("has a wrong check digit"), or ``None`` where nothing is wrong.
"""

from __future__ import annotations

import re
from urllib.parse import urlsplit

from stdnum import isbn, issn
from stdnum.exceptions import InvalidChecksum, InvalidLength, ValidationError

_DOI = re.compile(r"10\.\d{4,9}(?:\.\d+)*/[^\s{}\\]+")
_DOI_ADDRESS = re.compile(r"(?:https?://)?(?:dx\.|www\.)?doi\.org/|doi:\s*|https?://(?=10\.)", re.IGNORECASE)
_PMID_ADDRESS = re.compile(
    r"(?:https?://)?(?:www\.)?(?:pubmed\.ncbi\.nlm\.nih\.gov/|ncbi\.nlm\.nih\.gov/pubmed/)|(?:pmid|pubmed):?\s*",
    re.IGNORECASE,
)
_PMCID_ADDRESS = re.compile(
    r"(?:https?://)?(?:www\.ncbi\.nlm\.nih\.gov/pmc|pmc\.ncbi\.nlm\.nih\.gov|europepmc\.org)/articles?/(?=PMC)"
    r"|pmcid:\s*",
    re.IGNORECASE,
)
_ARXIV_ADDRESS = re.compile(r"(?:https?://)?(?:www\.)?arxiv\.org/(?:abs|pdf)/|arxiv:\s*", re.IGNORECASE)
_ARXIV_NEW = re.compile(r"(\d{2})(\d{2})\.(\d{4,5})(?:v[1-9]\d*)?")
_ARXIV_OLD = re.compile(r"[a-z][a-z-]*(?:\.[A-Z]{2})?/(\d{2})(\d{2})\d{3}(?:v[1-9]\d*)?")
#: Labels with dots between them; an address in brackets (IPv6) is left to the parser.
_HOST = re.compile(r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W_][\w-]{0,62}")


def bare_doi(value: str) -> str:
    """Return the DOI without resolver or prefix, in the case it was written in."""
    return _without(_DOI_ADDRESS, value)


def normalise_doi(value: str) -> str:
    """Return the bare DOI in lower case, the form in which two of them can be compared."""
    return bare_doi(value).lower()


def wrong_with_doi(value: str) -> str | None:
    """A DOI is ``10.``, a registrant of four to nine digits, ``/`` and a suffix. It has no check digit."""
    bare = bare_doi(value)
    if "\\" in bare or "{" in bare or "}" in bare:
        return "holds TeX markup, which breaks the link"
    if re.search(r"\s", bare):
        return "holds white space"
    if re.search("%2f", bare, re.IGNORECASE) and "/" not in bare:
        return "is percent-encoded"
    if not _DOI.fullmatch(bare):
        return "is no DOI, which looks like 10.1056/NEJMoa2308917"
    if re.search("[‐-―−\u00ad\u200b-\u200f]", bare):
        return "holds a typographic dash or an invisible character, which DOIs do not have"
    if bare.endswith((".", ",", ";")):
        return "ends with a punctuation mark"
    return None


def normalise_pmid(value: str) -> str:
    """Return the number alone."""
    return _without(_PMID_ADDRESS, value).rstrip("/")


def wrong_with_pmid(value: str) -> str | None:
    """A PMID is a number of one to eight digits that does not start with zero. It has no check digit."""
    if re.fullmatch(r"PMC\d+", value, re.IGNORECASE):
        return "is a PMCID, not a PMID"
    if not re.fullmatch(r"[1-9][0-9]{0,7}", normalise_pmid(value)):
        return "is no PMID, which is a number of up to eight digits"
    return None


def bare_pmcid(value: str) -> str:
    """Return the PMCID without address or prefix."""
    return _without(_PMCID_ADDRESS, value).rstrip("/")


def normalise_pmcid(value: str) -> str:
    """Return ``PMC`` and the number, without a version."""
    return bare_pmcid(value).upper().split(".")[0]


def wrong_with_pmcid(value: str) -> str | None:
    """A PMCID is ``PMC`` and a number, with or without a version. It has no check digit."""
    if re.fullmatch(r"[0-9]+", value):
        return "lacks the letters PMC in front of its number"
    bare = bare_pmcid(value)
    if not re.fullmatch(r"PMC[1-9][0-9]{1,8}(?:\.[0-9]+)?", bare, re.IGNORECASE):
        return "is no PMCID, which looks like PMC10391090"
    return None


def normalise_arxiv(value: str) -> str:
    """Return the identifier without ``arXiv:`` and version."""
    return re.sub(r"v\d+$", "", _without(_ARXIV_ADDRESS, value))


def wrong_with_arxiv(value: str) -> str | None:
    """Check the form: ``YYMM.NNNN`` from April 2007, five digits from 2015, ``archive/YYMMNNN`` before."""
    bare = _without(_ARXIV_ADDRESS, value)
    if new := _ARXIV_NEW.fullmatch(bare):
        year, month, number = new.groups()
        if not 1 <= int(month) <= 12:
            return f"names a month {month}"
        if year + month < "0704":
            return "has the form of 2007 and later, but an earlier date"
        if len(number) != (5 if int(year) >= 15 else 4):
            return "has a number of the wrong length for its date"
        return None
    if old := _ARXIV_OLD.fullmatch(bare):
        return None if 1 <= int(old.group(2)) <= 12 else f"names a month {old.group(2)}"
    return "is no arXiv identifier, which looks like 2301.12345"


def wrong_with_isbn(value: str) -> str | None:
    """An ISBN has ten or thirteen digits, the last of which checks the others."""
    try:
        # The bare check takes nine digits for an old SBN.
        if len(re.sub(r"[\s-]", "", value)) not in (10, 13):
            return "has not 10 or 13 digits"
        isbn.validate(value)
    except InvalidChecksum:
        return "has a wrong check digit"
    except ValidationError:
        return "is no ISBN, which looks like 978-3-16-148410-0"
    return None


def wrong_with_issn(value: str) -> str | None:
    """An ISSN has eight digits, the last of which (or X) checks the others."""
    try:
        issn.validate(value)
    except InvalidChecksum:
        return "has a wrong check digit"
    except InvalidLength:
        return "has not 8 digits"
    except ValidationError:
        return "is no ISSN, which looks like 0028-4793"
    return None


def wrong_with_nct(value: str) -> str | None:
    """A ClinicalTrials.gov number is ``NCT`` and eight digits. It has no check digit."""
    if re.fullmatch(r"NCT[0-9]{8}", value):
        return None
    if re.fullmatch(r"NCT[0-9]{8}", re.sub(r"[\s-]", "", value).upper()):
        return "is not in its usual form, NCT and eight digits without a gap"
    return "is no ClinicalTrials.gov number, which is NCT and eight digits"


def wrong_with_url(value: str) -> str | None:
    """An address is absolute, http or https, with a host, and free of white space and TeX."""
    if re.search(r"\\|[{}]", value):
        return "holds TeX markup, which breaks the link"
    if re.search(r"\s", value):
        return "holds white space"
    if re.search(r"[<>\"^`|\x00-\x1f\x7f]", value):
        return "holds a character that addresses do not have"
    try:
        parts = urlsplit(value)
        host, _ = parts.hostname, parts.port
    except ValueError:
        return "is malformed"
    if parts.scheme.lower() not in ("http", "https"):
        return "is not an absolute http or https address"
    if not host or not (":" in host or _HOST.fullmatch(host)):
        return "has no proper host name"
    return None


def _without(address: re.Pattern[str], value: str) -> str:
    value = value.strip()
    found = address.match(value)
    return value[found.end() :].strip() if found else value
