"""The builder ``epub``: Sphinx's own writer of pages, and a book made of them without theme, script or index."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from datetime import UTC, datetime
from html import escape
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.builders.epub3 import Epub3Builder, validate_config_values
from sphinx.builders.html import StandaloneHTMLBuilder
from sphinx.util import logging
from sphinx.util.display import status_iterator

from carta import __version__
from carta.files import write_bytes_atomically
from carta.site.assets import description
from carta.site.epub.build import BUILDER, FINISHED
from carta.site.epub.cover import cover_png
from carta.site.epub.package import CONTAINER, FOLDER, Entry, Facts, archive, navigation, package
from carta.site.epub.pages import Page, PageError, lead, parse
from carta.site.metadata import LICENCE, base_address
from carta.site.printed.evidence import StudyTable, study_tables
from carta.site.printed.resolving import remembering
from carta.site.printed.volumes import Outline, outline
from carta.site.project import project_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)

#: Names of what the builder adds, relative to the package document.
SHEET, COVER, COVER_PAGE, TITLE_PAGE, NAV = (
    "carta.css",
    "cover.png",
    "cover.xhtml",
    "title.xhtml",
    "nav.xhtml",
)

_STUDY = re.compile(r"evidence/([^/]+)\.xhtml")
_TRIAL = re.compile(r"NCT\d{8}")


class EpubBuilder(Epub3Builder):
    """Writes the pages in their order and puts them into one archive."""

    name = BUILDER
    epilog = "The e-book is in %(outdir)s."

    #: Charts come as drawings, records have entries to point to, values have notes.
    carta_printed = True
    carta_entries = True
    carta_notes = True

    def init(self) -> None:
        """Start with no page."""
        super().init()
        self.pages: dict[str, Page] = {}
        self.extra: dict[str, bytes] = {}
        self.plan = Outline("")

    def get_outdated_docs(self) -> str:  # type: ignore[override]
        """Return what is said to be written anew: always the book."""
        return "the book"

    def add_file(self, name: str, content: bytes) -> None:
        """Put a file into the book."""
        self.extra[name] = content

    def climb(self, docname: str) -> str:
        """Return the way from a page up to the package document."""
        return "../" * docname.count("/")

    def write(self, *ignored: Any) -> None:
        """Write all pages of the table of contents."""
        self.plan = outline(self.env, self.config.root_doc)
        docnames = self.plan.docnames
        self.prepare_writing(set(docnames))
        with remembering(self.env):
            for docname in status_iterator(
                docnames, "writing ", "darkgreen", len(docnames), self.app.verbosity
            ):
                # Resolving changes the page, so it is read for itself.
                tree = type(self.env).get_doctree(self.env, docname)
                self.env.apply_post_transforms(tree, docname)
                self.write_doc_serialized(docname, tree)
                self.write_doc(docname, tree)

    def write_doc(self, docname: str, doctree: nodes.document) -> None:
        """Write a page as Sphinx writes one for the web; addresses of links stay in the links."""
        StandaloneHTMLBuilder.write_doc(self, docname, doctree)

    def index_page(self, pagename: str, doctree: nodes.document, title: str) -> None:
        """Nothing: an e-reader searches by itself."""

    def handle_page(
        self,
        pagename: str,
        addctx: dict[str, Any],
        templatename: str = "page.html",
        outfilename: str | None = None,
        event_arg: Any = None,
    ) -> None:
        """Take the inside of a page."""
        title = self.env.titles[pagename].astext()
        try:
            self.pages[f"{pagename}.xhtml"] = Page(f"{pagename}.xhtml", title, parse(addctx["body"]))
        except PageError as error:
            logger.warning(f"The page is no XHTML: {error}", location=pagename, type="carta", subtype="epub")

    def finish(self) -> None:
        """Add what is no page of the sources, and write the book."""
        if missing := [name for name in self.plan.docnames if f"{name}.xhtml" not in self.pages]:
            logger.warning(
                f"The e-book lacks {', '.join(missing)}; nothing is written.", type="carta", subtype="epub"
            )
            return
        facts = self._facts()
        text = dict(self.pages)
        evidence = dict(self._evidence())
        places = {key: page for page, tables in evidence.items() for key in tables}
        entries = self._contents(text, list(evidence))
        start = f"{self.config.root_doc}.xhtml"
        front = [
            Page(
                COVER_PAGE,
                "Cover",
                parse(f'<p class="carta-cover"><img src="{COVER}" alt="{escape(facts.title)}"/></p>'),
            ),
            Page(TITLE_PAGE, facts.title, parse(self._title_page(facts))),
            Page(NAV, "Contents", parse(navigation(entries, cover=COVER_PAGE, start=start, own=NAV))),
        ]
        ordered = [
            *front,
            *text.values(),
            *(
                Page(name, f"Evidence, {_letter(next(iter(tables.values())))}", parse(_evidence_body(tables)))
                for name, tables in evidence.items()
            ),
        ]
        self.pages = {page.name: page for page in ordered}

        def moved(name: str, anchor: str) -> str | None:
            match = _STUDY.fullmatch(name)
            if match is None:
                return None
            if _TRIAL.fullmatch(match[1]):
                return f"https://clinicaltrials.gov/study/{match[1]}"
            if match[1] not in places:
                return None
            wanted = f"{match[1]}-{anchor}"
            page = places[match[1]]
            return f"{page}#{wanted if wanted in self.pages[page].ids else match[1]}"

        for what in lead(self.pages, moved):
            logger.warning(what, type="carta", subtype="epub")
        for source, name in self.images.items():
            self.add_file(f"{self.imagedir}/{name}", Path(self.srcdir, source).read_bytes())
        self.add_file(SHEET, Path(__file__).with_name(SHEET).read_bytes())
        self.add_file(COVER, cover_png(facts.title, [facts.author, f"Evidence of {facts.day}"]))
        opf = package(facts, ordered, self.extra, nav=NAV, cover=COVER, cover_page=COVER_PAGE)
        files = {
            "META-INF/container.xml": CONTAINER.encode(),
            f"{FOLDER}/package.opf": opf.encode(),
            **{f"{FOLDER}/{page.name}": page.written(facts.language, SHEET) for page in ordered},
            **{f"{FOLDER}/{name}": self.extra[name] for name in sorted(self.extra)},
        }
        target = Path(self.outdir) / FINISHED / "carta.epub"
        target.parent.mkdir(parents=True, exist_ok=True)
        write_bytes_atomically(target, archive(files, facts.moment))
        logger.info("carta: %d pages in %s", len(ordered), target.name)

    def _facts(self) -> Facts:
        checked = project_of(self.app).evidence.last_checked()
        day = checked or "2026-01-01"
        stamp = os.environ.get("SOURCE_DATE_EPOCH")
        moment = (
            datetime.fromtimestamp(int(stamp), tz=UTC)
            if stamp
            else datetime.fromisoformat(day).replace(tzinfo=UTC)
        )
        title = str(self.config.html_title or self.config.project)
        root = self.env.get_doctree(self.config.root_doc)
        return Facts(
            title=title,
            author=str(self.config.author),
            language=str(self.config.language or "en"),
            description=description(root) or title,
            address=base_address(self.app),
            licence=LICENCE,
            day=day,
            moment=moment,
        )

    def _title_page(self, facts: Facts) -> str:
        project = project_of(self.app)
        numbers = {name: project.count(name) for name in ("studies", "facts", "trials", "sources")}
        held = ", ".join(f"{number} {name}" for name, number in numbers.items())
        address = (
            f'<p>On the web: <a href="{escape(facts.address)}">{escape(facts.address)}</a></p>'
            if facts.address
            else ""
        )
        return (
            f'<section class="carta-title-page" epub:type="titlepage"><h1>{escape(facts.title)}</h1>'
            f"<p>{escape(facts.author)}</p>"
            f"<p>Version {escape(__version__)}. Evidence as it stood on {facts.day}.</p>"
            f"<p>The evidence base holds {held}.</p>{address}"
            f'<p>Words and data: <a href="{LICENCE}">Creative Commons Attribution 4.0</a>.</p></section>'
        )

    def _contents(self, text: dict[str, Page], evidence: list[str]) -> Iterator[Entry]:
        """Yield the entries of the table of contents."""

        def entry(docname: str) -> Entry:
            page = text[f"{docname}.xhtml"]
            below = tuple(Entry(title, f"{page.name}#{anchor}") for anchor, title in page.sections())
            return Entry(page.title, page.name, below)

        yield Entry("Title page", TITLE_PAGE)
        yield entry(self.plan.root)
        for part in self.plan.parts:
            chapters = tuple(entry(chapter.docname) for chapter in part.chapters)
            if part.title:
                yield Entry(part.title, below=chapters)
            else:
                yield from chapters
        if evidence:
            letters = tuple(
                Entry(f"Sources: {PurePosixPath(name).stem.partition('-')[2].upper()}", name)
                for name in evidence
            )
            yield Entry("Evidence", below=letters)

    def _evidence(self) -> Iterator[tuple[str, dict[str, StudyTable]]]:
        """Yield the pages of the appendix: the sources of each letter."""
        for letter, tables in groupby(study_tables(project_of(self.app)), key=_letter):
            yield f"evidence-{letter.lower()}.xhtml", {table.key: table for table in tables}


def _letter(table: StudyTable) -> str:
    first = table.label[:1].upper()
    return first if "A" <= first <= "Z" else "other"


def _evidence_body(tables: dict[str, StudyTable]) -> str:
    """Return the facts of the sources, a table for each."""
    letter = _letter(next(iter(tables.values())))
    parts = [f"<section><h1>Evidence, {letter}</h1>"]
    for key, table in tables.items():
        link = (
            f' <a href="{escape(table.url)}">{escape(table.url.partition("//")[2])}</a>' if table.url else ""
        )
        rows = "".join(
            f'<tr id="{escape(key)}-{escape(row.id)}"><td>{escape(row.what)}</td><td>{escape(row.value)}</td>'
            f"<td>{escape(row.locator)}</td><td>{escape(row.status)}</td></tr>"
            for row in table.rows
        )
        heads = "".join(
            f"<th>{head}</th>" for head in ("Fact", "Value", "Place in the source", "How it was read")
        )
        shown = f"<table><thead><tr>{heads}</tr></thead><tbody>{rows}</tbody></table>" if rows else ""
        parts.append(
            f'<section id="{escape(key)}"><h2>{escape(table.label)}</h2>'
            f"<p>{escape(table.about)}{link}</p>{shown}</section>"
        )
    return "\n".join([*parts, "</section>"])


def setup(app: Sphinx) -> None:
    """Register the builder in the place of Sphinx's."""
    app.add_builder(EpubBuilder, override=True)
    # It asks for settings of a package document that is not written here.
    listeners = app.events.listeners["builder-inited"]
    app.events.listeners["builder-inited"] = [
        listener for listener in listeners if listener.handler is not validate_config_values
    ]
