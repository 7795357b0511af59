"""The open data of a project: tables of the evidence with bibliography and licence, one set for the command and the site."""

from __future__ import annotations

from pathlib import Path

from carta.bibliography.entries import BibEntry
from carta.bibliography.export import citation_files
from carta.bibliography.formatting import full_citation_text
from carta.evidence import Evidence
from carta.evidence.export import data_files
from carta.synthesis.certainty import findings_table

#: The licence of the content, in the project's folder, and what it is called among the data.
_LICENCE = ("LICENSE-content", "LICENSE.txt")


def open_data(root: Path, evidence: Evidence, bibliography: dict[str, BibEntry]) -> dict[str, bytes]:
    """Return the files of the open data by name.

    Args:
        root: the project's folder, for the text of the licence.
        evidence: its base.
        bibliography: its entries by key.

    Raises:
        ModuleNotFoundError: when pyarrow (the extra ``data``) is not installed.
    """
    beside = {
        name: text.encode()
        for name, text in citation_files(
            "references", [bibliography[key] for key in sorted(bibliography)]
        ).items()
    }
    licence = root / _LICENCE[0]
    if licence.is_file():
        beside[_LICENCE[1]] = licence.read_bytes()
    citations = {key: full_citation_text(entry) for key, entry in bibliography.items()}
    return data_files(evidence, citations, [findings_table(evidence)], beside)
