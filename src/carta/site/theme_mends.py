"""Faults of the theme that its options cannot mend: landmarks, roles and headings that the standards do not want.

Each is a passage of its templates and what stands in its place. A passage that a later version of the theme no longer
has is left alone; the tests of accessibility and of valid HTML tell whether the page is sound.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: Passage, and what stands in its place.
MENDS = (
    # The title and the search stand in it: all that a page says must lie in a landmark.
    (
        '<div id="pst-primary-sidebar" class="',
        '<div id="pst-primary-sidebar" role="complementary" aria-label="Title, search and chapters" class="',
    ),
    # An element says it by itself.
    ('<main id="main-content" class="bd-main" role="main">', '<main id="main-content" class="bd-main">'),
    # Nothing stands in them, yet they are announced.
    ('<footer class="bd-footer">\n  </footer>', ""),
    # A place for advertisements, which there are none of.
    ('<div id="ethical-ad-placement"', '<div hidden id="ethical-ad-placement"'),
)


def mend(html: str) -> str:
    """Return a part of a page without the faults."""
    for fault, sound in MENDS:
        html = html.replace(fault, sound)
    return html


def _add_filter(app: Sphinx) -> None:
    templates = getattr(app.builder, "templates", None)
    if templates is not None:
        templates.environment.filters["carta_mended"] = mend


def setup(app: Sphinx) -> None:
    """Give the templates the filter, through which ``layout.html`` puts the theme's blocks, and pages the script."""
    app.add_js_file("carta-focus.js", loading_method="defer")
    app.connect("builder-inited", _add_filter, priority=900)
