"""Bibliography entries for reference managers: BibTeX, RIS and CSL-JSON.

An entry that was not read from ``references.bib``, such as a chapter of the book, is a
:class:`carta.bibliography.entries.BibEntry` made by hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import NamedTuple

from carta.bibliography.entries import BibEntry
from carta.bibliography.export.bibtex import to_bibtex
from carta.bibliography.export.csl import to_csl_json
from carta.bibliography.export.ris import to_ris


class Format(NamedTuple):
    """A form that reference managers read."""

    #: As readers know it.
    label: str
    #: What the file's name ends in, with its dot.
    suffix: str
    media_type: str
    write: Callable[[Sequence[BibEntry]], str]


#: The forms in which citations are offered, in the order in which pages show them.
FORMATS = (
    Format("BibTeX", ".bib", "application/x-bibtex", to_bibtex),
    Format("RIS", ".ris", "application/x-research-info-systems", to_ris),
    Format("CSL-JSON", ".csl.json", "application/vnd.citationstyles.csl+json", to_csl_json),
)


def citation_files(stem: str, entries: Sequence[BibEntry]) -> dict[str, str]:
    """Return the file names ``STEM.bib``, ``STEM.ris`` and ``STEM.csl.json`` with their content.

    Raises:
        ValueError: for an entry whose BibTeX could not be read back.
    """
    return {f"{stem}{form.suffix}": form.write(entries) for form in FORMATS}


__all__ = ["FORMATS", "Format", "citation_files", "to_bibtex", "to_csl_json", "to_ris"]
