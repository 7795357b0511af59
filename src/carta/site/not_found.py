"""``404.html``: whole in itself, for it is shown at any depth, under an address that is not its own.

Where ``html_baseurl`` names the site's address, links begin with its path. Else a script looks upwards for the folder
that holds the site; without scripts, they lead to the root of the server.
"""

from __future__ import annotations

import base64
from html import escape
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from carta.files import write_text_atomically
from carta.site.assets import folder
from carta.site.mark import mark
from carta.site.metadata import base_address
from carta.site.policy import MARK, with_policy

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: A file that every build of the site has in its top folder.
_SIGN = "objects.inv"

_STYLE = """
:root { color-scheme: light dark; --ink: #1b2430; --soft: #4a5564; --paper: #fff; --cell: #0b5d6b; --receptor: #b3620f; }
@media (prefers-color-scheme: dark) {
  :root { --ink: #e7eaf0; --soft: #b5bdc9; --paper: #14181f; --cell: #6cc5d1; --receptor: #f0a04b; }
}
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; place-content: center; padding: 1.5rem; background: var(--paper);
  color: var(--ink); font: 1.0625rem/1.6 "Liberation Sans", Arial, Helvetica, sans-serif; }
main { max-width: 34rem; }
h1 { font: 600 2rem/1.2 Georgia, "Times New Roman", serif; margin: 0.5rem 0; overflow-wrap: anywhere; }
p { color: var(--soft); }
a { color: var(--cell); }
form { display: flex; flex-wrap: wrap; gap: 0.5rem; }
label { flex-basis: 100%; }
input { flex: 1 1 12rem; min-width: 0; min-height: 2.75rem; padding: 0 0.75rem; border: 2px solid var(--soft);
  border-radius: 0.4rem; background: var(--paper); color: var(--ink); font: inherit; }
button { min-height: 2.75rem; padding: 0 1.25rem; border: 0; border-radius: 0.4rem; background: var(--cell);
  color: var(--paper); font: inherit; font-weight: 700; }
:is(a, input, button):focus-visible { outline: 3px solid var(--receptor); outline-offset: 2px; }
ul { list-style: none; padding: 0; display: flex; flex-wrap: wrap; gap: 0.25rem 1.5rem; }
ul a { display: inline-block; min-height: 2.75rem; line-height: 2.75rem; }
"""

_SCRIPT = """
(async () => {
  const asked = decodeURIComponent(location.pathname).split("/").pop().replace(/\\.html?$/, "").replace(/[-_]+/g, " ");
  document.querySelector("input").value = asked;
  if (document.documentElement.dataset.base) return;
  const folders = location.pathname.split("/").slice(0, -1);
  for (; folders.length; folders.pop()) {
    const base = folders.join("/") + "/";
    const found = await fetch(base + "SIGN", { method: "HEAD" }).catch(() => null);
    if (!found?.ok) continue;
    for (const link of document.querySelectorAll("[data-to]"))
      link.setAttribute(link.tagName === "FORM" ? "action" : "href", base + link.dataset.to);
    return;
  }
})();
""".replace("SIGN", _SIGN)


def not_found_page(title: str, base: str, links: list[tuple[str, str]]) -> str:
    """Return the page.

    Args:
        title: of the site.
        base: address of the site with a slash at its end, or empty where it is not known.
        links: address within the site and words of what may be meant.
    """
    root = urlsplit(base).path or "/"

    def to(page: str, attribute: str = "href") -> str:
        return f'{attribute}="{escape(root + page)}" data-to="{escape(page)}"'

    # Without one, browsers ask for a file that the site does not have.
    icon = base64.b64encode((folder("assets") / "carta-icon.svg").read_bytes()).decode("ascii")
    listed = "".join(f"<li><a {to(page)}>{escape(words)}</a></li>" for page, words in links)
    page = (
        f'<!DOCTYPE html>\n<html lang="en"{f" data-base={chr(34)}{escape(root)}{chr(34)}" if base else ""}><head>'
        '<meta charset="utf-8">\n'
        f'<meta http-equiv="Content-Security-Policy" content="{MARK}">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        '<meta name="robots" content="noindex">\n'
        f'<link rel="icon" href="data:image/svg+xml;base64,{icon}">\n'
        f"<title>Page not found — {escape(title)}</title>\n<style>{_STYLE}</style></head>\n<body><main>\n"
        f'<svg viewBox="0 0 32 32" width="56" height="56" aria-hidden="true">{mark("var(--cell)", "var(--receptor)")}'
        "</svg>\n<h1>There is no page at this address</h1>\n"
        "<p>It may have moved, or the link may hold a slip. The search knows every page of the site.</p>\n"
        f'<form method="get" role="search" {to("search.html", "action")}><label for="q">Search the site</label>'
        '<input id="q" type="search" name="q" autocomplete="off"><button>Search</button></form>\n'
        f"<ul>{listed}</ul>\n</main><script>{_SCRIPT}</script></body></html>\n"
    )
    return with_policy(page)


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "html":
        return
    pages = {
        app.config.root_doc: "Start page",
        "evidence/index": "All studies and trials",
        "book/glossary": "Glossary",
    }
    links = [
        (app.builder.get_target_uri(docname), words)
        for docname, words in pages.items()
        if docname in app.env.found_docs or docname == "evidence/index"
    ]
    page = not_found_page(str(app.config.html_title), base_address(app), links)
    write_text_atomically(Path(app.outdir) / "404.html", page)


def setup(app: Sphinx) -> None:
    """Write it when a build has ended well."""
    app.connect("build-finished", _write)
