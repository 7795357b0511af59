"""The small book on paper, read back from the PDF: all of it is there, once, in its place, and tagged."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from pathlib import Path

import pytest
import typst
from click.testing import CliRunner

from carta.cli import main
from carta.pdf.build import build_pdf
from carta.pdf.builder import moment
from carta.pdf.papers import BOTTOM, SIDE, TOP
from carta.site.build import BuildError
from printed_book import Printed, check_links, check_pages, joined
from raw_tex import RAW_TEX

_MM = 72 / 25.4


def test_it_says_what_it_is(printed: Printed) -> None:
    root = printed.pdf.Root
    assert str(root.Lang) == "en-GB"
    assert bool(root.MarkInfo.Marked)
    assert bool(root.ViewerPreferences.DisplayDocTitle)
    with printed.pdf.open_metadata() as metadata:
        assert metadata["dc:title"] == "CAR T-cell therapy for autoimmune disease: a living review"
        assert metadata["pdfuaid:part"] == "1"
        assert "The CARTA authors" in str(metadata["dc:creator"])
    assert all(page.get("/Tabs") == "/S" for page in printed.pdf.pages if "/Annots" in page)


def test_pictures_and_formulas_have_words_and_tables_have_heads(printed: Printed) -> None:
    kinds = Counter(kind for kind, _ in printed.elements())
    assert kinds["Figure"] == 2 and kinds["Formula"] == 8 and kinds["Table"] >= 8 and kinds["Note"] == 2
    for kind, element in printed.elements():
        if kind in ("Figure", "Formula"):
            assert len(str(element.get("/Alt", ""))) > 1, kind
    alts = [str(element.Alt) for kind, element in printed.elements() if kind == "Figure"]
    assert "Two boxes joined by an arrow from the left one to the right one, which is larger." in alts
    assert "Most patients of both studies were in remission after treatment." in alts
    heads = [element for kind, element in printed.elements() if kind == "TH"]
    assert len(heads) > 20


def test_headings_skip_no_level(printed: Printed) -> None:
    outline = printed.outline()
    for title in (
        "Contents",
        "Trials",
        "Every construct",
        "A value",
        "References",
        "Evidence",
        "Index",
        "Colophon",
    ):
        assert outline.count(title) == 1 or title == "Contents", title
    kinds = {kind for kind, _ in printed.elements() if re.fullmatch(r"H\d", kind)}
    assert kinds == {"H1", "H2", "H3"}


def test_every_link_leads_somewhere(printed: Printed) -> None:
    inside, outside = check_links(printed)
    assert inside > 50
    assert "https://example.org/a?b=c#d" in outside


def test_nothing_stands_outside_the_margins_and_no_page_is_empty(printed: Printed) -> None:
    check_pages(printed)


def test_all_text_is_there_once_and_as_written(printed: Printed) -> None:
    text = printed.text
    for words in (
        "inline code with #hash and $dollar$",
        "# * _ ` $ @ < > [ ] ~ \\ / // /* */",
        "#let x = 1 @ref <label> https://example.org",
        "Ångström, Αθήνα, Москва, Łódź, Đặng, 王小明, 田中さくら, 김철수, ≤ ≥ ± µ → ✓ ✗ ◐ △ ◇",
        "The first note, with emphasis.",
        "A second paragraph of the item.",
        "A title of its own",
        "What is folded on the web stands open on paper.",
        "row 120 of the long table",
        "Fig. 1. A drawn figure with 8 of 10 patients [Alpha et al., 2024].",
        "Table 1. A wide table",
        "Table 2. A long table",
        "Listing 1. A listing",
        "Lymphodepletion What makes room for it.",
        "It pastes a number: 64.7.",
        "Live on the web site",
    ):
        assert text.count(words) == (0 if words == "Live on the web site" else 1), words
    assert [text.count(f"({number})") for number in range(1, 5)] == [
        3,
        1,
        2,
        1,
    ]  # with "Registered trials (1)"
    assert not RAW_TEX.search(text.replace("$dollar$", ""))
    assert "??" not in text and "#label" not in text


def test_a_value_has_its_standing_and_its_source(printed: Printed) -> None:
    assert "112 ± 47 days (△ not verified) [Alpha et al., 2024]" in printed.text.replace("\u202f", " ")


def test_a_reference_says_on_which_page_it_leads(printed: Printed) -> None:
    home = next(sheet.number for sheet in printed.sheets if joined(sheet.text).count("In Alpha et al., 2024"))
    assert f"A value (p. {home})" in printed.text.replace("\u2060", "")


def test_a_table_over_pages_repeats_its_head_and_breaks_between_rows(printed: Printed) -> None:
    pages = [sheet for sheet in printed.sheets if "of the long table" in sheet.text]
    assert len(pages) >= 3
    for sheet in pages:
        assert sheet.text.count("Number head") == 1, sheet.number
    assert "…" not in pages[0].text.split("Number head")[1]


def test_the_evidence_stands_in_the_appendix_and_the_index_names_pages(printed: Printed) -> None:
    appendix = next(joined(sheet.text) for sheet in printed.sheets if "Place in the source" in sheet.text)
    assert "Patients in remission" in appendix and "second-hand" in appendix
    index = next(joined(sheet.text) for sheet in printed.sheets if joined(sheet.text).find("Index A") >= 0)
    cited = [sheet.number for sheet in printed.sheets if "[Beta, 2025]" in joined(sheet.text)]
    assert cited and re.search(rf"Beta, 2025, .*\b{cited[0]}\b", index), index


def test_geometry(printed: Printed) -> None:
    """Where things stand; a change of the look changes these figures knowingly."""
    chapter = next(sheet for sheet in printed.sheets if "In Alpha et al." in sheet.text)
    lefts = Counter(round(left / _MM, 0) for left, *_ in chapter.boxes)
    assert lefts.most_common(1)[0][0] == SIDE
    body = [box for box in chapter.boxes if box[3] < chapter.height - TOP * _MM + 2]
    assert max(box[3] for box in body) == pytest.approx(chapter.height - TOP * _MM, abs=8)
    # Only the number of the page stands below the type area.
    assert sum(box[3] < BOTTOM * _MM for box in body) == 1
    assert (printed.sheets[0].width, printed.sheets[0].height) == pytest.approx((595.28, 841.89), abs=0.1)
    assert len(printed.sheets) in range(15, 20)


def test_parts_are_files_of_their_own_and_nothing_in_them_leads_out(small: Path) -> None:
    out = small / "_build" / "pdf"
    assert sorted(path.name for path in out.glob("*.pdf")) == [
        "carta-about.pdf",
        "carta-trials.pdf",
        "carta.pdf",
    ]
    part = Printed(out / "carta-trials.pdf")
    assert "Every construct" in part.outline() and "References" not in part.outline()
    # The words of a reference stay where its target is in another part.
    assert "[Alpha et al., 2024]" in part.text
    check_links(part)
    check_pages(part)


def test_the_same_sources_give_the_same_bytes_and_a_failed_build_leaves_them(
    small: Path, tmp_path: Path
) -> None:
    good = (small / "_build" / "pdf" / "carta.pdf").read_bytes()
    build_pdf(small, out=tmp_path / "again", quiet=True, parts=False)
    assert (tmp_path / "again" / "carta.pdf").read_bytes() == good
    page = small / "book" / "unrelated.md"
    words = page.read_text(encoding="utf-8")
    page.write_text(words + "\n$$\n\\frac{a}\n$$\n", encoding="utf-8")
    try:
        with pytest.raises(BuildError, match=r"unrelated\.md.*formula cannot be set"):
            build_pdf(small, quiet=True)
    finally:
        page.write_text(words, encoding="utf-8")
    assert (small / "_build" / "pdf" / "carta.pdf").read_bytes() == good


def test_the_file_says_the_day_of_the_evidence_or_the_one_that_is_asked_for(
    printed: Printed, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert str(printed.pdf.docinfo["/CreationDate"]).startswith("D:20260102000000")
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    assert moment(date(2026, 1, 2)) == 1_700_000_000


def test_us_letter_fits_too_by_the_command(small: Path) -> None:
    run = CliRunner().invoke(main, ["build", "pdf", "--paper", "us-letter", "--root", str(small), "--quiet"])
    assert run.exit_code == 0, run.output
    letter = Printed(small / "_build" / "pdf" / "carta.pdf")
    assert {(sheet.width, sheet.height) for sheet in letter.sheets} <= {(612.0, 792.0), (792.0, 612.0)}
    check_pages(letter)
    assert "row 120 of the long table" in letter.text


def test_text_outside_the_margins_would_be_seen(tmp_path: Path) -> None:
    source, path = tmp_path / "wide.typ", tmp_path / "wide.pdf"
    words = '#set page(paper: "a4", margin: 25mm)\nwords #place(dx: 14cm)[outside of the area of type]'
    source.write_text(words, encoding="utf-8")
    typst.compile(str(source), output=str(path))
    with pytest.raises(AssertionError, match="page 1: text at"):
        check_pages(Printed(path))
