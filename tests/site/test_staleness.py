"""One changed value changes all that shows it, and nothing else is made again.

The tests change one book step by step, in order. Real builds, each a process of its own, with a copy of the package,
so that its code can be changed too.
"""

from __future__ import annotations

import re
import shutil
from html import unescape
from pathlib import Path

import pytest

from carta.site import receipts
from projects import replace
from small_book import ROOT, Built, build, copy_small_book

ALPHA = "evidence/studies/alpha-2024.yaml"
BETA = "evidence/studies/beta-2025.yaml"


def pages(built: Built) -> set[str]:
    """Return the pages that a build changed; what is made from pages and records, as search is, follows them."""
    return {name for name in built.changed if name.endswith(".html")}


class Book:
    """A built book that a test changes and builds again."""

    def __init__(self, place: Path) -> None:
        self.root = copy_small_book(place / "a book")
        self.package = place / "src"
        shutil.copytree(
            ROOT / "src" / "carta", self.package / "carta", ignore=shutil.ignore_patterns("__pycache__")
        )

    def build(self) -> Built:
        built = build(self.root, self.package)
        assert built.sound, built.said
        return built

    def text(self, page: str) -> str:
        """Return the words of a page, with plain spaces."""
        html = (self.root / "_build" / "html" / page).read_text(encoding="utf-8")
        return " ".join(unescape(re.sub(r"<[^>]+>", "", html)).split())

    def cells(self, page: str) -> set[str]:
        """Return what stands in the cells of a page's tables."""
        html = (self.root / "_build" / "html" / page).read_text(encoding="utf-8")
        return {cell.strip().removesuffix(".0") for cell in re.findall(r"<td[^>]*>([^<]*)</td>", html)}


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Book:
    book = Book(tmp_path_factory.mktemp("stale"))
    first = book.build()
    assert first.executed == {"book/figure", "book/other-notebook"}
    return book


def test_nothing_is_made_again_when_nothing_changed(book: Book) -> None:
    again = book.build()
    assert "nothing has changed since" in again.said
    assert (again.executed, again.changed) == (set(), set())
    # Nor when every page is looked at.
    (book.root / "_build/.carta/html-receipt.json").unlink()
    looked = book.build()
    assert "nothing has changed since" not in looked.said
    assert (looked.executed, looked.changed) == (set(), set())


def test_a_page_that_was_touched_is_put_right(book: Book) -> None:
    page = book.root / "_build/html/book/value.html"
    sound = page.read_bytes()
    page.write_bytes(sound.replace(b"8 of 10", b"9 of 10"))
    assert book.build().changed == {"book/value.html"}
    assert page.read_bytes() == sound


def test_the_day_and_every_file_are_looked_at(book: Book, monkeypatch: pytest.MonkeyPatch) -> None:
    then = receipts.sources(book.root, {})
    assert receipts.sources(book.root, {}) == then
    assert receipts.sources(book.root, {"strict": False}) != then
    included = book.root / "words.txt"
    included.write_text("Included by a page.\n", encoding="utf-8")
    assert receipts.sources(book.root, {}) != then
    included.unlink()
    # Python for the browser comes with what npm installs, and may come later than the first build.
    packages = book.root / "node_modules/.package-lock.json"
    packages.parent.mkdir()
    packages.write_text("{}", encoding="utf-8")
    assert receipts.sources(book.root, {}) != then
    shutil.rmtree(packages.parent)
    assert receipts.sources(book.root, {}) == then
    monkeypatch.setenv("SOURCE_DATE_EPOCH", "1900000000")
    assert receipts.sources(book.root, {}) != then


def test_a_value_changes_text_figure_and_computed_numbers_alone(book: Book) -> None:
    assert "80" in book.cells("book/figure.html")
    assert "8 of 10 patients" in book.text("book/value.html") and "64.7" in book.text("book/intro.html")
    replace(book.root, ALPHA, "events: 8", "events: 9")
    built = book.build()
    assert built.executed == {"book/figure"}
    assert pages(built) == {
        "book/value.html",
        "book/figure.html",
        "book/intro.html",
        "evidence/alpha-2024.html",
    }
    assert "9 of 10 patients" in book.text("book/value.html") and "90 %" in book.text("book/value.html")
    # (9 + 3) of (10 + 7), pasted by the page that computes it and by another.
    assert "70.59" in book.text("book/figure.html") and "70.6" in book.text("book/intro.html")
    assert "90" in book.cells("book/figure.html") and "80" not in book.cells("book/figure.html")


def test_a_value_that_only_its_entry_shows_changes_its_entry_alone(book: Book) -> None:
    replace(book.root, BETA, "median: 12", "median: 13")
    built = book.build()
    assert (built.executed, pages(built)) == (set(), {"evidence/beta-2025.html"})


def test_a_note_of_a_figure_s_fact_changes_no_other_page(book: Book) -> None:
    replace(book.root, ALPHA, "note: Recalled.", "note: Recalled from a talk.")
    built = book.build()
    # The card of the value shows the note; no notebook asks for this fact.
    assert built.executed == set()
    assert pages(built) == {"book/value.html", "evidence/alpha-2024.html"}


def test_a_new_study_that_matches_a_question_reaches_its_figure(book: Book) -> None:
    content = (book.root / BETA).read_text(encoding="utf-8").replace("events: 3", "events: 7")
    (book.root / "evidence/studies/gamma-2026.yaml").write_text(content, encoding="utf-8")
    bibliography = book.root / "references.bib"
    entry = "\n@article{gamma-2026, author={Delta, Dan}, title={Still more}, journal={Journal of Examples}, year={2026}}\n"
    bibliography.write_text(bibliography.read_text(encoding="utf-8") + entry, encoding="utf-8")
    built = book.build()
    assert built.executed == {"book/figure"}
    # (9 + 3 + 7) of (10 + 7 + 7)
    assert "79.2" in book.text("book/intro.html")
    assert "Delta" in book.text("book/audit.html") and "Delta" in book.text("book/references.html")
    assert "3 studies" in book.text("book/value.html")
    assert built.changed.isdisjoint(
        {"book/unrelated.html", "book/other-notebook.html", "evidence/alpha-2024.html"}
    )


def test_an_imported_module_executes_its_notebook_alone(book: Book) -> None:
    replace(book.root, "book/helper.py", "STEPS = 10", "STEPS = 11")
    built = book.build()
    assert built.executed == {"book/other-notebook"}
    assert pages(built) == {"book/other-notebook.html"}
    assert "steps: 55" in book.text("book/other-notebook.html")


def test_a_unit_of_the_vocabulary_changes_the_pages_that_show_it(book: Book) -> None:
    replace(book.root, "evidence/vocabulary.yaml", "one: day, many: days", "one: day, many: whole days")
    built = book.build()
    assert built.executed == set()
    # The audit lists a parameter in days.
    entries = {"evidence/alpha-2024.html", "evidence/beta-2025.html", "evidence/gamma-2026.html"}
    assert pages(built) == {"book/value.html", "book/audit.html", *entries}
    assert "112 ± 47 whole days" in book.text("book/value.html")


def test_our_own_code_executes_the_notebooks_that_load_it(book: Book) -> None:
    theme = book.package / "carta/figures/theme.py"
    theme.write_text(theme.read_text(encoding="utf-8") + "\nSPARE = 1\n", encoding="utf-8")
    built = book.build()
    # The other notebook loads nothing of ours; the figure came out the same, so that no page changed.
    assert (built.executed, built.changed) == ({"book/figure"}, set())


def test_our_own_code_that_writes_pages_writes_them_again(book: Book) -> None:
    replace(book.package, "carta/site/standing.py", '"not verified", "△', '"not yet verified", "△')
    built = book.build()
    assert "not yet verified" in book.text("book/value.html")
    assert "not yet verified" in book.text("evidence/alpha-2024.html")
    assert "book/unrelated.html" not in built.changed


def test_a_new_look_reaches_every_page(book: Book) -> None:
    sheet = book.package / "carta/site/assets/carta.css"
    sheet.write_text(sheet.read_text(encoding="utf-8") + "\n.new { color: inherit; }\n", encoding="utf-8")
    built = book.build()
    assert built.executed == set()
    # Pages name its checksum, so that no reader keeps the old one.
    assert {"_static/carta.css", "book/unrelated.html", "evidence/alpha-2024.html"} <= built.changed


def test_a_label_may_move_to_a_page_read_earlier_and_a_page_may_leave(book: Book) -> None:
    section = "\n(moving)=\n## Moving\n\nText.\n"
    later, earlier = book.root / "book/value.md", book.root / "book/unrelated.md"
    guest, listed = book.root / "book/guest.md", "      - file: book/unrelated\n"
    guest.write_text("# A guest\n\nWords.\n")
    replace(book.root, "_toc.yml", listed, listed + "      - file: book/guest\n")
    later.write_text(later.read_text() + section)
    book.build()
    assert "Words." in book.text("book/guest.html")

    guest.unlink()
    replace(book.root, "_toc.yml", "      - file: book/guest\n", "")
    later.write_text(later.read_text().replace(section, ""))
    earlier.write_text(earlier.read_text() + section)
    book.build()
    assert "Moving" in book.text("book/unrelated.html")
    assert not (book.root / "_build/html/book/guest.html").exists()


def test_a_failed_build_leaves_the_last_good_pages(book: Book) -> None:
    value = book.root / "book/value.md"
    good = value.read_text(encoding="utf-8")
    value.write_text(good + "\nNo such {fact}`alpha-2024:nothing`.\n", encoding="utf-8")
    failed = build(book.root, book.package)
    assert not failed.sound and failed.changed == set()
    line = good.count("\n") + 2
    assert f"value.md:{line}: " in failed.said and "Traceback" not in failed.said
    # It fails again: what was wrong is not forgotten because the page was read once.
    assert not build(book.root, book.package).sound
    value.write_text(good, encoding="utf-8")
    assert not pages(book.build())


def test_a_cell_that_raises_fails_the_build_at_its_line(book: Book) -> None:
    page = book.root / "book/other-notebook.md"
    good = page.read_text(encoding="utf-8")
    page.write_text(
        good.replace("import helper\n", "import helper\nraise ValueError('as planned')\n"), encoding="utf-8"
    )
    failed = build(book.root, book.package)
    assert not failed.sound and failed.changed == set()
    assert "other-notebook.md:8: a cell raised an exception" in failed.said and "as planned" in failed.said
    page.write_text(good, encoding="utf-8")
    assert not pages(book.build())
