"""How to cite a page of the book: in words, and as files for reference managers."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any
from urllib.parse import urljoin

from docutils import nodes

from carta.bibliography.entries import BibEntry
from carta.bibliography.export import FORMATS, citation_files
from carta.files import write_text_atomically
from carta.site.chapter_line import checked
from carta.site.metadata import base_address, is_chapter
from carta.site.project import project_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: Folder of the files within the site.
FOLDER = "cite"


def stem_of(docname: str) -> str:
    """Return the name of a page's files, without ending."""
    return docname.removeprefix("book/").replace("/", "-")


def page_entry(app: Sphinx, docname: str) -> BibEntry:
    """Return a page as an entry of a bibliography.

    A page changes with the evidence, so its date is the day on which the facts in it were last checked; a page without
    facts has that of the whole base.
    """
    seen = checked(app, docname)
    day = seen.last.isoformat() if seen else str(project_of(app).evidence.last_checked() or "")
    title = app.env.titles[docname].astext()
    whole = str(app.config.html_title)
    fields = {"title": f"{{{title}}}"}
    if docname != app.config.root_doc:
        fields["booktitle"] = f"{{{whole}}}"
    else:
        fields["title"] = f"{{{whole}}}"
    if day:
        fields["date"] = day
        fields["year"] = day[:4]
    if base := base_address(app):
        fields["url"] = urljoin(base, app.builder.get_target_uri(docname))
    kind = "incollection" if docname != app.config.root_doc else "online"
    return BibEntry(f"carta-{stem_of(docname)}", kind, fields, {"author": [f"{{{app.config.author}}}"]})


def citation_words(entry: BibEntry) -> str:
    """Return the citation as a sentence."""
    fields = {name: value.strip("{}") for name, value in entry.fields.items()}
    author = entry.persons["author"][0].strip("{}")
    parts = [f"{author}. {fields['title']}."]
    if "booktitle" in fields:
        parts.append(f"In: {fields['booktitle']}.")
    if "date" in fields:
        parts.append(f"Evidence checked {fields['date']}.")
    if "url" in fields:
        parts.append(fields["url"])
    return " ".join(parts)


def _offered(app: Sphinx, docname: str) -> bool:
    return docname in app.env.found_docs and (
        is_chapter(docname) or docname.startswith("book/") or docname == app.config.root_doc
    )


def _add_words(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if doctree is None or app.builder.name != "html" or not _offered(app, pagename):
        return
    stem = stem_of(pagename)
    context["carta_cite"] = {
        "words": citation_words(page_entry(app, pagename)),
        "files": [(form.label, context["pathto"](f"{FOLDER}/{stem}{form.suffix}", True)) for form in FORMATS],
    }


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "html":
        return
    place = Path(app.outdir) / FOLDER
    place.mkdir(exist_ok=True)
    wanted: dict[str, str] = {}
    for docname in sorted(app.env.found_docs):
        if _offered(app, docname):
            wanted |= citation_files(stem_of(docname), [page_entry(app, docname)])
    for name, text in wanted.items():
        target = place / name
        if not target.is_file() or target.read_text(encoding="utf-8") != text:
            write_text_atomically(target, text)
    for target in place.iterdir():
        if target.name not in wanted:
            target.unlink()


def setup(app: Sphinx) -> None:
    """Offer citations at the foot of pages, and write their files."""
    # Before the theme, which leaves out what is empty by then.
    app.connect("html-page-context", _add_words, priority=300)
    app.connect("build-finished", _write)
