"""The Sphinx extension: evidence in pages, backlinks, maths, figures, execution and the site's assets."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.util.typing import ExtensionMetadata


def setup(app: Sphinx) -> ExtensionMetadata:
    """Register everything; each module says what it does."""
    # Imported here, so that ``carta.site.build`` and the command start without Sphinx.
    from carta.site import (
        as_of,
        assets,
        bibliography_style,
        certainty_role,
        chapter_line,
        citations,
        cite_page,
        counts,
        directives,
        domain,
        entries,
        execution,
        feed,
        figure_sources,
        mathml,
        metadata,
        nodes,
        not_found,
        notices,
        policy,
        project,
        reading_time,
        removed_pages,
        roles,
        search,
        share_cards,
        sitemap,
        staleness,
        start_page,
        theme_mends,
    )

    app.setup_extension("myst_nb")
    app.setup_extension("sphinxcontrib.bibtex")
    for part in (
        project,
        as_of,
        domain,
        nodes,
        roles,
        counts,
        directives,
        citations,
        notices,
        feed,
        figure_sources,
        mathml,
        assets,
        bibliography_style,
        execution,
        staleness,
        entries,
        removed_pages,
        start_page,
        reading_time,
        certainty_role,
        chapter_line,
        metadata,
        cite_page,
        share_cards,
        policy,
        not_found,
        sitemap,
        search,
        theme_mends,
    ):
        part.setup(app)
    # Notebooks are executed before reading, two at a time; pages are read by one process.
    return {"version": "1", "env_version": 1, "parallel_read_safe": False, "parallel_write_safe": False}
