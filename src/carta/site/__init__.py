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
        exercises,
        feed,
        figure_files,
        figure_sources,
        glossary,
        joined_files,
        kept,
        latex,
        mathml,
        metadata,
        nodes,
        not_found,
        notices,
        once,
        policy,
        project,
        published_data,
        reading_time,
        removed_pages,
        roles,
        search,
        share_cards,
        site_files,
        sitemap,
        staleness,
        start_page,
        theme_mends,
    )

    app.setup_extension("myst_nb")
    app.setup_extension("sphinxcontrib.bibtex")
    app.setup_extension("sphinx_design")
    for part in (
        once,
        project,
        as_of,
        domain,
        nodes,
        roles,
        counts,
        directives,
        exercises,
        citations,
        notices,
        feed,
        figure_sources,
        figure_files,
        glossary,
        latex,
        mathml,
        assets,
        bibliography_style,
        execution,
        staleness,
        entries,
        published_data,
        site_files,
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
        # Behind all that choose the sheets of a page.
        joined_files,
        kept,
    ):
        part.setup(app)
    # Notebooks are executed before reading, two at a time; pages are read by one process.
    return {"version": "1", "env_version": 1, "parallel_read_safe": False, "parallel_write_safe": False}
