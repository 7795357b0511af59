"""``feed.xml``: what changed, as an Atom feed (RFC 4287), made from the records alone."""

from __future__ import annotations

import uuid
import xml.etree.ElementTree as ET
from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carta.evidence.changes import Change, changes
from carta.files import write_text_atomically
from carta.site.directives.what_changed import LISTED, record_label
from carta.site.project import Project, project_of

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx

FILENAME = "feed.xml"
#: Entries of a feed; older changes stand on the page.
LONGEST = 200
_ATOM = "http://www.w3.org/2005/Atom"
#: Names of our entries: the same change has the same identifier for ever.
_NAMES = uuid.uuid5(uuid.NAMESPACE_URL, "https://github.com/carta-review/carta/feed")


def feed(project: Project, title: str, author: str, base: str, page: str | None) -> str:
    """Return the feed.

    Args:
        project: whose changes.
        title: title of the site.
        author: who writes it.
        base: address of the site with a ``/`` at its end; empty where it has none, and links are then relative.
        page: address within the site of the page on what changed; None where there is none.
    """
    found = changes(project.evidence)
    root = ET.Element("feed", {"xmlns": _ATOM, "xml:lang": "en"})
    _add(root, "id", f"urn:uuid:{_NAMES}")
    _add(root, "title", f"{title}: what changed")
    newest = found[0].day.isoformat() if found else "1970-01-01"
    _add(root, "updated", f"{newest}T00:00:00Z")
    _add(_add(root, "author"), "name", author)
    _link(root, "self", f"{base}{FILENAME}")
    _link(root, "alternate", f"{base}{page or ''}" or "index.html")
    count = 0
    for (day, kind), group in groupby(found, key=lambda one: (one.day, one.kind)):
        members = list(group)
        if count >= LONGEST:
            break
        if len(members) > LISTED:
            name = {"study": "sources", "trial": "trials", "fact": "facts"}.get(kind, "changes")
            text = f"{len(members)} {name} entered the base."
            _entry(root, f"{day}:{kind}", text, text, f"{base}evidence/index.html", day.isoformat())
            count += 1
            continue
        for change in members:
            label = record_label(project, change)
            address = f"{base}evidence/{change.name}.html"
            _entry(
                root,
                _name(change),
                f"{label} {change.text}",
                f"{label} {change.text}",
                address,
                day.isoformat(),
            )
            count += 1
    ET.indent(root)
    return '<?xml version="1.0" encoding="utf-8"?>\n' + ET.tostring(root, encoding="unicode") + "\n"


def _name(change: Change) -> str:
    return f"{change.day}:{change.kind}:{change.name}:{change.part}"


def _entry(root: ET.Element, name: str, title: str, text: str, address: str, day: str) -> None:
    entry = _add(root, "entry")
    _add(entry, "id", f"urn:uuid:{uuid.uuid5(_NAMES, name)}")
    _add(entry, "title", title if len(title) <= 160 else f"{title[:159]}…")
    _add(entry, "updated", f"{day}T00:00:00Z")
    _link(entry, "alternate", address)
    _add(entry, "summary", text)


def _add(parent: ET.Element, tag: str, text: str | None = None) -> ET.Element:
    element = ET.SubElement(parent, tag)
    element.text = text
    return element


def _link(parent: ET.Element, relation: str, address: str) -> None:
    ET.SubElement(parent, "link", {"rel": relation, "href": address})


def _page(app: Sphinx) -> str | None:
    name = "book/what-changed"
    return f"{name}.html" if name in app.env.found_docs else None


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "html":
        return
    base = str(app.config.html_baseurl or "")
    base = f"{base.rstrip('/')}/" if base else ""
    text = feed(
        project_of(app), app.config.html_title or app.config.project, app.config.author, base, _page(app)
    )
    target = Path(app.outdir) / FILENAME
    if not target.is_file() or target.read_text(encoding="utf-8") != text:
        write_text_atomically(target, text)


def _name_in_head(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    if app.builder.name == "html":
        address = context["pathto"](FILENAME, True)
        link = f'<link rel="alternate" type="application/atom+xml" title="What changed" href="{address}">'
        context["metatags"] = f"{context.get('metatags', '')}\n    {link}"


def setup(app: Sphinx) -> None:
    """Write it at the end, and name it in every page."""
    app.connect("html-page-context", _name_in_head)
    app.connect("build-finished", _write)
