"""The slim line under a title: how long the page takes, when its evidence was checked, and how sure it is."""

from __future__ import annotations

import re
from collections import Counter
from datetime import date
from html import escape
from typing import TYPE_CHECKING, Any, NamedTuple

from docutils import nodes

from carta.evidence import UnknownRecordError
from carta.site.domain import carta_domain
from carta.site.judgements import LEVELS
from carta.site.project import project_of
from carta.site.reading_time import reading_minutes

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: Title of the section whose table rates what a chapter says, and of the column with the ratings.
SECTION = "how sure are we"
COLUMN = "certainty"

#: The level that a cell begins with; what follows it is a restriction, which the table itself tells.
_LEVEL = re.compile(r"\s*(very low|low|moderate|high)\b", re.IGNORECASE)
_AFTER_TITLE = re.compile(r"(<h1\b.*?</h1>)", re.DOTALL)


class Checked(NamedTuple):
    """First and last day on which the facts of a page were checked."""

    first: date
    last: date

    def words(self) -> str:
        """Return the days in words: ``3 May 2026``, or ``3 to 7 May 2026``."""
        first, last = self.first, self.last
        if first == last:
            return _day(last)
        if (first.year, first.month) == (last.year, last.month):
            return f"{first.day} to {_day(last)}"
        start = f"{first.day} {first:%B}" if first.year == last.year else _day(first)
        return f"{start} to {_day(last)}"


def _day(day: date) -> str:
    return f"{day.day} {day:%B} {day.year}"


def checked(app: Sphinx, docname: str) -> Checked | None:
    """Return when the facts in the prose of a page were checked; None for a page without any."""
    evidence = project_of(app).evidence
    days = []
    for use in carta_domain(app.env).uses.get(docname, ()):
        if use.kind == "fact":
            try:
                days.append(evidence.fact(use.name).fact.checked)
            except UnknownRecordError:
                # Of a later day than the review that is being built.
                continue
    return Checked(min(days), max(days)) if days else None


def certainties(page: nodes.document) -> dict[str, int]:
    """Return how many statements of a page have which certainty, from high to very low.

    They are read in the table under "How sure are we"; a cell that begins with no level of GRADE counts for none.
    """
    found: Counter[str] = Counter()
    for section in page.findall(nodes.section):
        if section[0].astext().strip().lower() != SECTION:
            continue
        for table in section.findall(nodes.table):
            heads = [
                entry.astext().strip().lower()
                for head in table.findall(nodes.thead)
                for entry in head.findall(nodes.entry)
            ]
            if COLUMN not in heads:
                continue
            column = heads.index(COLUMN)
            for body in table.findall(nodes.tbody):
                for row in body.findall(nodes.row):
                    if match := _LEVEL.match(row.children[column].astext()):
                        found[match[1].lower().replace(" ", "-")] += 1
    return {level: found[level] for level in reversed(LEVELS) if found[level]}


def section_anchor(page: nodes.document) -> str:
    """Return the identifier of the section on certainty; empty where there is none."""
    for section in page.findall(nodes.section):
        if section[0].astext().strip().lower() == SECTION:
            return str(section["ids"][0])
    return ""


def line_html(minutes: int, seen: Checked | None, sure: dict[str, int], anchor: str) -> str:
    """Return the line."""
    parts = [f'<li class="carta-line-time">{minutes} min read</li>'] if minutes else []
    if seen is not None:
        parts.append(
            f'<li><span>Evidence checked <time datetime="{seen.last.isoformat()}">{escape(seen.words())}</time></span></li>'
        )
    if sure:
        counted = ", ".join(f"{number}&nbsp;{escape(LEVELS[level].words)}" for level, number in sure.items())
        bars = "".join(
            f'<i class="carta-sure-{level}" style="flex-grow:{number}"></i>' for level, number in sure.items()
        )
        parts.append(
            f'<li><a href="#{escape(anchor)}">Certainty: {counted}</a>'
            f'<span class="carta-sure" aria-hidden="true">{bars}</span></li>'
        )
    return f'<ul class="carta-line">{"".join(parts)}</ul>' if parts else ""


def _add_line(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if doctree is None or app.builder.name != "html" or pagename == app.config.root_doc:
        return
    line = line_html(
        reading_minutes(app.env, pagename),
        checked(app, pagename),
        certainties(doctree),
        section_anchor(doctree),
    )
    context["body"] = _AFTER_TITLE.sub(lambda match: match[1] + line, context["body"], count=1)


def setup(app: Sphinx) -> None:
    """Put the line into each page that has a source."""
    app.connect("html-page-context", _add_line, priority=700)
