"""Sources of a figure: under it their keys become short citations, and names in its data and drawing lead to entries."""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from html import escape, unescape
from typing import TYPE_CHECKING, NamedTuple

from docutils import nodes
from sphinx.util import logging

from carta.evidence import UnknownRecordError
from carta.figures.entries import PLACE
from carta.site.as_of import not_yet_known
from carta.site.domain import asking, carta_domain
from carta.site.project import Project, project_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx

logger = logging.getLogger(__name__)

_SOURCE = re.compile(r'<span class="carta-source" data-key="(?P<key>[^"]*)">[^<]*</span>')
_FIGURE = re.compile(r'<div class="carta-figure"(?P<rest>[^>]*)>')
#: The specification of the live chart in a figure.
SPEC = re.compile(r'<script type="application/json" class="carta-figure-spec">(?P<spec>.*?)</script>', re.S)
_TABLE = re.compile(r"<table>.*?</table>", re.S)
_CELL = re.compile(r"<td>(?P<text>[^<]+)</td>")
_TRIAL = re.compile(r"NCT\d{8}")


class _Lead(NamedTuple):
    """A record that a name in a figure leads to."""

    kind: str
    name: str


def figures_in(page: nodes.document) -> list[nodes.raw]:
    """Return the pieces of HTML of a page that hold figures."""
    return [
        node
        for node in page.findall(nodes.raw)
        if "html" in node.get("format", "").split() and _FIGURE.search(node.astext())
    ]


def put(fragment: nodes.raw, html: str) -> None:
    """Give a piece of HTML another text."""
    fragment.children = [nodes.Text(html)]
    fragment.rawsource = html


def _named(html: str) -> dict[str, str]:
    """Return what the chart itself says: name to key of a study or number of a trial."""
    found: dict[str, str] = {}
    for spec in SPEC.finditer(html):
        meta = json.loads(spec["spec"]).get("usermeta", {})
        found |= meta.get(PLACE[0], {}).get(PLACE[1], {})
    return found


def _kind(project: Project, name: str) -> str | None:
    """Return what kind of record has a page of that name, or None."""
    try:
        if _TRIAL.fullmatch(name):
            project.evidence.trial(name)
            return "trial"
        project.evidence.study_outline(name)
    except UnknownRecordError:
        return None
    return "study"


def _note(app: Sphinx, page: nodes.document) -> None:
    domain = carta_domain(app.env)
    for fragment in figures_in(page):
        html = fragment.astext()
        for match in _SOURCE.finditer(html):
            key = unescape(match["key"])
            with asking(app.env) as project:
                if ("study", key) in project.evidence.later():
                    continue
                try:
                    project.source(key)
                    project.evidence.study_outline(key)
                except UnknownRecordError as error:
                    logger.warning(
                        f"A figure names a source that does not exist. {error}",
                        location=fragment if fragment.line else app.env.docname,
                        type="carta",
                        subtype="figure",
                    )
                else:
                    domain.note_use("study", key)
        for name in {*_named(html).values(), *_TRIAL.findall(html)}:
            with asking(app.env) as project:
                if kind := _kind(project, name):
                    domain.note_use(kind, name)


def _leads(project: Project, html: str) -> dict[str, _Lead]:
    """Return the names that stand in a figure with the record each of them is."""
    named = _named(html)
    studies = {unescape(match["key"]) for match in _SOURCE.finditer(html)} | set(named.values())
    leads: dict[str, _Lead] = {}
    for key in sorted(studies):
        if (kind := _kind(project, key)) is not None:
            leads[key] = _Lead(kind, key)
            if kind == "study" and key in project.bibliography:
                leads[project.source(key).label] = _Lead(kind, key)
    for name, key in named.items():
        if (kind := _kind(project, key)) is not None:
            leads[name] = _Lead(kind, key)
    return leads


def _link(app: Sphinx, page: nodes.document, docname: str) -> None:
    if app.builder.format != "html":
        return
    project = project_of(app)
    day = project.evidence.day

    def address(name: str) -> str:
        return app.builder.get_relative_uri(docname, f"evidence/{name}")

    def cited(match: re.Match[str]) -> str:
        key = unescape(match["key"])
        if day is not None and ("study", key) in project.evidence.later():
            return f'<span class="carta-not-yet">[{not_yet_known(day)}]</span>'
        try:
            short = project.source(key).label
        except UnknownRecordError:
            return match[0]
        if app.builder.name == "epub":
            # It has no entries: the words alone.
            return escape(short)
        return (
            f'<span class="carta-source" data-key="{escape(key)}">'
            f'<a href="{escape(address(key))}">{escape(short)}</a></span>'
        )

    for fragment in figures_in(page):
        html = fragment.astext()
        if app.builder.name != "epub":
            html = _with_leads(project, html, address)
        linked = _SOURCE.sub(cited, html)
        put(fragment, linked)


def _with_leads(project: Project, html: str, address: Callable[[str], str]) -> str:
    """Link the cells of the data table that name a record, and tell the script of the drawing of the names in it."""
    leads = _leads(project, html)

    def cell(match: re.Match[str]) -> str:
        text = unescape(match["text"])
        lead = leads.get(text.strip())
        if lead is None:
            trial = _TRIAL.search(text)
            if trial is None or _kind(project, trial[0]) is None:
                return match[0]
            lead = _Lead("trial", trial[0])
        return f'<td><a href="{escape(address(lead.name))}">{match["text"]}</a></td>'

    html = _TABLE.sub(lambda table: _CELL.sub(cell, table[0]), html)
    if not leads:
        return html
    places = {name: address(lead.name) for name, lead in leads.items()}
    told = escape(json.dumps(places, ensure_ascii=False, separators=(",", ":")))
    return _FIGURE.sub(lambda figure: f'<div class="carta-figure"{figure["rest"]} data-leads="{told}">', html)


def setup(app: Sphinx) -> None:
    """Note the sources when a page is read, link them when it is written."""
    app.connect("doctree-read", _note)
    app.connect("doctree-resolved", _link)
