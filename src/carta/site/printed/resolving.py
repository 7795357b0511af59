"""References of a whole book, resolved without reading a page from disk for each of them."""

from __future__ import annotations

import contextlib
import functools
from collections.abc import Iterator
from typing import TYPE_CHECKING

from docutils import nodes

if TYPE_CHECKING:
    from sphinx.environment import BuildEnvironment


@contextlib.contextmanager
def remembering(env: BuildEnvironment) -> Iterator[None]:
    """Keep what references ask for again and again: pages that they point into, and the plug-ins of citations.

    Sphinx reads a page from disk for each reference to a number in it, and sphinxcontrib-bibtex looks through all
    installed packages for each citation: seconds a page.
    """
    from pybtex import plugin

    read, look = env.get_doctree, plugin.find_plugin
    pages: dict[str, nodes.document] = {}

    def remembered(docname: str) -> nodes.document:
        if docname not in pages:
            pages[docname] = read(docname)
        return pages[docname]

    vars(env)["get_doctree"], vars(plugin)["find_plugin"] = remembered, functools.cache(look)
    try:
        yield
    finally:
        del vars(env)["get_doctree"]
        vars(plugin)["find_plugin"] = look
