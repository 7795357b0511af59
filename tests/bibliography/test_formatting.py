"""Citations and addresses as a reader sees them."""

from __future__ import annotations

import pytest

from carta.bibliography.entries import BibEntry
from carta.bibliography.formatting import canonical_url, full_citation_text, short_citation


def entry(names: list[str], **fields: str) -> BibEntry:
    return BibEntry("key-2024", "article", fields, {"author": names} if names else {})


@pytest.mark.parametrize(
    ("work", "expected"),
    [
        (entry(["Müller, Fabian", "Berg, A", "Li, Wei"], year="2024"), "Müller et al., 2024"),
        (entry(["Müller, Fabian", "others"], year="2024"), "Müller et al., 2024"),
        (entry([r"M{\"u}ller, Fabian", "Anna van der Berg"], year="2024"), "Müller and van der Berg, 2024"),
        (
            entry(["{US Food and Drug Administration}"], date="2024-01-23"),
            "US Food and Drug Administration, 2024",
        ),
        (entry([], institution="ICER", year="in press"), "ICER, in press"),
        (
            entry([], title="{[Description: company report on a phase 1 trial]}"),
            "[company report on a phase 1 …], n.d.",
        ),
        (entry([]), "key-2024, n.d."),
        (
            entry([], title="Why?", howpublished="The address of the original was not read; " * 2),
            "Why?, n.d.",
        ),
        (BibEntry("k", "book", {"year": "1999"}, {"editor": ["Doe, Jane"]}), "Doe, 1999"),
    ],
)
def test_short_citation(work: BibEntry, expected: str) -> None:
    assert short_citation(work) == expected


def test_full_citation_of_a_paper() -> None:
    names = ["Müller, Fabian", "Taubmann, Jule", "Bucci, Laura", "Wilhelm, Artur"]
    work = entry(
        names,
        title="{CD19 CAR T-Cell Therapy}",
        journal="N Engl J Med",
        volume="390",
        number="8",
        pages="687--700",
        year="2024",
        doi="10.1056/NEJMoa2308917",
    )
    assert full_citation_text(work) == (
        "Müller F, Taubmann J, Bucci L, et al. (2024). CD19 CAR T-Cell Therapy. "
        "N Engl J Med 390(8):687–700. doi:10.1056/NEJMoa2308917"
    )


def test_full_citation_leaves_out_what_is_not_there() -> None:
    report = entry(["{ICER}"], title="{[Description: draft report]}", institution="ICER", year="2021")
    assert full_citation_text(report) == "ICER (2021). [draft report]"
    assert (
        full_citation_text(entry([], title="Why?", journal="Blood", pages="12-13"))
        == "(n.d.). Why? Blood 12–13."
    )
    talk = entry(["Jean-Pierre Roux"], title="A", booktitle="ACR Convergence", pages="5", year="2020")
    assert full_citation_text(talk) == "Roux JP (2020). A. ACR Convergence:5."


def test_the_address_is_that_of_the_best_identifier() -> None:
    fields = {
        "doi": "https://doi.org/10.1002/(SICI)16<1661::AID>3.0.CO;2-2",
        "pmid": "38381673",
        "pmcid": "PMC10391090",
        "nct": "NCT03767751",
        "url": "https://a.org/x",
    }
    expected = [
        "https://doi.org/10.1002/(SICI)16%3C1661::AID%3E3.0.CO;2-2",
        "https://pubmed.ncbi.nlm.nih.gov/38381673/",
        "https://pmc.ncbi.nlm.nih.gov/articles/PMC10391090/",
        "https://clinicaltrials.gov/study/NCT03767751",
        "https://a.org/x",
    ]
    for address in expected:
        assert canonical_url(entry([], **fields)) == address
        fields.pop(next(iter(fields)))
    assert canonical_url(entry([])) is None
    assert canonical_url(entry([], url="javascript:alert(1)", doi="10.1")) is None
