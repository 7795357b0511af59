"""The small book for e-readers, read back: sound by the format's checker, whole, its notes and links in order."""

from __future__ import annotations

import re
import zipfile
from pathlib import Path

import pytest
from click.testing import CliRunner

from carta.cli import main
from carta.site.build import BuildError
from carta.site.epub.build import build_epub
from carta.site.epub.pages import PageError, parse
from epub_book import NS, Epub, check, words


def test_the_checker_of_the_format_finds_nothing(book: Epub) -> None:
    assert check(book.path) == ""


def test_the_checker_would_find_a_fault(book: Epub, tmp_path: Path) -> None:
    broken = tmp_path / "broken.epub"
    with zipfile.ZipFile(broken, "w") as archive:
        for info in book.infos:
            content = book.files[info.filename]
            archive.writestr(info, content.replace(b' properties="mathml"', b""))
    assert "mathml" in check(broken)


def test_it_says_what_it_is_and_for_whom_it_can_be_read(book: Epub) -> None:
    def said(name: str) -> list[str]:
        return book.find(book.package, f"//dc:{name}/text()")

    assert said("title") == ["CAR T-cell therapy for autoimmune disease: a living review"]
    assert said("creator") == ["The CARTA authors"]
    assert said("language") == ["en"]
    assert said("date") == ["2026-01-02"]
    assert re.fullmatch(r"urn:uuid:[0-9a-f-]{36}", said("identifier")[0])
    assert book.meta("dcterms:modified") == ["2026-01-02T00:00:00Z"]
    assert book.meta("schema:accessMode") == ["textual", "visual"]
    assert "textual" in book.meta("schema:accessModeSufficient")
    assert {"alternativeText", "MathML", "tableOfContents"} <= set(book.meta("schema:accessibilityFeature"))
    assert book.meta("schema:accessibilityHazard") == ["none"]
    assert len(book.meta("schema:accessibilitySummary")[0]) > 100
    assert book.meta("dcterms:conformsTo")[0].startswith("EPUB Accessibility 1.1")


def test_every_chapter_stands_once_and_in_the_contents(book: Epub) -> None:
    titles = [words(head) for head in book.every("//x:h1")]
    links = book.find(book.pages["nav.xhtml"], "//x:nav[@id='toc']//x:a")
    listed = [words(link) for link in links if "#" not in link.get("href")]
    parts = [words(span) for span in book.find(book.pages["nav.xhtml"], "//x:nav[@id='toc']//x:span")]
    assert parts == ["Trials", "About", "Evidence"]
    for title in (
        "A small book",
        "A value",
        "Every construct",
        "A page to practise",
        "Worked solutions",
        "A figure",
        "Unrelated",
        "Another page",
        "Audit",
        "References",
    ):
        assert titles.count(title) == 1, title
        assert listed.count(title) == 1, title


def test_figures_tables_and_formulas_are_there_once(book: Epub) -> None:
    alts = [picture.get("alt") for picture in book.every("//x:img")]
    assert sorted(alts) == [
        "CAR T-cell therapy for autoimmune disease: a living review",
        "Most patients of both studies were in remission after treatment.",
        "Two boxes joined by an arrow from the left one to the right one, which is larger.",
    ]
    captions = [words(caption) for caption in book.every("//x:table/x:caption | //x:figcaption")]
    assert captions[:3] == [
        "Fig. 1 A drawn figure with 8 of 10 patients [Alpha et al., 2024].",
        "Table 1 A wide table",
        "Table 2 A long table",
    ]
    numbers = [words(number) for number in book.every("//x:span[@class='eqno']")]
    assert numbers == sorted(set(numbers)) and len(numbers) == 4
    formulas = book.every("//m:math")
    assert len(formulas) >= 8 and all(len(formula.get("alttext")) > 0 for formula in formulas)
    assert sum("the fraction d P over d t" in formula.get("alttext") for formula in formulas) == 1
    assert all(head.get("scope") for head in book.every("//x:th"))


def test_values_and_footnotes_pop_up(book: Epub) -> None:
    notes = {
        (name, note.get("id")): words(note)
        for name, page in book.pages.items()
        for note in book.find(page, "//x:aside[@epub:type='footnote']")
    }
    uses = [link for link in book.links() if link.node.get(f"{{{NS['epub']}}}type") == "noteref"]
    used = {(link.target, link.anchor) for link in uses}
    assert used == set(notes), "a note without a use, or a use without its note"
    value = next(link for link in uses if re.sub(r"\s", " ", words(link.node)) == "112 ± 47 days")
    note = notes[value.target, value.anchor]
    for part in (
        "Duration of B-cell aplasia: 112 ± 47 days, n = 15",
        "Found in: Abstract",
        "Standing: △ not verified",
        "Source: Alpha et al., 2024 (doi.org/10.1000/alpha)",
    ):
        assert part in note.replace("\u202f", " ").replace("\u00a0", " "), note
    assert any("The first note, with emphasis." in text for text in notes.values())


def test_every_link_leads_somewhere(book: Epub) -> None:
    places = {
        name: {node.get("id") for node in book.find(page, "//*[@id]")} for name, page in book.pages.items()
    }
    links = list(book.links())
    assert len(links) > 60
    for link in links:
        assert not link.anchor or link.anchor in places[link.target], (link.page, link.node.get("href"))
    cited = {link.target for link in links if words(link.node) == "Alpha et al., 2024"}
    assert cited == {"book/references.xhtml", "evidence-a.xhtml"}
    outside = {node.get("href") for node in book.every("//x:a[starts-with(@href, 'http')]")}
    assert "https://clinicaltrials.gov/study/NCT00000001" in outside


def test_nothing_runs_and_nothing_is_fetched(book: Epub) -> None:
    for path in ("//x:script", "//x:button", "//x:form", "//x:iframe", "//@popovertarget", "//@onclick"):
        assert book.every(path) == [], path
    fetched = [str(source) for source in book.every("//@src | //x:link/@href")]
    assert fetched and not [source for source in fetched if ":" in source]
    for name, content in book.files.items():
        if name.endswith((".css", ".svg")):
            text = content.decode()
            assert "@import" not in text and "<script" not in text, name
            assert not re.search(r"(?:url\(|href=\")(?:https?:)?//", text), name
    assert not [name for name in book.files if name.endswith((".js", ".woff2", ".ttf"))]


def test_a_question_stands_in_place_and_its_solution_in_the_appendix(book: Epub) -> None:
    question, solutions = (words(book.pages[f"book/{name}.xhtml"]) for name in ("exercises", "solutions"))
    assert "That remission is certain" in question
    assert "A small series cannot show that." not in question and "They show that" not in question
    assert "All exercises of the book" in solutions and "A page to practise 1 Concept easy" in solutions
    assert "A small series cannot show that." in solutions and "They show that it is possible." in solutions


def test_the_same_sources_give_the_same_bytes_and_a_failed_build_leaves_them(
    small: Path, book: Epub, monkeypatch: pytest.MonkeyPatch
) -> None:
    good = book.path.read_bytes()
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1700000000")
    run = CliRunner().invoke(main, ["build", "epub", "--root", str(small), "--quiet"])
    assert run.exit_code == 0, run.output
    dated = Epub(book.path)
    assert dated.meta("dcterms:modified") == ["2023-11-14T22:13:20Z"]
    assert {info.date_time[:3] for info in dated.infos} == {(2023, 11, 14)}
    monkeypatch.delenv("SOURCE_DATE_EPOCH")
    build_epub(small, quiet=True)
    assert book.path.read_bytes() == good
    assert book.infos[0].filename == "mimetype" and book.infos[0].compress_type == zipfile.ZIP_STORED

    page = small / "book" / "unrelated.md"
    text = page.read_text(encoding="utf-8")
    page.write_text(text + "\n{fact}`alpha-2024:nothing`\n", encoding="utf-8")
    try:
        with pytest.raises(BuildError, match=r"unrelated\.md"):
            build_epub(small, quiet=True)
    finally:
        page.write_text(text, encoding="utf-8")
    assert book.path.read_bytes() == good


def test_a_page_that_is_no_xhtml_is_named() -> None:
    with pytest.raises(PageError, match="<p>one<br>two"):
        parse("<p>zero</p>\n<p>one<br>two</p>")
