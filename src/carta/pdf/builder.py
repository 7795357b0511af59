"""The builder ``carta-pdf``: the book as one PDF, and each of its parts as one."""

from __future__ import annotations

import io
import os
import shutil
from collections.abc import Iterable, Iterator, Set
from dataclasses import replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pikepdf
import typst
from docutils import nodes
from sphinx.builders import Builder
from sphinx.util import logging
from sphinx.util.display import status_iterator

from carta import __version__
from carta.pdf.markup import address, string, text
from carta.pdf.papers import PAPERS
from carta.pdf.widths import FONTS
from carta.pdf.writer import Book, Writer
from carta.site.printed.evidence import study_tables
from carta.site.printed.resolving import remembering
from carta.site.printed.volumes import Chapter, Outline, Part, outline
from carta.site.project import project_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)

#: What all volumes share: the look of the book.
TEMPLATE = Path(__file__).with_name("book.typ")

#: The name of the whole book; parts are called after their titles.
WHOLE = "carta"


class TypesettingError(Exception):
    """Typst refused what was written for it; the message says where and why."""


class PdfBuilder(Builder):
    """Writes Typst's markup for every volume and has it set."""

    name = "carta-pdf"
    format = "typst"
    epilog = "The PDF files are in %(outdir)s."
    supported_image_types = ("image/svg+xml", "image/png", "image/jpeg")  # type: ignore[assignment]
    allow_parallel = False

    #: Charts come as drawings, and records have entries to point to.
    carta_printed = True
    carta_entries = True

    def init(self) -> None:
        """Begin with nothing refused."""
        #: What Typst said when it refused a volume.
        self.refused: list[str] = []

    def get_outdated_docs(self) -> str:
        """Return what is said to be written anew: always the book."""
        return "the book"

    def get_target_uri(self, docname: str, typ: str | None = None) -> str:
        """Return the place of a page, as the writer reads it."""
        return f"%{docname}"

    def get_relative_uri(self, from_: str, to: str, typ: str | None = None) -> str:
        """Return the place of a page: it is the same from everywhere."""
        return self.get_target_uri(to, typ)

    def prepare_writing(self, docnames: Set[str]) -> None:
        """Nothing: volumes are prepared one by one."""

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        """Nothing: pages are written into volumes."""

    def write(self, *ignored: Any) -> None:
        """Write and set all volumes."""
        paper = PAPERS[self.config.carta_pdf_paper]
        plan = outline(self.env, self.config.root_doc)
        with remembering(self.env):
            trees = {docname: self._resolved(docname) for docname in self._shown(plan.docnames, "resolving")}
        wanted = frozenset(_targets(trees))
        volumes: list[tuple[str, Part | None]] = [(WHOLE, None)]
        volumes += [(f"{WHOLE}-{part.slug}", part) for part in plan.parts if part.title]
        if not self.config.carta_pdf_parts:
            volumes = volumes[:1]
        out = Path(self.outdir)
        folder = out / ".typst"
        folder.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(TEMPLATE, folder / TEMPLATE.name)
        compiler = typst.Compiler(
            root=folder,
            font_paths=[FONTS],
            ignore_system_fonts=True,
            package_path=folder,
            package_cache_path=folder,
        )
        for name, part in status_iterator(
            volumes, "setting ", "darkgreen", len(volumes), stringify_func=lambda v: v[0]
        ):
            book = Book(self.app, paper, folder, frozenset(), wanted)
            source = folder / f"{name}.typ"
            source.write_text(self._volume(plan, part, trees, book), encoding="utf-8")
            try:
                self._set(compiler, source, out / f"{name}.pdf")
            except TypesettingError as error:
                # Told, neither raised nor a warning: for those, what Sphinx has read would be forgotten.
                logger.info(str(error))
                self.refused.append(str(error))
                self.app.statuscode = 1
                return
        kept = {f"{name}.pdf" for name, _ in volumes}
        for old in out.glob("*.pdf"):
            if old.name not in kept:
                old.unlink()

    def finish(self) -> None:
        """Nothing is left to do."""

    def _shown(self, docnames: list[str], what: str) -> Iterable[str]:
        return status_iterator(docnames, f"{what} ", "darkgreen", len(docnames))

    def _resolved(self, docname: str) -> nodes.document:
        # Resolving changes the page, so it is read for itself.
        tree = type(self.env).get_doctree(self.env, docname)
        self.env.apply_post_transforms(tree, docname)
        self.post_process_images(tree)
        return tree

    def _set(self, compiler: typst.Compiler, source: Path, target: Path) -> None:
        try:
            made, warnings = compiler.compile_with_warnings(
                input=source, format="pdf", pdf_standards=["ua-1"], timestamp=moment(self._day())
            )
        except typst.TypstError as error:
            hints = "".join(f"\n  {hint}" for hint in error.hints)
            raise TypesettingError(f"{source}: {error.diagnostic or error.message}{hints}") from error
        if warnings:
            raise TypesettingError(
                "\n".join(f"{source}: {warning.diagnostic or warning.message}" for warning in warnings)
            )
        assert isinstance(made, bytes)
        # Typst writes the structure tree in the open; packed, the book is a third of the size.
        with pikepdf.open(io.BytesIO(made)) as pdf:
            pdf.save(target, object_stream_mode=pikepdf.ObjectStreamMode.generate, deterministic_id=True)

    def _day(self) -> date:
        """The day of the book: the last on which a fact was checked."""
        checked = project_of(self.app).evidence.last_checked()
        return date.fromisoformat(checked) if checked else date(2026, 1, 1)

    def _volume(self, plan: Outline, part: Part | None, trees: dict[str, nodes.document], book: Book) -> str:
        """Return the markup of one volume."""
        whole = part is None
        parts = plan.parts if part is None else (part,)
        chapters = [chapter for each in parts for chapter in each.chapters]
        docnames = ([plan.root] if whole else []) + [chapter.docname for chapter in chapters]
        project = project_of(self.app)
        studies = project.evidence.keys()
        entries = {f"evidence/{key}" for key in studies}
        known = set(docnames)
        known |= {
            f"{docname}#{identifier}"
            for docname in docnames
            for node in trees[docname].findall(nodes.Element)
            for identifier in node["ids"]
        }
        if whole:
            known |= entries
        wanted = book.wanted | entries
        # A place in a part that only other parts point to is no harm.
        book = replace(book, known=frozenset(known & wanted), wanted=wanted, terms=self._terms(trees))
        numbered = any(each.title for each in plan.parts) and whole
        body = []
        if whole:
            body.append(self._chapter(book, trees, Chapter(plan.root, 1), 0, ""))
        for each in parts:
            if each.title and whole:
                body.append(f"#part([{text(each.title)}])")
            body += [
                self._chapter(book, trees, chapter, 1 if each.title and numbered else 0, each.title)
                for chapter in each.chapters
            ]
        if whole and entries:
            body.append(self._appendix(book))
        day = self._day()
        title = self.config.html_title or self.config.project
        settings = {
            "title": string(title),
            "part": "none" if part is None else string(part.title),
            "author": string(self.config.author),
            "version": string(__version__),
            "day": f"datetime(year: {day.year}, month: {day.month}, day: {day.day})",
            "paper": string(book.paper.name),
            "language": string(self.config.language or "en"),
            "address": string(self.config.html_baseurl),
            "counts": self._counts(),
        }
        given = ",\n  ".join(f"{name}: {value}" for name, value in settings.items())
        return "\n\n".join(
            [
                f'#import "{TEMPLATE.name}": *',
                f"#show: volume.with(\n  {given},\n)",
                *body,
                _running("Index", "", "#index-of-terms()"),
                _running("", "", "#colophon()"),
                "",
            ]
        )

    def _counts(self) -> str:
        project = project_of(self.app)
        numbers = {name: project.count(name) for name in ("studies", "facts", "trials", "sources")}
        return f"({', '.join(f'{name}: {number}' for name, number in numbers.items())})"

    def _chapter(
        self, book: Book, trees: dict[str, nodes.document], chapter: Chapter, below: int, part: str
    ) -> str:
        written = Writer(book, chapter.docname).page(trees[chapter.docname], below + chapter.depth)
        return _running(part, self.env.titles[chapter.docname].astext(), f"{written}\n\n#place.flush()")

    def _terms(self, trees: dict[str, nodes.document]) -> dict[str, str]:
        """Return the words of the index: terms of the glossary, and sources."""
        words = {
            f"{docname}#{identifier}": node.astext()
            for docname, tree in trees.items()
            for node in tree.findall(nodes.term)
            for identifier in node["ids"]
        }
        for docname, tree in trees.items():
            for citation in tree.findall(nodes.citation):
                label = next((child.astext() for child in citation.findall(nodes.label)), "")
                words |= {f"{docname}#{identifier}": label for identifier in citation["ids"]}
        return words

    def _appendix(self, book: Book) -> str:
        """Return the evidence, study by study."""
        project = project_of(self.app)
        writer = Writer(book, "evidence")
        parts = ["#appendix([Evidence])"]
        for entry in study_tables(project):
            place = writer.place(f"evidence/{entry.key}")
            rows = ", ".join(
                f"[{text(row.what)}], [{text(row.value)}], [{text(row.locator)}], [{text(row.status)}]"
                for row in entry.rows
            )
            about = text(entry.about)
            link = (
                f" #link({string(entry.url)})[{address(entry.url.removeprefix('https://'))}]"
                if entry.url
                else ""
            )
            parts.append(f"#study([{place}], [{text(entry.label)}], [{about}{link}], {rows})")
        return _running("Evidence", "", "\n\n".join(parts))


def moment(day: date) -> int:
    """Return the time that a PDF says it was made at: ``SOURCE_DATE_EPOCH``, or the beginning of a day."""
    stamp = os.environ.get("SOURCE_DATE_EPOCH")
    return int(stamp) if stamp else int(datetime(day.year, day.month, day.day, tzinfo=UTC).timestamp())


def _running(left: str, right: str, body: str) -> str:
    """Return pages with a running head."""
    return f"#running([{text(left)}], [{text(right)}])[\n{body}\n]"


def _targets(trees: dict[str, nodes.document]) -> Iterator[str]:
    """Yield all places that something points to."""
    for docname, tree in trees.items():
        for node in tree.findall(nodes.reference):
            if node.get("refid"):
                yield f"{docname}#{node['refid']}"
            elif (place := node.get("refuri", "")).startswith("%"):
                yield place[1:].removesuffix("#")


def setup(app: Sphinx) -> None:
    """Register the builder and its settings."""
    app.add_builder(PdfBuilder)
    app.add_config_value("carta_pdf_paper", "a4", "", types=[str])
    app.add_config_value("carta_pdf_parts", True, "", types=[bool])
