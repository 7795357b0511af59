from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from carta.prose.document import ProseDocument, parse_document
from carta.prose.inline import ProseSpan
from carta.prose.numbers import check_numbers, find_unbound_numbers

PROJECT_NAMES = ("Descartes-08", "DESCARTES 2 LUPUS", "RESET-15x", "study 329", "15")


def page(text: str) -> ProseDocument:
    return parse_document(text, Path("page.md"))


def unbound(text: str) -> list[str]:
    return [number.text for span in page(text).spans for number in find_unbound_numbers(span, PROJECT_NAMES)]


ALLOWED = """
CD19, BCMA, IL-6, 4-1BB and CD8+ T cells
IgG4, HLA-B27, HLA-B*27:05, HLA-DRB1*04:01, FcγRIIIa
Anti-Ro60, anti-Ro52, TNF-α, IL-17A/IL-23, C5b-9, p53, FOXP3+, T1D
CD4+/CD8+ ratio, CD19-CAR, BCMA-CD19 and CD19×BCMA
19-28z, 1XX, CD19-4-1BB-CD3ζ
KYV-101, CT-0508, YTB323, MB-CART19.1, KYSA-8, CASTLE, RESET-SLE
KYV-101-treated and CD19-directed
Descartes-08 patients and DESCARTES 2 LUPUS
as in study 329
SLEDAI-2K, DAS28-CRP, SF-36, EQ-5D-5L, ACR20, SRI-4, ICD-10
NCT04146051 and EudraCT 2019-001234-56, PMID: 34567890, PMC1234567
COVID-19, SARS-CoV-2, H1N1, mRNA-1273, CA-125, MG-001
ClinicalTrials.gov API v2, v1.2, Python 3.11
see doi:10.1056/NEJMoa2308917 and 10.1038/s41591-022-02091-9
see <https://example.org/a/15/20%20b> and https://example.org/15-patients
CHEERS 2022, RoB 2, PRISMA 2020, ISO 8601, CTCAE 5.0, CTCAE v5.0, EULAR/ACR 2019
grade 3 or higher, grade ≥3, grade ≥ 3, grade 3+
grades 3 and 4, grade 3 or 4, grade 3–5, grade 2, 3 or 4 toxicity, Grade-3 fever
grade 3 or 4 infections
grade 3 patients
phase 1, phase 1/2, phase 2b, phase 1b/2a, Phase 2/3, phases 1 and 2
phase 1 and 2 trials
phase two trials
class III/IV, class 4 nephritis, type 1 diabetes, type 2 diabetes patients, stage 3
part 2, arm 1, arm 1 patients, cohort 2, level 1, dose level 3, step 2
section 2.3, table 1, tables 1 and 2, figure 2, Fig. 3a, chapter 3, equation 4, claim 12
day 0
in 2024, since 2021, 2017–2019, 2017-19, 2023/24, from 2017 to 2019
12 March 2024, March 2024, March 12, 2024, on 12 March, 12th of March 2024
2026-11-22, 2026-11, 22.11.2026
12–14 March 2024
the 1990s, mid-2024, Q3 2024, the 19th century
Müller 2024, (Mackensen 2022), Müller 2024a
In 2024, patients were treated
In 2024 the first patients were treated
in 2024 for all patients
In March 2024 patients were enrolled
in 2024 US dollars
second-generation and 3rd-generation receptors
one of the patients, one patient's course, one person, one trial
two reasons, three questions, two reasons patients give, first, second
two questions for patients, the three drugs patients receive
two-arm trials, three-drug regimens
phase one in two parts
half-life, half of the answer, on the one hand
a third patient
it takes two: patients and time
`x = 15` and $R_0 = 15$ and $0 < x < 1$
between $0$ and $1$
{fact}`muller-2024-nejm:followup` of {glue}`pooled-15` patients {cite}`muller-2024-nejm`
{study}`muller-2024-nejm`, {trial}`NCT04146051`, {ref}`table-15`, {numref}`Figure %s <fig-15>`
[link](https://example.org/15) and ![curve](plot-15.png)
{given}`15 %` and {given}`1 + 1`
<!-- 15 patients -->
% 15 patients
15. list
text with a footnote[^15]
CO₂ and m²
Regulation (EC) No 1394/2007, Directive 2001/83/EC, 21 CFR 1271.3, ISO 3166-1, CC BY 4.0
"""


@pytest.mark.parametrize("text", [line for line in ALLOWED.splitlines() if line])
def test_names_and_idioms_are_no_quantities(text: str) -> None:
    assert unbound(text + "\n\n[^15]: note") == []


FLAGGED = {
    "15 patients": ["15"],
    "**15** patients": ["15"],
    "a mean of 3.2": ["3.2"],
    "112 ± 47 days": ["112 ± 47"],
    "100 % and 95% CI": ["100", "95"],
    "EUR 300, €5, US$400, EUR300, 300 euros": ["300", "5", "400", "300", "300"],
    r"between \$5 and \$6": ["5", "6"],
    "between $5 and $6": ["5", "6"],
    "2024 patients": ["2024"],
    "2024 adult patients": ["2024"],
    "2024\npatients": ["2024"],
    "2024 % and 2024 mg": ["2024", "2024"],
    "2024 of the patients": ["2024"],
    "a 2000-patient trial": ["2000"],
    "€2024 and n = 2024 and ≥2000": ["2024", "2024", "2000"],
    "a total of 2000 were treated": ["2000"],
    "2,024 and 2 024 and 2024.5": ["2,024", "2 024", "2024.5"],
    "n=15, n15, p<0.05, HR 0.5, HR0.5": ["15", "15", "0.05", "0.5", "0.5"],
    "24-month follow-up, 5-year survival, 3-fold": ["24", "5", "3"],
    "at day 28, day-28, d28, week 24": ["28", "28", "28", "24"],
    "Over-65s": ["65"],
    "1 of 15": ["1", "15"],
    "15/20 and 3–5 weeks": ["15/20", "3–5"],
    "2.5×10⁸ cells": ["2.5×10"],
    "1e6/kg and 1.7e-4": ["1e6", "1.7e-4"],
    "½ of patients": ["½"],
    "１５ patients": ["１５"],
    "CD19 in 15": ["15"],
    "CD8+15": ["15"],
    "KYV-101–15": ["15"],
    "BCMA.15 patients": ["15"],
    "grade 3 in 15 patients": ["15"],
    "grade 3, 15 patients": ["15"],
    "grade 3, 4 patients": ["4"],
    "grade 3 and 4 patients": ["4"],
    "grades 3 and 15": ["15"],
    "Table 2 and 15 patients": ["15"],
    "in part 15 patients": ["15"],
    "phase 2, 15 patients": ["15"],
    "table 1,234": ["1,234"],
    "in May 15 patients": ["15"],
    "in March 2024 15 patients": ["15"],
    "$15$ patients, `15` patients, $15\\%$": ["15", "15", "15"],
    "15 {term}`patients <patient>`": ["15"],
    "{term}`15 patients <patient>`": ["15"],
    "{study}`15 patients <muller-2024>`": ["15"],
    "{fact}`x:y` of 15": ["15"],
    "[15](https://example.org) patients": ["15"],
    "![15 patients](plot.png)": ["15"],
    "two patients": ["two"],
    "Two newly diagnosed patients": ["Two"],
    "three of the patients": ["three"],
    "two\npatients": ["two"],
    "twenty-five children": ["twenty-five"],
    "between two and four doses": ["four"],
    "two hundred and ten people": ["two hundred and ten"],
    "a hundred participants": ["a hundred"],
    "dozens of trials, thousands of patients": ["dozens", "thousands"],
    "two KYV-101 trials": ["two"],
    "three CD19 CAR-T studies": ["three"],
    "six-month follow-up, two-year": ["six", "two"],
    "ten per cent, fifty percent": ["ten", "fifty"],
    "half of patients, half of the patients, half the women": ["half", "half", "half"],
    "a third of patients": ["a third"],
    "two thirds of all patients": ["two thirds"],
    "three-quarters of relapses": ["three-quarters"],
    "one in ten, one in three, nine out of ten": ["one in ten", "one in three", "nine out of ten"],
    "one in a million": ["one in a million"],
    "two or three weeks": ["three"],
    "two relapsed and three died": ["two", "three"],
    "two adverse events and five case reports": ["two", "five"],
    "two deaths, four infusions, seven cohorts": ["two", "four", "seven"],
}


@pytest.mark.parametrize(("text", "numbers"), FLAGGED.items())
def test_quantities_are_found(text: str, numbers: list[str]) -> None:
    assert unbound(text) == numbers


def test_names_pass_only_where_they_are_known() -> None:
    span = ProseSpan("The 9-11x product and study 329 and study 3290.", 1, "paragraph")
    assert [n.text for n in find_unbound_numbers(span)] == ["9-11", "329", "3290"]
    assert [n.text for n in find_unbound_numbers(span, ["study 329", "9-11x"])] == ["3290"]


def test_a_name_without_letters_lets_no_number_pass() -> None:
    assert unbound("15 patients") == ["15"]


def test_finding_quotes_the_number_in_its_words_on_its_line() -> None:
    text = (
        "# Title\n\nOf those treated\nwith it, {fact}`a:b` had a mean of\n112 ± 47 days of aplasia,\nno more."
    )
    (problem,) = check_numbers(page(text))
    assert problem.rule == "prose/unbound-number"
    assert problem.line == 5
    assert "“112 ± 47” in “had a mean of 112 ± 47 days of aplasia, no”" in problem.message
    assert "{fact}" in problem.mend and "{glue}" in problem.mend


@pytest.mark.parametrize(
    "text",
    ["{given}`100 patients`", "{given}`one trial`", "{given}`100` patients", "{given}`100` young women"],
)
def test_given_may_not_count_patients(text: str) -> None:
    (problem,) = check_numbers(page(f"Let there be\n{text}, say."))
    assert (problem.rule, problem.line) == ("prose/given-quantity", 2)


def test_given_lets_an_example_pass() -> None:
    assert list(check_numbers(page("If a dose costs {given}`€300` and lasts {given}`2 years`, then"))) == []


@settings(deadline=None)
@given(st.text(alphabet=st.sampled_from("12 0,.-–/%$€`{}<>ab CD\n▮\ufffc\ue000\ue001½"), max_size=60))
def test_numbers_never_crash_and_stand_where_they_say(text: str) -> None:
    span = ProseSpan(text, 1, "paragraph")
    for number in find_unbound_numbers(span):
        assert text[number.offset : number.offset + len(number.text)] == number.text


@settings(deadline=None)
@given(
    st.integers(min_value=0, max_value=10**6).filter(lambda n: n != 1),
    st.sampled_from(["patients", "%", "weeks"]),
)
def test_every_number_before_a_counted_noun_is_found(number: int, unit: str) -> None:
    assert unbound(f"It was {number} {unit}.") == [str(number)]
