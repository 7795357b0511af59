"""A small sound project on disk, and a way to spoil it, for tests of checks and builds."""

from __future__ import annotations

import shutil
from pathlib import Path

VOCABULARY = """\
diseases:
  sle: {label: Systemic lupus erythematosus}
targets:
  cd19: {label: CD19}
cell_sources:
  autologous-t: {label: Autologous T cells}
designs:
  case-series: {label: Case series}
  news: {label: News}
  registry: {label: Registry record}
outcomes:
  crs-any: {label: CRS of any grade}
  crs-grade-1: {label: CRS grade 1}
  crs-grade-2: {label: CRS grade 2}
  crs-grade-3-plus: {label: CRS grade 3 or higher}
cohorts:
  one-centre: {label: One centre}
claim_kinds:
  trial: {label: Trials}
units:
  patient: {one: patient, many: patients, pint: patient}
  day: {one: day, many: days, pint: day}
  month: {one: month, many: months, pint: month}
  USD: {one: USD, many: USD, pint: USD, prefix: true}
  percent: {one: '%', many: '%', pint: percent}
names: [KYV-101]
"""

ALPHA = """\
design: case-series
diseases: [sle]
registrations: [NCT00000001]
product: {name: KYV-101, targets: [cd19], cell_source: autologous-t}
n: 15
access: abstract
added: 2026-01-02
cohort: one-centre
overlaps:
  beta-2023-journal: The five of the earlier report are among the fifteen.
facts:
  n:
    what: patients treated
    value: 15
    unit: patient
    locator: Abstract
    status: read
    checked: 2026-01-02
  aplasia:
    what: duration of B-cell aplasia
    mean: 112
    sd: 47
    n: 15
    unit: day
    locator: Abstract
    status: unverified
    checked: 2026-01-02
  followup:
    what: median follow-up
    median: 15
    range: [4, 29]
    unit: month
    locator: Abstract
    status: read
    checked: 2026-01-02
  crs:
    what: CRS of any grade
    events: 11
    n: 15
    unit: patient
    outcome: crs-any
    locator: Table 2
    status: read
    checked: 2026-01-02
patients:
  p1:
    disease: SLE
    age: 20
    sex: F
    followup_months: 12
    status: read
"""

BETA = """\
design: case-series
diseases: [sle]
n: 5
access: abstract
added: 2026-01-02
cohort: one-centre
overlaps:
  alpha-2024-journal: The five are among the fifteen of the later report.
facts:
  crs:
    what: CRS of any grade
    events: 3
    n: 5
    unit: patient
    outcome: crs-any
    locator: Abstract
    status: read
    checked: 2026-01-02
"""

NEWS = """\
design: news
access: news
added: 2026-01-02
facts:
  headline:
    what: what the headline says
    text: reset
    locator: headline
    status: second-hand
    checked: 2026-01-02
"""

TRIAL = """\
title: A study of KYV-101
conditions: [Lupus]
diseases: [sle]
phase: Phase 1
status: Recruiting
enrollment: 12
start: 2024-02
completion: 2028-03-01
targets: [cd19]
read_fields: [title, status]
added: 2026-01-02
"""

PARAMETERS = """\
model: A model
about: A model for tests.
parameters:
  rate:
    symbol: k
    what: a rate
    value: 0.2
    range: [0.1, 0.5]
    range_kind: plausible
    status: read
    sources: [alpha-2024-journal]
"""

CLAIMS = """\
audited: gamma-2025-news
about: A news item.
claims:
  reset:
    claim: The immune system is reset.
    where: [Lead]
    kind: trial
    verdict: partly
    finding: It was reported for one series.
    sources: [alpha-2024-journal]
    confidence: medium
"""

APPRAISAL = """\
instrument: jbi-case-series
read: The abstract.
appraised: 2026-01-03
items:
  inclusion: {answer: "yes", reason: The abstract says it.}
  measurement: {answer: "yes", reason: The abstract says it.}
  identification: {answer: "yes", reason: The abstract says it.}
  consecutive: {answer: unclear, reason: The abstract says nothing.}
  complete: {answer: unclear, reason: The abstract says nothing.}
  demographics: {answer: "yes", reason: The abstract says it.}
  clinical: {answer: "yes", reason: The abstract says it.}
  outcomes: {answer: "yes", reason: The abstract says it.}
  site: {answer: "no", reason: The abstract says nothing.}
  analysis: {answer: "yes", reason: The abstract says it.}
"""

CERTAINTY = """\
outcome: crs-any
question: Cytokine release of any grade
start: low
start_reason: No comparison group.
risk_of_bias: {concern: serious, reason: Abstracts.}
inconsistency: {concern: none, reason: One series.}
indirectness: {concern: none, reason: The event itself.}
imprecision: {concern: very-serious, reason: Few patients.}
publication_bias: {concern: none, reason: Registered.}
large_effect: {levels: 0, reason: None.}
dose_response: {levels: 0, reason: One dose.}
confounding: {levels: 0, reason: None known.}
plain: It is common.
judged: 2026-01-03
"""

BIBLIOGRAPHY = """\
@article{alpha-2024-journal,
  author = {Müller, Fabian and others},
  title = {{A case series of fifteen}},
  journal = {A Journal of Cases},
  year = {2024},
  doi = {10.1000/alpha},
  confirmed = {author, title, journal, year, doi},
}

@article{beta-2023-journal,
  author = {Mackensen, Andreas and others},
  title = {{A case series of five}},
  journal = {A Journal of Cases},
  year = {2023},
  doi = {10.1000/beta},
  confirmed = {author, title, journal, year, doi},
}

@online{gamma-2025-news,
  author = {{A News House}},
  title = {{A cure, says the news}},
  year = {2025},
  url = {https://news.example/cure},
  confirmed = {author, title, year, url},
}
"""

FILES = {
    "references.bib": BIBLIOGRAPHY,
    "evidence/vocabulary.yaml": VOCABULARY,
    "evidence/studies/alpha-2024-journal.yaml": ALPHA,
    "evidence/studies/beta-2023-journal.yaml": BETA,
    "evidence/studies/gamma-2025-news.yaml": NEWS,
    "evidence/trials/NCT00000001.yaml": TRIAL,
    "evidence/parameters/model.yaml": PARAMETERS,
    "evidence/claims/news.yaml": CLAIMS,
    "evidence/appraisals/alpha-2024-journal.yaml": APPRAISAL,
    "evidence/certainty/crs.yaml": CERTAINTY,
}


def write_project(root: Path, **extra: str) -> Path:
    """Write the sound project to ``root`` (with further files by path) and return it."""
    for name, content in {**FILES, **extra}.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    return root


def replace(root: Path, name: str, old: str, new: str) -> int:
    """Replace text that stands once in a file; return the line, counted from one, on which the new text starts."""
    path = root / name
    content = path.read_text(encoding="utf-8")
    assert content.count(old) == 1, f"{old!r} stands {content.count(old)} times in {name}"
    path.write_text(content.replace(old, new), encoding="utf-8")
    return content[: content.index(old)].count("\n") + 1


def write_pages(root: Path, pages: dict[str, str]) -> None:
    """Give a project the settings of the real book and these pages, by name, behind a start page."""
    shutil.copy(Path(__file__).parents[1] / "_config.yml", root)
    shutil.rmtree(root / "book", ignore_errors=True)
    (root / "book").mkdir()
    start = {"intro": "# Start\n\nWords.\n"}
    references = {"references": "# References\n\n```{bibliography}\n```\n"}
    for name, text in {**start, **pages, **references}.items():
        (root / "book" / f"{name}.md").write_text(text, encoding="utf-8")
    chapters = "".join(f"- file: book/{name}\n" for name in (*pages, *references))
    (root / "_toc.yml").write_text(
        f"format: jb-book\nroot: book/intro\nchapters:\n{chapters}", encoding="utf-8"
    )
