"""One style sheet and one script a page in place of ten: a slow network pays for each file that a page waits for.

Pages with the same files share what is joined of them. Its name tells which files are in it, and its address carries the
checksum of what they say, as Sphinx gives one to every file.
"""

from __future__ import annotations

import functools
from collections.abc import Callable
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any

from pydata_sphinx_theme.pygments import overwrite_pygments_css

from carta.files import digest, write_text_atomically
from carta.site.stamps import stamp

if TYPE_CHECKING:
    from docutils import nodes
    from sphinx.application import Sphinx
    from sphinx.builders import Builder

#: Says what a joined file holds.
_HOLDS = "data-holds"
#: The script that loads others when the page has been drawn.
_LOADER = "carta-later.js"
#: Marks a script that it is to load; on itself, says from where, and the other what is in them.
LATER, _HOLDS_LATER = "data-later", "data-holds-later"


@dataclass(frozen=True)
class _Kind:
    """A kind of file that is joined."""

    #: Where a page's context has them.
    key: str
    #: Name of the joined file, without the checksum of the names in it.
    stem: str
    suffix: str
    #: What stands between two of them.
    between: str
    #: Whether a file may be joined with its neighbours.
    alike: Callable[[Any, PurePosixPath], bool]
    #: What a file says where it is one of several.
    said: Callable[[Any, str], str]
    #: What the joined file is loaded with.
    loading: dict[str, str]


def _lies_beside_the_others(sheet: Any, name: PurePosixPath) -> bool:
    # Elsewhere the addresses in it would be wrong.
    return name.parent == PurePosixPath("_static")


def _for_its_medium(sheet: Any, text: str) -> str:
    medium = sheet.attributes.get("media", "all")
    return text if medium == "all" else f"@media {medium} {{\n{text}}}\n"


def _waits_for_the_page(script: Any, name: PurePosixPath) -> bool:
    return "defer" in script.attributes and script.attributes.get("type") != "module"


def _may_come_later(script: Any) -> bool:
    return LATER in getattr(script, "attributes", {})


_KINDS = (
    _Kind("css_files", "carta-sheet", ".css", "\n", _lies_beside_the_others, _for_its_medium, {}),
    # A script may end without a semicolon.
    _Kind(
        "script_files",
        "carta-script",
        ".js",
        "\n;\n",
        _waits_for_the_page,
        lambda script, text: text,
        {"defer": "defer"},
    ),
)


class _Joiner:
    """Joins the files of pages, each combination once a build."""

    def __init__(self, out: Path) -> None:
        self.out = out
        self._written: set[str] = set()
        self._stamps: dict[str, str] = {}

    def joined(self, kind: _Kind, files: list[Any]) -> list[Any]:
        """Return a page's files with every run of those that can be joined as one."""
        result: list[Any] = []
        # Sphinx orders them so only behind the event. What stands in the page itself is read before all that waits
        # for the page, and so may come first.
        ordered = sorted(files, key=lambda file: (bool(file.filename), file.priority))
        for can, run in groupby(ordered, key=lambda file: self._can_be_joined(kind, file)):
            together = list(run)
            if can and len(together) > 1:
                holds = " ".join(name for file in together for name in _held(file))
                together = [
                    type(together[0])(
                        self._write(kind, together),
                        priority=together[0].priority,
                        **kind.loading,
                        **{_HOLDS: holds},
                    )
                ]
            result += together
        return result

    def _can_be_joined(self, kind: _Kind, file: Any) -> bool:
        name = str(file.filename or "")
        return bool(name) and kind.alike(file, PurePosixPath(name)) and (self.out / name).is_file()

    def _write(self, kind: _Kind, files: list[Any]) -> str:
        joined = f"_static/{kind.stem}-{digest(*(str(file.filename) for file in files))[:10]}{kind.suffix}"
        if joined not in self._written:
            text = kind.between.join(
                kind.said(file, (self.out / str(file.filename)).read_text(encoding="utf-8")) for file in files
            )
            target = self.out / joined
            if not target.is_file() or target.read_text(encoding="utf-8") != text:
                write_text_atomically(target, text)
            self._written.add(joined)
        return joined

    def stamp(self, name: str) -> str:
        """Return the end of a file's address; every page asks, and the file is read once."""
        if name not in self._stamps:
            self._stamps[name] = stamp((self.out / name).read_bytes())
        return self._stamps[name]


def _held(file: Any) -> list[str]:
    """Return the names of the files that a file is or holds."""
    return str(file.attributes.get(_HOLDS) or PurePosixPath(str(file.filename or "")).name).split()


def setup(app: Sphinx) -> None:
    """Join what is left when every part has chosen what a page needs."""
    # At the end of the build the theme puts colours of code for light and dark in the place of Sphinx's own, which
    # know no theme and are too faint on a dark ground; here they are wanted when the first page is written.
    colours_of_code = functools.cache(overwrite_pygments_css)
    joiner = functools.cache(_Joiner)

    def choose(
        app: Sphinx, pagename: str, templatename: str, context: dict[str, Any], doctree: nodes.document | None
    ) -> None:
        if app.builder.name != "html":
            return
        colours_of_code(app)
        of_this_build = joiner(Path(app.outdir))
        for kind in _KINDS:
            join = functools.partial(of_this_build.joined, kind)
            files = context[kind.key]
            later = join([file for file in files if _may_come_later(file)])
            files[:] = join([file for file in files if not _may_come_later(file)])
            if later:
                (loader,) = (file for file in files if _LOADER in _held(file))
                names = [str(file.filename) for file in later]
                loader.attributes[LATER] = " ".join(
                    context["pathto"](name, True) + of_this_build.stamp(name) for name in names
                )
                loader.attributes[_HOLDS_LATER] = " ".join(name for file in later for name in _held(file))

    def forget(app: Sphinx, builder: Builder) -> None:
        # Sphinx puts its own colours back when it begins to write.
        colours_of_code.cache_clear()
        joiner.cache_clear()

    app.connect("write-started", forget)
    app.connect("html-page-context", choose, priority=999)
