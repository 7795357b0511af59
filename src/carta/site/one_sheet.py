"""One style sheet a page in place of eight: a slow network pays for each file that it must wait for before it paints.

Pages with the same sheets share one. Its name tells which sheets are in it, and its address carries the checksum of
what they say, as Sphinx gives one to every file.
"""

from __future__ import annotations

import functools
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from pydata_sphinx_theme.pygments import overwrite_pygments_css

from carta.files import digest, write_text_atomically

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx


def _can_be_joined(app: Sphinx, sheet: Any) -> bool:
    """Return whether a sheet is for every medium, and lies where its addresses would still be right."""
    name = str(getattr(sheet, "filename", sheet))
    attributes = getattr(sheet, "attributes", {})
    return (
        PurePosixPath(name).parent == PurePosixPath("_static")
        and attributes.get("media", "all") == "all"
        and (Path(app.outdir) / name).is_file()
    )


def _join(app: Sphinx, names: list[str], written: dict[str, str]) -> str:
    """Write the sheets as one, once a build, and return its name."""
    joined = f"_static/carta-sheet-{digest(*names)[:10]}.css"
    if joined not in written:
        out = Path(app.outdir)
        text = "\n".join((out / name).read_text(encoding="utf-8") for name in names)
        if not (out / joined).is_file() or (out / joined).read_text(encoding="utf-8") != text:
            write_text_atomically(out / joined, text)
        written[joined] = text
    return joined


def setup(app: Sphinx) -> None:
    """Join what is left when every part has chosen what a page needs."""
    written: dict[str, str] = {}
    # At the end of the build the theme puts colours of code for light and dark in the place of Sphinx's own, which
    # know no theme and are too faint on a dark ground; here they are wanted when the first page is written.
    colours_of_code = functools.cache(overwrite_pygments_css)

    def choose(
        app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
    ) -> None:
        if app.builder.name != "html":
            return
        colours_of_code(app)
        sheets: list[Any] = []
        for can, run in groupby(context["css_files"], key=lambda sheet: _can_be_joined(app, sheet)):
            together = list(run)
            if can and len(together) > 1:
                names = [str(getattr(sheet, "filename", sheet)) for sheet in together]
                holds = " ".join(PurePosixPath(name).name for name in names)
                together = [type(together[0])(_join(app, names, written), **{"data-holds": holds})]
            sheets += together
        context["css_files"][:] = sheets

    app.connect("html-page-context", choose, priority=999)
