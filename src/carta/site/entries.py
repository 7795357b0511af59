"""A page of evidence for every study and trial, an index of them, and their citations as files.

There are hundreds, so the theme's layout is rendered once and each page's content put into it; all lie in
one folder, so that links in the layout are the same. What has not changed is not written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from html import escape
from itertools import chain
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup
from sphinx.util import logging

from carta.bibliography.entries import BibEntry
from carta.bibliography.export import FORMATS, citation_files
from carta.bibliography.formatting import full_citation_text
from carta.evidence import UnknownRecordError
from carta.evidence.changes import field_words, notice_words, successor, value_words
from carta.evidence.formatting import format_interval, format_number
from carta.evidence.records import Fact, Trial
from carta.files import digest, write_text_atomically
from carta.site.assets import folder
from carta.site.domain import Use, carta_domain
from carta.site.entry_tables import ACCESS, INDEX_COLUMNS, index_rows, own_words, people, shared
from carta.site.judgements import judgement_groups
from carta.site.project import Project, Source, project_of
from carta.site.stamps import stamp
from carta.site.standing import STANDINGS, sign_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.builders.html import StandaloneHTMLBuilder

logger = logging.getLogger(__name__)

#: Where the layout takes title and content; words that no page contains.
_TITLE = "carta-entry-title-here"
_BODY = "<!--carta-entry-body-here-->"
_NAME = "carta-entry-name-here"

#: What may be the key of a study in a note or locator.
_KEY = re.compile(r"\b[a-z0-9]+(?:[-.][a-z0-9]+)+\b")


@dataclass(frozen=True)
class Backlink:
    """A place that uses a record."""

    href: str
    title: str


class Entries:
    """The pages of one build."""

    def __init__(self, app: Sphinx) -> None:
        self.app = app
        self.project: Project = project_of(app)
        self.domain = carta_domain(app.env)
        self.templates = Environment(
            loader=FileSystemLoader(folder("templates") / "carta"),
            autoescape=True,
            undefined=StrictUndefined,
            trim_blocks=True,
            lstrip_blocks=True,
        )
        self.templates.filters["number"] = lambda number: "" if number is None else format_number(number)
        self.templates.filters["named"] = self.named
        self.templates.filters["capitalize_first"] = lambda text: text[:1].upper() + text[1:]
        self.templates.globals.update(
            successor=successor,
            field_words=field_words,
            field_list=lambda fields: ", ".join(field_words(field) for field in fields),
            value_words=value_words,
            notice_words=notice_words,
            standings=STANDINGS,
            sign=sign_of,
            label=self.project.label,
            source=self.source,
            is_study=self.is_study,
            home=app.builder.get_relative_uri("evidence/index", app.config.root_doc),
            formats=FORMATS,
            access=ACCESS,
        )

    def is_study(self, key: str) -> bool:
        """Return whether a key has an entry."""
        return key in self.keys

    def named(self, text: str) -> Markup:
        """Return a text in which the keys of studies are their citations, each with a link to the entry."""

        def cited(match: re.Match[str]) -> str:
            key = match[0]
            if key not in self.keys:
                return key
            return f'<a href="{escape(key)}.html">{escape(self.source(key).label)}</a>'

        # Escaping leaves keys as they are.
        return Markup(_KEY.sub(cited, escape(text, quote=False)))

    @cached_property
    def keys(self) -> frozenset[str]:
        """Keys of all studies."""
        return frozenset(self.project.evidence.keys())

    def source(self, key: str) -> Source:
        """A source as pages show it; the key alone where the bibliography has none."""
        try:
            return self.project.source(key)
        except UnknownRecordError:
            return Source(key, key, key, None)

    def pages(self) -> Iterator[tuple[str, str, str]]:
        """Yield name, title and content of each page."""
        yield from self._study_pages()
        yield from self._trial_pages()
        yield "index", "Evidence index", self._index()

    def _study_pages(self) -> Iterator[tuple[str, str, str]]:
        evidence = self.project.evidence
        trials, appraisals, notices = evidence.trials(), evidence.appraisals(), evidence.all_notices()
        template = self.templates.get_template("study.html")
        for key, study in evidence.studies().items():
            cited = key in self.project.bibliography
            facts = [
                {
                    "id": identifier,
                    "fact": fact,
                    "value": self.project.write(fact, "value"),
                    "interval": _spread(fact),
                    "details": _details(fact),
                    "used": _unique(self.used("fact", [f"{key}:{identifier}"])),
                }
                for identifier, fact in study.facts.items()
            ]
            used = self.used("study", [key]) + self.used("fact", [f"{key}:{name}" for name in study.facts])
            content = template.render(
                key=key,
                study=study,
                cited=cited,
                references=self._references.get(key),
                notices=notices.get(key, []),
                facts=facts,
                patients=people(study),
                overlaps=shared(study),
                own=own_words(self.project, study.product),
                trials=trials,
                appraisal=appraisals.get(key),
                judged=judgement_groups(appraisals[key]) if key in appraisals else [],
                used=_unique(used),
            )
            yield key, self.source(key).label, content

    def _trial_pages(self) -> Iterator[tuple[str, str, str]]:
        evidence = self.project.evidence
        appraised = evidence.appraisals().keys()
        reports: dict[str, list[dict[str, Any]]] = {}
        for key, study in evidence.studies().items():
            for nct in study.registrations:
                reports.setdefault(nct, []).append(
                    {"key": key, "study": study, "appraised": key in appraised}
                )
        template = self.templates.get_template("trial.html")
        for nct, trial in evidence.trials().items():
            content = template.render(
                nct=nct,
                trial=trial,
                reports=reports.get(nct, []),
                own=own_words(self.project, trial),
                full=full_citation_text(trial_reference(nct, trial)),
                used=_unique(self.used("trial", [nct])),
            )
            yield nct, f"{trial.acronym} ({nct})" if trial.acronym else nct, content

    def _index(self) -> str:
        labels = {key: self.source(key).label for key in self.keys}
        more = [
            Backlink(self.app.builder.get_relative_uri("evidence/index", docname), title)
            for docname, title in (("book/evidence", "About the evidence base"), ("book/data", "Open data"))
            if docname in self.app.env.found_docs
        ]
        script = folder("assets") / "carta-evidence-index.js"
        return self.templates.get_template("index.html").render(
            columns=INDEX_COLUMNS,
            rows=index_rows(self.project, labels),
            more=more,
            version=stamp(script.read_bytes()),
            last_checked=self.project.evidence.last_checked(),
        )

    def citations(self) -> Iterator[tuple[str, str]]:
        """Yield name and content of each file that a reference manager reads."""
        for key in sorted(self.keys & self.project.bibliography.keys()):
            yield from citation_files(key, [self.project.bibliography[key]]).items()
        for nct, trial in self.project.evidence.trials().items():
            yield from citation_files(nct, [trial_reference(nct, trial)]).items()

    @cached_property
    def _references(self) -> dict[str, str]:
        """Address of each source in the list of references, where the book has one."""
        domain = cast(Any, self.app.env.get_domain("cite"))
        return {
            citation.key: self.app.builder.get_relative_uri(
                "evidence/index", citation.bibliography_key.docname
            )
            + f"#{citation.citation_id}"
            for citation in domain.citations
        }

    def used(self, kind: str, names: Iterable[str]) -> list[Backlink]:
        """Places in the book that use any of the records."""
        return [
            Backlink(self._address(use), self._page_title(use.docname))
            for name in names
            for use in self._uses.get((kind, name), ())
        ]

    @cached_property
    def _uses(self) -> dict[tuple[str, str], list[Use]]:
        found: dict[tuple[str, str], list[Use]] = {}
        for docname in sorted(self.domain.uses):
            for use in self.domain.uses[docname]:
                found.setdefault((use.kind, use.name), []).append(use)
        return found

    def _address(self, use: Use) -> str:
        address = self.app.builder.get_relative_uri("evidence/index", use.docname)
        return f"{address}#{quote(use.anchor)}" if use.anchor else address

    def _page_title(self, docname: str) -> str:
        title = self.app.env.titles.get(docname)
        return title.astext() if title is not None else docname

    def layout(self) -> str:
        """Return the theme's layout with the words that stand for a page."""
        builder = cast("StandaloneHTMLBuilder", self.app.builder)
        if not getattr(builder, "globalcontext", None):
            # Sphinx prepares this only when it writes a page itself.
            builder.prepare_writing(set())
        target = Path(self.app.doctreedir) / "carta-layout.html"
        builder.handle_page(
            f"evidence/{_NAME}",
            {"title": _TITLE, "body": _BODY, "toc": "", "display_toc": False, "meta": {}, "sourcename": ""},
            "page.html",
            outfilename=str(target),
        )
        return target.read_text(encoding="utf-8")

    def inputs(self, layout: str) -> str:
        """Return the digest of all that the pages are made from."""
        root = self.project.root
        files = [root / "references.bib", *sorted((root / "evidence").rglob("*.y*ml"))]
        titles = sorted((docname, title.astext()) for docname, title in self.app.env.titles.items())
        return digest(
            layout,
            self.app.config.carta_code,
            self.app.config.carta_assets,
            json.dumps([sorted((k, v) for k, v in self.domain.uses.items()), titles], sort_keys=True),
            *(part for file in files for part in (file.as_posix(), file.read_bytes())),
        )


def _spread(fact: Fact) -> str:
    parts = [format_interval(fact)]
    if fact.sd is not None:
        parts.append(f"SD {format_number(fact.sd)}")
    if fact.plus_minus is not None:
        parts.append(f"± {format_number(fact.plus_minus)}")
    if fact.p is not None:
        parts.append(f"p = {fact.p:g}")
    if fact.i2 is not None:
        parts.append(f"I² {format_number(fact.i2)} %")
    return ", ".join(part for part in parts if part)


def _details(fact: Fact) -> list[str]:
    """Return what a reader must know to take the value rightly, each part as a line."""
    parts = [
        fact.arm,
        fact.timepoint,
        str(fact.year) if fact.year is not None else None,
        f"prices of {fact.price_year}" if fact.price_year is not None else None,
        fact.country,
        "Computed from values of the source." if fact.derived else None,
        fact.note,
    ]
    return [part for part in parts if part]


def trial_reference(nct: str, trial: Trial) -> BibEntry:
    """Return the registry record of a trial as an entry of a bibliography, with what of it was read there."""
    title = trial.title or f"[Registered trial: {', '.join(trial.conditions)}]"
    fields = {
        "title": f"{{{title}}}",
        "howpublished": "ClinicalTrials.gov",
        "nct": nct,
        "url": f"https://clinicaltrials.gov/study/{nct}",
    }
    confirmed = []
    if trial.last_update:
        fields["year"] = trial.last_update[:4]
        confirmed.append("year")
    if "title" in trial.read_fields:
        confirmed.append("title")
    if "sponsor" in trial.read_fields:
        confirmed.append("author")
    fields["confirmed"] = ", ".join(confirmed)
    return BibEntry(nct, "online", fields, {"author": [f"{{{trial.sponsor}}}"]} if trial.sponsor else {})


def _unique(links: list[Backlink]) -> list[Backlink]:
    """Return one link a page: the first."""
    first: dict[str, Backlink] = {}
    for link in links:
        first.setdefault(link.title, link)
    return list(first.values())


def _assemble(layout: str, name: str, title: str, body: str) -> str:
    shown = escape(title)
    # Split, not replace: content may hold any words.
    page = layout.replace(_NAME, re.sub(r"[^\w.-]", "", name)).replace(_TITLE, shown)
    head, tail = page.split(_BODY, 1)
    return head + body + tail.replace(_BODY, "")


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "html":
        return
    entries = Entries(app)
    place = Path(app.outdir) / "evidence"
    remembered = Path(app.doctreedir) / "carta-entries.json"
    layout = entries.layout()
    inputs = entries.inputs(layout)
    try:
        known = json.loads(remembered.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        known = {}
    if known.get("inputs") == inputs and all((place / name).is_file() for name in known["files"]):
        return
    written, names = 0, []
    files = ((f"{name}.html", _assemble(layout, name, title, body)) for name, title, body in entries.pages())
    for name, content in chain(files, ((f"cite/{name}", text) for name, text in entries.citations())):
        names.append(name)
        target = place / name
        if not target.is_file() or target.read_text(encoding="utf-8") != content:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(content, encoding="utf-8")
            written += 1
    for target in (*place.glob("*.html"), *place.glob("cite/*")):
        if target.relative_to(place).as_posix() not in names:
            target.unlink()
    write_text_atomically(remembered, json.dumps({"inputs": inputs, "files": names}))
    logger.info("carta: %d files of evidence, %d of them written", len(names), written)


def _dress(app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: Any) -> None:
    if pagename == f"evidence/{_NAME}":
        # The boxes of the index are those of the trial explorer.
        for name in ("carta-trials.css", "carta-entries.css"):
            app.add_css_file(name, priority=903)


def setup(app: Sphinx) -> None:
    """Write the pages at the end, also of a build that found nothing else to do."""
    app.connect("html-page-context", _dress)
    # Behind the theme, which puts its own style sheet of code in place there: the layout names its checksum.
    app.connect("build-finished", _write, priority=900)
