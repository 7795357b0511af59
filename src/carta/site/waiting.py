"""A build that waits for a changed page: what can be done is done before, and the page is shown before the rest is made."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from carta.files import write_bytes_atomically

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment


def write_start_page(app: Sphinx) -> None:
    """Write the start page as it is: the first page that a process writes takes the time to compile all templates."""
    builder: Any = app.builder
    start = app.config.root_doc
    if builder.name != "html" or start not in app.env.all_docs:
        return
    # What a page adds to load stays in these lists until the next page, and in the registry for ever.
    lists = (builder._css_files, builder._js_files, app.registry.css_files, app.registry.js_files)
    before = [[(file, dict(getattr(file, "attributes", {}))) for file in files] for files in lists]
    builder.prepare_writing({start})
    page = app.env.get_and_resolve_doctree(start, builder)
    builder.write_doc_serialized(start, page)
    builder.write_doc(start, page)
    # It may be the page that changes.
    app.env._pickled_doctree_cache.pop(start, None)
    for files, then in zip(lists, before, strict=True):
        files[:] = [file for file, _ in then]
        for file, attributes in then:
            if hasattr(file, "attributes"):
                file.attributes.clear()
                file.attributes.update(attributes)


class ChangedFirst:
    """Lets a build write the pages that were read again before others, and shows them at once."""

    def __init__(self, app: Sphinx, out: Path, sound: Callable[[], bool], shown: Callable[[], None]) -> None:
        """Prepare a build that has not begun.

        Args:
            app: the build.
            out: where its result is published.
            sound: whether all is well so far; else nothing is shown before the end.
            shown: called when the pages lie in ``out``.
        """
        self._app = app
        self._out = out
        self._sound = sound
        self._shown = shown
        self._read: set[str] = set()
        self._before: dict[Path, bytes | None] = {}
        builder: Any = app.builder
        self._write_all = builder._write_serial
        builder._write_serial = self._write
        app.connect("env-before-read-docs", self._note)

    @property
    def names(self) -> set[str]:
        """The pages that were shown, relative to where they are published."""
        return {path.relative_to(self._out).as_posix() for path in self._before}

    def _note(self, app: Sphinx, env: BuildEnvironment, docnames: list[str]) -> None:
        self._read = set(docnames)

    def _write(self, docnames: Sequence[str]) -> None:
        first = [name for name in docnames if name in self._read]
        if first:
            self._write_all(first)
            if self._sound():
                self._show(first)
        if rest := [name for name in docnames if name not in self._read]:
            self._write_all(rest)

    def _show(self, docnames: Sequence[str]) -> None:
        builder: Any = self._app.builder
        for docname in docnames:
            written = Path(builder.get_outfilename(docname))
            target = self._out / written.relative_to(self._app.outdir)
            self._before[target] = target.read_bytes() if target.is_file() else None
            write_bytes_atomically(target, written.read_bytes())
        self._shown()

    def put_back(self) -> None:
        """Put the pages back as they were, after a build that failed."""
        for target, content in self._before.items():
            if content is None:
                target.unlink(missing_ok=True)
            else:
                write_bytes_atomically(target, content)
