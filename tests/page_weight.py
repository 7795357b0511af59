"""What a page weighs: everything a browser fetches to open it, each file gzipped as a server sends it."""

from __future__ import annotations

import gzip
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

if TYPE_CHECKING:
    from playwright.sync_api import BrowserContext

#: Servers do not compress these again.
_PACKED = (".woff", ".woff2", ".png", ".jpg", ".webp", ".gz")


@dataclass
class Weight:
    """The files of one page."""

    #: Bytes over the wire, by path within the site.
    files: dict[str, int] = field(default_factory=dict)
    #: Addresses elsewhere, which were not loaded.
    foreign: list[str] = field(default_factory=list)
    #: Cumulative layout shift until the page came to rest.
    shift: float = 0.0

    @property
    def total(self) -> int:
        """All bytes."""
        return sum(self.files.values())


#: Counted from the first moment on, as browsers report it.
_SHIFT = """() => {
  window.shift = 0;
  new PerformanceObserver((list) => {
    for (const entry of list.getEntries()) if (!entry.hadRecentInput) window.shift += entry.value;
  }).observe({ type: "layout-shift", buffered: true });
}"""

_ALL_THERE = """() => !document.getElementById("carta-later")
  || [...document.styleSheets].some((sheet) => sheet.href?.includes("carta-fonts-later"))"""


def wire_size(path: str, body: bytes) -> int:
    """Return the bytes of a file over the wire."""
    return len(body) if path.endswith(_PACKED) else len(gzip.compress(body, 6))


def weigh(context: BrowserContext, server: str, name: str) -> Weight:
    """Open a page as a first visit and weigh it.

    Args:
        context: a new context, whose cache is empty.
        server: address of the site.
        name: of the page, relative to it.
    """
    weight = Weight()
    page = context.new_page()
    page.add_init_script(f"({_SHIFT})()")
    answers: list[Any] = []

    def elsewhere(route: Any) -> None:
        weight.foreign.append(route.request.url)
        route.abort()

    page.route(lambda url: not url.startswith((server, "data:", "blob:")), elsewhere)
    page.on("response", lambda answer: answers.append(answer))
    page.goto(f"{server}/{name}", wait_until="networkidle")
    # What comes when the page has been drawn, which may be after the network has been still for a while.
    page.wait_for_function(_ALL_THERE)
    page.evaluate("() => document.fonts.ready")
    page.wait_for_timeout(500)
    for answer in answers:
        if answer.url.startswith(server) and answer.status == 200:
            path = urlsplit(answer.url).path.lstrip("/")
            weight.files[path] = wire_size(path, answer.body())
    weight.shift = float(page.evaluate("() => window.shift"))
    page.close()
    return weight
