"""A figure in all its forms, drawn for real."""

from __future__ import annotations

import base64
import json
import re
import subprocess
import sys
from collections import Counter
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import altair as alt
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from carta.figures import Figure, show
from carta.figures.colours import INKS
from carta.figures.page import FLOORS
from carta.figures.table import as_html, cell
from carta.figures.vega import vega_bundle
from figures.charts import ALT, STUDIES, studies_chart, trials_chart

ASSETS = Path(__file__).parents[2] / "src/carta/site/assets"


@pytest.fixture(scope="module")
def figure() -> Figure:
    return show(studies_chart(), alt=ALT, sources=["muller-2024-nejm", "wang-2025"], filename="remission")


def inline_svg(html: str) -> ET.Element:
    found = re.search(r"<svg.*</svg>", html, re.DOTALL)
    assert found
    return ET.fromstring(found[0])


def test_bundle_has_every_form(figure: Figure) -> None:
    bundle = figure._repr_mimebundle_()
    assert set(bundle) == {"text/html", "image/svg+xml", "application/pdf", "image/png", "text/plain"}
    assert base64.b64decode(bundle["application/pdf"]).startswith(b"%PDF-1.")
    assert base64.b64decode(bundle["image/png"]).startswith(b"\x89PNG\r\n\x1a\n")
    assert bundle["text/plain"] == ALT
    assert set(figure._repr_mimebundle_(include=["text/plain"])) == {"text/plain"}


def test_inline_svg_takes_its_inks_from_the_page(figure: Figure) -> None:
    root = inline_svg(figure.html)
    values = [value for element in root.iter() for value in element.attrib.values()]
    assert {value.lower() for value in values}.isdisjoint(ink.light for ink in INKS)
    assert INKS[0].css in values
    texts = {"".join(e.itertext()) for e in root.iter("{http://www.w3.org/2000/svg}text")}
    assert {"Wang 2025", "Müller & co <2024>", "9/12, 75% (43 to 95)", "In remission", "50%", "SLE"} <= texts
    assert root.get("role") == "img"
    assert root.get("aria-label") == ALT
    assert all(child.get("aria-hidden") == "true" for child in root)


def test_printed_svg_has_no_variable_that_printers_do_not_know(figure: Figure) -> None:
    assert ET.fromstring(figure.svg).get("aria-label") == ALT
    assert "var(" not in figure.svg
    assert INKS[0].light in figure.svg


def test_ids_of_two_figures_differ_and_every_reference_resolves() -> None:
    clipped = alt.Chart(STUDIES).mark_bar(clip=True).encode(x="Patients:Q", y="Study:N")
    pages = [show(chart, alt=ALT).html for chart in (clipped, clipped.properties(height=300))]
    ids = Counter(name for page in pages for name in re.findall(r'\bid="([^"]+)"', page))
    assert len(ids) >= 2
    assert set(ids.values()) == {1}
    for page in pages:
        assert set(re.findall(r"url\(#([^)]+)\)", page)) <= set(re.findall(r'\bid="([^"]+)"', page))


def test_html_needs_nothing_from_elsewhere_and_no_inline_code(figure: Figure) -> None:
    html = figure.html
    assert " style=" not in html
    assert not re.search(r"\son[a-z]+=", html)
    links = set(re.findall(r'(?:href|src)="(?!data:|#)([^"]*)"', html))
    assert links == set()
    embedded = re.search(r'<script type="application/json"[^>]*>(.*?)</script>', html, re.DOTALL)
    assert embedded
    assert "<" not in embedded[1]  # or a study called </script> would end it
    spec = json.loads(embedded[1])
    assert spec["description"] == ALT
    assert 'data-key="wang-2025">wang-2025</span>' in html


def test_download_holds_the_data(figure: Figure) -> None:
    link = re.search(
        r'download="remission.csv"[^>]* href="data:text/csv;charset=utf-8;base64,([^"]+)"', figure.html
    )
    assert link
    lines = base64.b64decode(link[1]).decode("utf-8").split("\r\n")
    assert lines[0] == "Study,Disease,Remission,Patients,Proportion,Lower bound,Upper bound"
    assert lines[2].startswith("Wang 2025,Myositis,9,12,0.75,0.428")


DETERMINISM = """
import hashlib, json, sys
from figures.charts import ALT, studies_chart, trials_chart
from carta.figures import show
trials = show(trials_chart(), alt=ALT).svg if sys.argv[1] == "after" else ""
print(hashlib.sha256(json.dumps(show(studies_chart().properties(title="T"), alt=ALT)._repr_mimebundle_()).encode()).hexdigest())
"""


def test_same_chart_gives_the_same_bytes_in_any_process() -> None:
    """Vega numbers clip paths by process, and the PDF converter orders fonts at random: both are undone."""
    tests = str(Path(__file__).parents[1])
    script = f"import sys; sys.path.insert(0, {tests!r})\n{DETERMINISM}"
    seen = {
        subprocess.run(
            [sys.executable, "-c", script, order], capture_output=True, text=True, check=True
        ).stdout
        for order in ("first", "after", "first")
    }
    assert len(seen) == 1


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"alt": ""}, ValueError, "has 0 letters"),
        ({"alt": "Remission by study"}, ValueError, "at least 40"),
        ({"alt": "Bar chart of the remission in studies of lupus and myositis"}, ValueError, "begins"),
        ({"alt": "A plot showing the remission in studies of lupus and myositis"}, ValueError, "begins"),
        ({"alt": 3}, TypeError, "alt must be text"),
        ({"table": pd.DataFrame()}, ValueError, "no data"),
        ({"table": [1, 2]}, TypeError, "DataFrame"),
        ({"sources": "muller-2024"}, TypeError, "sequence of keys"),
        ({"sources": ["a", "a"]}, ValueError, "each once"),
        ({"filename": "../x"}, ValueError, "lower-case"),
        ({"chart": "a chart"}, TypeError, "Altair chart"),
    ],
)
def test_says_what_is_wrong(arguments: dict[str, Any], error: type[Exception], message: str) -> None:
    chart = arguments.pop("chart", None) or trials_chart()
    with pytest.raises(error, match=message):
        show(chart, **{"alt": ALT, **arguments})


def test_refuses_charts_without_data_of_their_own() -> None:
    remote = alt.Chart(alt.UrlData("https://example.org/x.csv")).mark_bar().encode(x="a:Q")
    with pytest.raises(ValueError, match="no data of its own"):
        show(remote, alt=ALT)
    with pytest.raises(ValueError, match="carries its data"):
        show(remote, alt=ALT, table=STUDIES)
    bars = alt.Chart(STUDIES).mark_bar().encode(x="Patients:Q", y="Study:N")
    other = alt.Chart(STUDIES.head(1)).mark_point().encode(x="Patients:Q")
    with pytest.raises(ValueError, match="2 different sets"):
        show(bars | other, alt=ALT)
    with pytest.raises(ValueError, match="text of 9 px"):
        show(bars.configure_axis(labelFontSize=9), alt=ALT)
    with pytest.raises(ValueError, match="5000 rows"):
        show(alt.Chart(pd.DataFrame({"a": range(5001)})).mark_point().encode(x="a:Q"), alt=ALT)


def test_composed_charts_show_their_common_data() -> None:
    bars = alt.Chart(STUDIES).mark_bar().encode(x="Patients:Q", y="Study:N")
    assert show(bars.facet("Disease:N") & bars, alt=ALT).table.equals(STUDIES)


def test_style_sheet_knows_every_floor_and_ink() -> None:
    css = (ASSETS / "carta-figures.css").read_text("utf-8")
    assert {int(width) for width in re.findall(r"carta-figure-floor-(\d+) svg", css)} == set(FLOORS)
    for ink in INKS:
        assert f"{ink.variable}: {ink.dark};" in css
        assert f"{ink.variable}:" in css


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "–"),
        (float("nan"), "–"),
        (pd.NA, "–"),
        (pd.NaT, "–"),
        (2021, "2021"),
        (12345, "12,345"),
        (-3, "−3"),
        (0.123456, "0.1235"),
        (7.0, "7"),
        (12345.678, "12,346"),
        (True, "yes"),
        (pd.Timestamp("2024-02-22"), "2024-02-22"),
        (pd.Timestamp("2024-02-22 10:30"), "2024-02-22 10:30"),
        ("SLE", "SLE"),
    ],
)
def test_cells_read_well(value: object, shown: str) -> None:
    assert cell(value) == shown


@given(st.one_of(st.floats(), st.integers(), st.booleans(), st.text(), st.datetimes()))
def test_any_value_has_a_cell(value: object) -> None:
    assert isinstance(cell(value), str)


def test_table_is_escaped() -> None:
    html = as_html(pd.DataFrame({"a<b": ["<script>", "x"], "n": [1, 2]}), "c & d")
    assert "&lt;script&gt;" in html
    assert '<th scope="col">a&lt;b</th><th scope="col" class="carta-figure-number">n</th>' in html
    assert "<caption>c &amp; d</caption>" in html


def test_bundle_is_a_module() -> None:
    assert re.search(r"export\{[\w$]+ as embed\};?$", vega_bundle().strip())
    assert vega_bundle() is vega_bundle()
