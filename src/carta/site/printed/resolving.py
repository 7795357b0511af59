"""References of a whole book, resolved without reading a page from disk for each of them."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator
from typing import TYPE_CHECKING

from docutils import nodes

if TYPE_CHECKING:
    from sphinx.environment import BuildEnvironment


@contextlib.contextmanager
def remembering(env: BuildEnvironment) -> Iterator[None]:
    """Keep the pages that references point into: Sphinx reads one from disk for each reference to a number in it."""
    read = env.get_doctree
    pages: dict[str, nodes.document] = {}

    def remembered(docname: str) -> nodes.document:
        if docname not in pages:
            pages[docname] = read(docname)
        return pages[docname]

    vars(env)["get_doctree"] = remembered
    try:
        yield
    finally:
        del vars(env)["get_doctree"]
