"""What of a finished page can be found: the page, its sections, and the claims and terms that stand in it."""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from dataclasses import dataclass, field

from lxml import html

#: Drawings are long and hold no words of their own: theirs stand in the data table.
_DRAWING = re.compile(r"<svg\b.*?</svg>", re.DOTALL)

_TRIAL = re.compile(r"evidence/NCT\d+\.html")

#: Addresses, which nobody searches for by their words.
_ADDRESS = re.compile(r"https?://\S+")

#: Elements whose words are no part of the running text.
_LEFT_OUT = frozenset(
    {"script", "style", "pre", "math", "noscript", "select", "input", "label", "template", "svg", "textarea"}
)
_LEFT_OUT_CLASSES = frozenset(
    {
        "carta-card",
        "carta-print",
        "headerlink",
        "carta-figure-controls",
        "carta-actions",
        "carta-claim-place",
        "admonition",
    }
)

#: Elements that part words.
_BLOCKS = frozenset(
    [
        "p",
        "li",
        "dt",
        "dd",
        "td",
        "th",
        "tr",
        "caption",
        "h1",
        "h2",
        "h3",
        "h4",
        "h5",
        "h6",
        "div",
        "section",
        "figure",
        "figcaption",
        "table",
        "br",
        "summary",
    ]
)
_HEADINGS = ("h1", "h2", "h3", "h4")


@dataclass
class Record:
    """One thing that a search can find."""

    #: ``chapter``, ``study``, ``trial``, ``claim`` or ``term``.
    kind: str
    #: Address within the site, with the anchor.
    address: str
    title: str
    #: The page that a section stands in, or a line on what the record is.
    context: str = ""
    #: Other names it is known by.
    names: list[str] = field(default_factory=list)
    text: str = ""


def read_page(address: str, page: str) -> list[Record]:
    """Return what can be found in a finished page.

    Args:
        address: of the page, within the site.
        page: its HTML.
    """
    start = page.find("<article")
    end = page.rfind("</article>")
    if start < 0 or end < 0:
        return []
    article = html.fragment_fromstring(_DRAWING.sub(" ", page[start : end + len("</article>")]))
    if address.startswith("evidence/") and not address.endswith("/index.html"):
        return list(_entry(address, article))
    terms, claims = list(_terms(address, article)), list(_claims(address, article))
    return [*_sections(address, article), *claims, *terms]


def _is_left_out(node: html.HtmlElement) -> bool:
    if not isinstance(node.tag, str) or node.tag in _LEFT_OUT:
        return True
    if node.tag == "button" and "carta-fact" not in (node.get("class") or ""):
        return True
    if not node.attrib:
        return False
    return (
        not _LEFT_OUT_CLASSES.isdisjoint((node.get("class") or "").split())
        or node.get("aria-hidden") == "true"
        or "popover" in node.attrib
    )


def _words_of(node: html.HtmlElement, without: Collection[html.HtmlElement] = ()) -> str:
    """Return the text that a reader sees in an element."""
    parts: list[str] = []

    def walk(element: html.HtmlElement) -> None:
        if element not in without and not _is_left_out(element):
            if element.tag in _BLOCKS:
                parts.append(" ")
            parts.append(element.text or "")
            for child in element:
                walk(child)
                parts.append(child.tail or "")
            if element.tag in ("dt", "dd"):
                parts.append(": " if element.tag == "dt" else "; ")
            elif element.tag in _BLOCKS:
                parts.append(" ")

    walk(node)
    return " ".join(_ADDRESS.sub("", "".join(parts)).split())


def _terms(address: str, article: html.HtmlElement) -> Iterator[Record]:
    for glossary in article.find_class("glossary"):
        names: list[html.HtmlElement] = []
        for child in glossary:
            if child.tag == "dt":
                names.append(child)
            elif child.tag == "dd" and names:
                said = [_words_of(name).rstrip(":") for name in names]
                yield Record(
                    "term", f"{address}#{names[0].get('id')}", said[0], names=said[1:], text=_content(child)
                )
                names = []
        # Not a second time as a part of its page.
        glossary.drop_tree()


def _content(definition: html.HtmlElement) -> str:
    return _words_of(definition).rstrip("; ")


def _claims(address: str, article: html.HtmlElement) -> Iterator[Record]:
    for claim in article.find_class("carta-claim"):
        said, verdict = claim.find_class("carta-claim-text"), claim.find_class("carta-verdict")
        if not said or claim.get("id") is None:
            continue
        yield Record(
            "claim",
            f"{address}#{claim.get('id')}",
            _words_of(said[0]),
            context=_words_of(verdict[0]) if verdict else "",
            text=_words_of(claim, (said[0], *verdict[:1])),
        )
        claim.drop_tree()


def _sections(address: str, article: html.HtmlElement) -> Iterator[Record]:
    """Yield the page, and each of its sections without the sections inside it."""
    title = ""
    for section in article.iter("section"):
        heading = next((child for child in section if child.tag in _HEADINGS), None)
        if heading is None or section.get("id") is None:
            continue
        inner = [child for child in section if child.tag == "section"]
        name, text = _words_of(heading), _words_of(section, (heading, *inner))
        if heading.tag == "h1" and not title:
            title = name
            if not text and inner:
                # A chapter opens with its key points.
                text = _words_of(inner[0], [child for child in inner[0] if child.tag in _HEADINGS])
            yield Record("chapter", address, title, text=text)
        elif text:
            yield Record("chapter", f"{address}#{section.get('id')}", name, context=title, text=text)


def _entry(address: str, article: html.HtmlElement) -> Iterator[Record]:
    heading = next(article.iter("h1"), None)
    if heading is not None:
        kind = "trial" if _TRIAL.fullmatch(address) else "study"
        yield Record(kind, address, _words_of(heading), text=_words_of(article, (heading,)))
