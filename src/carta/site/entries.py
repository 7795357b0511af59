"""A page of evidence for every study and trial, and an index of them.

There are hundreds, so the theme's layout is rendered once and each page's content put into it; all lie in
one folder, so that links in the layout are the same. Pages whose content is the same are not written.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cached_property
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from sphinx.util import logging

from carta.evidence import UnknownRecordError
from carta.evidence.changes import field_words, notice_words, successor, value_words
from carta.evidence.formatting import format_interval, format_number
from carta.evidence.records import Fact, Patient
from carta.files import digest, write_text_atomically
from carta.site.assets import folder
from carta.site.build import PREPARE
from carta.site.domain import Use, carta_domain
from carta.site.judgements import judgement_groups
from carta.site.project import Project, project_of
from carta.site.standing import STANDINGS, sign_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.builders.html import StandaloneHTMLBuilder

logger = logging.getLogger(__name__)

#: Where the layout takes title and content; words that no page contains.
_TITLE = "carta-entry-title-here"
_BODY = "<!--carta-entry-body-here-->"
_NAME = "carta-entry-name-here"


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
        )

    def is_study(self, key: str) -> bool:
        """Return whether a key has an entry."""
        return key in self.keys

    @cached_property
    def keys(self) -> frozenset[str]:
        """Keys of all studies."""
        return frozenset(self.project.evidence.keys())

    def source(self, key: str) -> Any:
        """A source as pages show it; the key alone where the bibliography has none."""
        try:
            return self.project.source(key)
        except UnknownRecordError:
            return {"key": key, "label": key, "full": key, "url": None}

    def pages(self) -> Iterator[tuple[str, str, str]]:
        """Yield name, title and content of each page."""
        evidence = self.project.evidence
        studies, trials = evidence.studies(), evidence.trials()
        reports: dict[str, list[str]] = {}
        for key, study in studies.items():
            for nct in study.registrations:
                reports.setdefault(nct, []).append(key)
        template = self.templates.get_template("study.html")
        appraisals = evidence.appraisals()
        notices = evidence.all_notices()
        for key, study in studies.items():
            facts = [
                {
                    "id": identifier,
                    "fact": fact,
                    "value": self.project.write(fact, "value"),
                    "interval": _spread(fact),
                    "details": _details(fact),
                }
                for identifier, fact in study.facts.items()
            ]
            used = self.used("study", [key]) + self.used("fact", [f"{key}:{name}" for name in study.facts])
            yield (
                key,
                self.source(key).label if key in self.project.bibliography else key,
                template.render(
                    key=key,
                    study=study,
                    notices=notices.get(key, []),
                    facts=facts,
                    patients=[
                        (name, patient, _measured(patient)) for name, patient in study.patients.items()
                    ],
                    trials=trials,
                    appraisal=appraisals.get(key),
                    judged=judgement_groups(appraisals[key]) if key in appraisals else [],
                    used=_unique(used),
                ),
            )
        template = self.templates.get_template("trial.html")
        for nct, trial in trials.items():
            yield (
                nct,
                f"{trial.acronym} ({nct})" if trial.acronym else nct,
                template.render(
                    nct=nct,
                    trial=trial,
                    reports=reports.get(nct, []),
                    used=_unique(self.used("trial", [nct])),
                ),
            )
        groups: dict[str, list[str]] = {}
        for key, study in studies.items():
            for disease in study.diseases or [""]:
                groups.setdefault(disease, []).append(key)
        named = sorted(
            (self.project.label("diseases", disease) if disease else "No one disease", keys)
            for disease, keys in groups.items()
        )
        yield (
            "index",
            "Evidence",
            self.templates.get_template("index.html").render(
                groups=named, studies=studies, trials=trials, last_checked=evidence.last_checked()
            ),
        )

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


def _measured(patient: Patient) -> str:
    return "; ".join(
        f"{reading.what}: {reading.value}{f' {reading.unit}' if reading.unit else ''}"
        for reading in patient.measurements.values()
    )


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
    if known.get("inputs") == inputs and all((place / name).is_file() for name in known["pages"]):
        return
    written, names = 0, []
    for name, title, body in entries.pages():
        names.append(f"{name}.html")
        page = _assemble(layout, name, title, body)
        target = place / f"{name}.html"
        if not target.is_file() or target.read_text(encoding="utf-8") != page:
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(page, encoding="utf-8")
            written += 1
    for target in place.glob("*.html"):
        if target.name not in names:
            target.unlink()
    write_text_atomically(remembered, json.dumps({"inputs": inputs, "pages": names}))
    logger.info("carta: %d pages of evidence, %d of them written", len(names), written)


def _prepare(app: Sphinx) -> None:
    """Render the layout, so that the theme's templates are compiled."""
    if app.builder.name == "html" and app.env.all_docs:
        Entries(app).layout()
        # It may tell otherwise when the pages are read.
        cast("StandaloneHTMLBuilder", app.builder).globalcontext = {}


def setup(app: Sphinx) -> None:
    """Write the pages at the end, also of a build that found nothing else to do."""
    # Behind the theme, which puts its own style sheet of code in place there: the layout names its checksum.
    app.connect("build-finished", _write, priority=900)
    app.connect(PREPARE, _prepare)
