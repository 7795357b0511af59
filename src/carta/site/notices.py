"""What a reader must be told on the page: a cited source was corrected or retracted; nothing was checked for long."""

from __future__ import annotations

import os
from datetime import UTC, date, datetime
from typing import TYPE_CHECKING, Any, cast

from docutils import nodes

from carta.evidence.changes import notice_words
from carta.site.domain import asking
from carta.site.project import project_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config

#: Days without a check after which every page says so.
STALE_DAYS = 90

#: Title of the box on a page, the gravest first.
_TITLES = {
    "retraction": "Retracted source",
    "expression-of-concern": "Source under an expression of concern",
    "correction": "Corrected source",
}


def build_day() -> date:
    """Return the day of the build: that of ``SOURCE_DATE_EPOCH`` where it is set, today otherwise."""
    stamp = os.environ.get("SOURCE_DATE_EPOCH")
    return datetime.fromtimestamp(int(stamp), UTC).date() if stamp else date.today()


def stale_words(last_checked: str, today: date) -> str | None:
    """Return the warning for a base last checked on a day (ISO 8601); None while it is fresh."""
    if not last_checked:
        return "No fact of this review has been checked yet."
    days = (today - date.fromisoformat(last_checked)).days
    if days <= STALE_DAYS:
        return None
    return f"Nothing was checked for {days} days (last on {last_checked}). What follows may be out of date."


def _announce(app: Sphinx, config: Config) -> None:
    evidence = project_of(app).evidence
    if evidence.day is None and (
        words := stale_words(config.html_context["carta_last_checked"], build_day())
    ):
        title = f"Not checked for {STALE_DAYS} days"
        config.html_theme_options["announcement"] = (
            f'<p class="carta-stale"><strong>{title}.</strong> {words}</p>'
        )


def _warn_of_notices(app: Sphinx, page: nodes.document) -> None:
    """Put a box under the title of a page that cites a source with a notice."""
    docname = app.env.docname
    domain = cast(Any, app.env.get_domain("cite"))
    keys = sorted(
        {
            target.key
            for reference in domain.citation_refs
            if reference.docname == docname
            for target in reference.targets
        }
    )
    said: list[nodes.list_item] = []
    kinds: set[str] = set()
    with asking(app.env) as project:
        for key in keys:
            for notice in project.evidence.notices(key):
                kinds.add(notice.kind)
                words = f"{project.source(key).label}: {notice_words(notice)}."
                if notice.note:
                    words += f" {notice.note}"
                said.append(nodes.list_item("", nodes.paragraph("", words)))
    title = next(iter(page.findall(nodes.title)), None)
    if not said or title is None:
        return
    grave = kinds - {"correction"}
    lead = "A source of this page was corrected after it came out."
    if grave:
        lead = "A source of this page was retracted, or its journal has voiced concern."
    shown = nodes.admonition(
        "",
        nodes.title("", _title(kinds)),
        nodes.paragraph("", lead),
        nodes.bullet_list("", *said),
        classes=["warning" if grave else "note", "carta-notice"],
    )
    section = title.parent
    place = section.index(title) + 1
    # What a page must say before all else, such as that it is no medical advice, stays first.
    while place < len(section) and _opens(section[place]):
        place += 1
    section.insert(place, shown)


def _opens(node: nodes.Node) -> bool:
    return isinstance(node, nodes.Admonition) or (
        isinstance(node, nodes.container) and "carta-start" in node["classes"]
    )


def _title(kinds: set[str]) -> str:
    """Return the gravest of what was found."""
    return next(words for kind, words in _TITLES.items() if kind in kinds)


def setup(app: Sphinx) -> None:
    """Connect behind the citations of the page."""
    app.connect("config-inited", _announce, priority=200)
    app.connect("doctree-read", _warn_of_notices, priority=600)
