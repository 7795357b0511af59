"""What machines read of a page: description, preview for links, and structured data (schema.org, JSON-LD).

Addresses are whole where ``html_baseurl`` names the site's; else previews have relative ones, and structured data none.
"""

from __future__ import annotations

import json
from html import escape
from typing import TYPE_CHECKING, Any, cast
from urllib.parse import urljoin

from docutils import nodes

from carta.site.assets import description
from carta.site.chapter_line import checked
from carta.site.project import project_of
from carta.site.reading_time import reading_minutes
from carta.site.share_cards import SITE_CARD, SIZE, card_name

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: Licence of the words and of the data; see ``LICENSE-content``.
LICENCE = "https://creativecommons.org/licenses/by/4.0/"

#: Parts of the book whose chapters speak of what is done to patients.
MEDICAL_PARTS = ("trials", "safety")

#: The page that offers the data.
DATA_PAGE = "book/data"

#: Files of the data that hold all of it, with their media types.
DATA_FILES = {"carta.sqlite": "application/vnd.sqlite3", "carta-data.zip": "application/zip"}


def base_address(app: Sphinx) -> str:
    """Return the address of the site with a slash at its end; empty where none is set."""
    base = str(app.config.html_baseurl or "").strip()
    return base if not base or base.endswith("/") else f"{base}/"


def is_chapter(docname: str) -> bool:
    """Return whether a page is a chapter: ``book/PART/NAME``."""
    return docname.startswith("book/") and docname.count("/") == 2


def part_of(docname: str) -> str:
    """Return the part of a chapter; empty for other pages."""
    return docname.split("/")[1] if is_chapter(docname) else ""


def _cited(app: Sphinx, docname: str) -> list[dict[str, str]]:
    """Return the works that a page cites, each once, by key."""
    domain = cast(Any, app.env.get_domain("cite"))
    keys = {
        target.key
        for reference in domain.citation_refs
        if reference.docname == docname
        for target in reference.targets
    }
    project = project_of(app)
    works = []
    for key in sorted(keys & project.bibliography.keys()):
        source = project.source(key)
        work = {"@type": "CreativeWork", "name": source.full}
        if source.url:
            work["sameAs"] = source.url
        works.append(work)
    return works


def structured_data(app: Sphinx, docname: str, title: str, words: str) -> dict[str, Any]:
    """Return what schema.org has to say of a page.

    Args:
        app: the running build.
        docname: the page.
        title: its title, without markup.
        words: its description.
    """
    base = base_address(app)
    author = {"@type": "Organization", "name": str(app.config.author)}
    whole: dict[str, Any] = {
        "@type": "Book",
        "name": str(app.config.html_title),
        "author": author,
        "license": LICENCE,
    }
    page: dict[str, Any] = {
        "name": title,
        "description": words,
        "inLanguage": "en",
        "isAccessibleForFree": True,
        "license": LICENCE,
    }
    if base:
        whole["url"] = base
        page["url"] = urljoin(base, app.builder.get_target_uri(docname))
    seen = checked(app, docname)
    if seen is not None:
        page["dateModified"] = seen.last.isoformat()
    if docname == app.config.root_doc:
        return {"@type": "WebSite", **page, "author": author}
    if docname == DATA_PAGE:
        last = project_of(app).evidence.last_checked()
        dataset = {
            "@type": "Dataset",
            **page,
            "creator": author,
            **({"dateModified": last} if last else {}),
            "isPartOf": whole,
        }
        if base:
            dataset["distribution"] = [
                {
                    "@type": "DataDownload",
                    "encodingFormat": media_type,
                    "contentUrl": urljoin(base, f"data/{name}"),
                }
                for name, media_type in DATA_FILES.items()
            ]
        return dataset
    if not is_chapter(docname):
        return {"@type": "WebPage", **page, "isPartOf": whole}
    article: dict[str, Any] = {
        "@type": "ScholarlyArticle",
        "headline": title,
        **page,
        "author": author,
        "publisher": author,
        "isPartOf": whole,
        "timeRequired": f"PT{reading_minutes(app.env, docname)}M",
    }
    if works := _cited(app, docname):
        article["citation"] = works
    if part_of(docname) not in MEDICAL_PARTS:
        return article
    medical = {
        "@type": "MedicalWebPage",
        **page,
        "audience": {"@type": "MedicalAudience", "audienceType": "patients, students, clinicians"},
        "mainEntity": article,
    }
    if seen is not None:
        medical["lastReviewed"] = seen.last.isoformat()
    return medical


def _meta(name: str, content: str, kind: str = "property") -> str:
    return f'<meta {kind}="{name}" content="{escape(content)}">'


def _in_script(data: object) -> str:
    """Return JSON that cannot end its script element."""
    return json.dumps(data, ensure_ascii=False, sort_keys=True).replace("<", "\\u003c")


def _plain_title(app: Sphinx, pagename: str, context: dict[str, Any]) -> str:
    if pagename in app.env.titles:
        return app.env.titles[pagename].astext()
    return str(context.get("title") or app.config.html_title)


def _fill_head(
    app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
) -> None:
    title = _plain_title(app, pagename, context)
    words = description(doctree) if doctree is not None else ""
    base = base_address(app)
    card = f"_static/cards/{card_name(pagename) if doctree is not None else SITE_CARD}.png"
    picture = urljoin(base, card) if base else context["pathto"](card, True)
    lines = []
    if words:
        lines.append(_meta("description", words, "name"))
    if project_of(app).evidence.day is not None:
        # A view of an earlier day: the page of today is the one to find.
        lines.append(_meta("robots", "noindex", "name"))
    lines += [
        _meta("og:title", title),
        _meta("og:type", "article" if is_chapter(pagename) else "website"),
        _meta("og:site_name", str(app.config.html_title)),
        _meta("og:locale", "en"),
    ]
    if words:
        lines.append(_meta("og:description", words))
    if context.get("pageurl"):
        lines.append(_meta("og:url", context["pageurl"]))
    lines += [
        _meta("og:image", picture),
        _meta("og:image:width", str(SIZE[0])),
        _meta("og:image:height", str(SIZE[1])),
        _meta("og:image:alt", f"{title}. {app.config.html_title}"),
        _meta("twitter:card", "summary_large_image", "name"),
    ]
    if doctree is not None:
        data = {"@context": "https://schema.org", **structured_data(app, pagename, title, words)}
        lines.append(f'<script type="application/ld+json">{_in_script(data)}</script>')
    context["carta_head"] = "\n  ".join(["", *lines, ""])


def setup(app: Sphinx) -> None:
    """Fill the head of every page."""
    app.connect("html-page-context", _fill_head, priority=960)
