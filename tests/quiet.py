"""What must never happen in a page of the site, seen while a browser opens it."""

from __future__ import annotations

from typing import Any

from playwright.sync_api import Page

from raw_tex import RAW_TEX

_WORDS = """() => {
  const copy = document.querySelector('main, article, body').cloneNode(true);
  copy.querySelectorAll('math, script, style, pre, code').forEach(node => node.remove());
  return copy.textContent;
}"""
_OVERFLOW = "() => document.documentElement.scrollWidth - document.documentElement.clientWidth"

# Sections that are out of sight are not laid out, and cut off what is wider than they are.
_LAY_OUT = """() => {
  if (document.getElementById("laid-out")) return;
  const style = document.createElement("style");
  style.id = "laid-out";
  style.textContent = "section { content-visibility: visible !important; }";
  document.head.append(style);
}"""


def watched(page: Page, server: str) -> list[str]:
    """Return a list that grows with whatever goes wrong in the page: foreign requests, errors, console messages."""
    trouble: list[str] = []

    def requested(request: Any) -> None:
        if not request.url.startswith((server, "data:", "blob:")):
            trouble.append(f"a request leaves the machine: {request.url}")

    def answered(response: Any) -> None:
        if response.status >= 400:
            trouble.append(f"{response.status} for {response.url}")

    def spoken(message: Any) -> None:
        # The theme logs what it does; a log is neither an error nor a warning.
        if message.type not in ("log", "info", "debug"):
            trouble.append(f"console {message.type}: {message.text}")

    page.on("request", requested)
    page.on("console", spoken)
    page.on("pageerror", lambda error: trouble.append(f"script error: {error}"))
    page.on("response", answered)
    return trouble


def lay_out(page: Page) -> None:
    """Have the whole page laid out, what is out of sight too."""
    page.evaluate(_LAY_OUT)


def overflow(page: Page) -> int:
    """Return by how many pixels the page is wider than the window; the whole page is laid out from then on."""
    lay_out(page)
    return int(page.evaluate(_OVERFLOW))


def shown_faults(page: Page) -> list[str]:
    """Return what is wrong to the eye: TeX that was not set, and a page wider than the window."""
    found = []
    if match := RAW_TEX.search(page.evaluate(_WORDS)):
        found.append(f"raw TeX: {match[0][:80]}")
    if (over := overflow(page)) > 1:
        found.append(f"{over} px wider than the screen")
    return found
