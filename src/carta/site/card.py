"""The card behind a value, as HTML that may stand inside a sentence.

It is a native popover: the button beside it opens it by press, tap, Enter or Space, and Esc, the close button
or a press elsewhere shuts it, without any script; ``carta-card.js`` adds that it opens while a pointer rests on
the value or the keyboard reaches it. Everything in it is phrasing content, so that it
is valid in a paragraph, a table cell and a caption.
"""

from __future__ import annotations

from html import escape
from typing import TYPE_CHECKING

from carta.site.standing import STANDINGS, sign_of

if TYPE_CHECKING:
    from carta.site.project import Project


def card_start(project: Project, name: str, uid: str, entry: str) -> str:
    """Return the card of the fact ``name`` up to where its citation stands.

    Args:
        project: what the fact is taken from.
        name: ``key:id``.
        uid: identifier of the card, unique in the page.
        entry: address of the study's evidence entry, relative to the page.
    """
    bound = project.evidence.fact(name)
    fact = bound.fact
    source = project.source(bound.study)
    standing = STANDINGS[fact.status]
    what = fact.what[:1].upper() + fact.what[1:]
    number = project.write(fact, "full")
    if fact.n is not None and fact.events is None:
        number += f", n = {fact.n}"
    rows = [
        ("Group", fact.arm),
        ("When", fact.timepoint),
        ("Year", str(fact.year) if fact.year is not None else None),
        ("Prices of", str(fact.price_year) if fact.price_year is not None else None),
        ("Country", fact.country),
        ("p", f"{fact.p:g}" if fact.p is not None else None),
        ("Found in", fact.locator),
        ("Checked", fact.checked.isoformat()),
        ("Computed", "from values of the source; not printed there" if fact.derived else None),
        ("Note", fact.note),
    ]
    parts = [
        f'<span popover id="{uid}" class="carta-card" role="group" aria-label="{escape(f"Source of {number}")}">',
        f'<span class="carta-card-what">{escape(what)}</span>',
        f'<span class="carta-card-value">{escape(number)}</span>',
        f'<span class="carta-status carta-status-{fact.status}">{standing_sign(fact.status)}'
        f"{escape(standing.words)}</span>",
    ]
    parts += [
        f'<span class="carta-card-row"><span class="carta-card-term">{term}</span> '
        f'<span class="carta-card-text">{escape(text)}</span></span>'
        for term, text in rows
        if text
    ]
    short = escape(source.label)
    link = f'<a class="carta-card-source" href="{escape(source.url)}">{short}</a>' if source.url else short
    parts.append(
        f'<span class="carta-card-row"><span class="carta-card-term">Source</span> '
        f'<span class="carta-card-text">{link}</span></span>'
        f'<span class="carta-card-links"><a href="{escape(entry)}#{escape(bound.id)}">All facts of this source</a> '
        f'<span class="carta-card-cite">In the references: '
    )
    return "".join(parts)


def card_end(project: Project, name: str, uid: str) -> str:
    """Return what follows the citation: the end of the card, and the citation for paper."""
    label = project.source(name.partition(":")[0]).label
    return (
        "</span></span>"
        f'<button type="button" class="carta-card-close" popovertarget="{uid}"'
        ' popovertargetaction="hide" aria-label="Close">×</button></span>'
        f'<span class="carta-print"> ({escape(label)})</span>'
    )


def standing_sign(status: str) -> str:
    """Return the sign of a status, hidden from screen readers: the words beside it say the same."""
    return f'<span aria-hidden="true">{sign_of(status)}</span> '
