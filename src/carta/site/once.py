"""What stays the same as long as a process lives is found once in it."""

from __future__ import annotations

import functools
from typing import TYPE_CHECKING, Any

import jupyter_cache.entry_points
import myst_nb.core.render
import pybtex.plugin

from carta.site.build import PREPARE

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: Modules that look through all installed packages for every notebook, page or citation, and the name by which they do.
_PLUGINS: tuple[tuple[Any, str], ...] = (
    (jupyter_cache.entry_points, "eps"),
    (myst_nb.core.render, "entry_points"),
    (pybtex.plugin, "entry_points"),
)


def setup(app: Sphinx) -> None:
    """Let plugins be looked for once, and make the event of a build that waits."""
    app.add_event(PREPARE)
    for module, name in _PLUGINS:
        find = getattr(module, name)
        if not hasattr(find, "cache_info"):
            setattr(module, name, functools.cache(find))
