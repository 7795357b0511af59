"""``robots.txt``, and ``sitemap.xml`` where the site's address is known: a sitemap must hold whole addresses."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import quote, urljoin
from xml.sax.saxutils import escape

from carta.files import write_text_atomically
from carta.site.metadata import base_address
from carta.site.project import project_of

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: Pages for people on their way, not for an index.
_LEFT_OUT = {"index.html", "search.html", "404.html", "genindex.html"}


def sitemap(base: str, pages: list[str]) -> str:
    """Return the sitemap of pages under an address that ends in a slash."""
    rows = "".join(f"  <url><loc>{escape(urljoin(base, quote(page)))}</loc></url>\n" for page in pages)
    return (
        '<?xml version="1.0" encoding="UTF-8"?>\n'
        f'<urlset xmlns="http://www.sitemaps.org/schemas/sitemap/0.9">\n{rows}</urlset>\n'
    )


def _write(app: Sphinx, exception: Exception | None) -> None:
    if exception is not None or app.builder.name != "html":
        return
    out = Path(app.outdir)
    base = base_address(app)
    earlier = project_of(app).evidence.day is not None
    robots = ["User-agent: *", "Disallow: /" if earlier else "Allow: /"]
    if base and not earlier:
        pages = sorted(page.relative_to(out).as_posix() for page in out.rglob("*.html"))
        listed = [page for page in pages if page not in _LEFT_OUT and not page.startswith("_")]
        write_text_atomically(out / "sitemap.xml", sitemap(base, listed))
        robots += ["", f"Sitemap: {urljoin(base, 'sitemap.xml')}"]
    else:
        (out / "sitemap.xml").unlink(missing_ok=True)
    write_text_atomically(out / "robots.txt", "\n".join(robots) + "\n")


def setup(app: Sphinx) -> None:
    """Write both behind everything that writes pages."""
    app.connect("build-finished", _write, priority=980)
