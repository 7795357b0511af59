"""The e-book, built beside the last good one and put in its place only when it is sound."""

from __future__ import annotations

import io
import time
from collections.abc import Callable
from pathlib import Path

from carta.site.build import (
    BuildError,
    BuildResult,
    alone,
    failure,
    publish,
    run_sphinx,
    status_stream,
    warned,
)

#: The builder, and the folder in its own that holds the finished book.
BUILDER, FINISHED = "epub", "book"


def build_epub(
    root: Path,
    *,
    out: Path | None = None,
    strict: bool = True,
    quiet: bool = False,
    progress: Callable[[str], None] | None = None,
) -> BuildResult:
    """Build the book of the project at ``root`` as ``carta.epub``.

    What the site's build has read and executed is used again, and the other way round.

    Args:
        root: the project's folder, with ``_config.yml`` and ``_toc.yml``.
        out: where the file goes; ``root/_build/epub`` where not given.
        strict: whether a warning makes the build fail.
        quiet: whether to print nothing on the way.
        progress: takes each line of progress instead of standard output.

    Raises:
        BuildError: when the build fails; ``out`` is as it was.
    """
    from sphinx.errors import SphinxError

    root = root.resolve()
    out = (out or root / "_build" / "epub").resolve()
    work = root / "_build" / ".carta"
    for name in ("_config.yml", "_toc.yml"):
        if not (root / name).is_file():
            raise BuildError(f"{root / name}: the file is missing. A book needs _config.yml and _toc.yml.")
    work.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    warnings = io.StringIO()
    with alone(work / "lock"):
        try:
            app = run_sphinx(
                root,
                work,
                strict,
                status_stream(quiet, progress),
                warnings,
                builder=BUILDER,
                extension="carta.site.epub",
            )
        except SphinxError as error:
            raise BuildError(failure(f"{error.category}: {error}", warned(warnings))) from error
        except Exception as error:
            raise BuildError(failure(f"{type(error).__name__}: {error}", warned(warnings))) from error
        found = warned(warnings)
        if app.statuscode or (strict and found):
            raise BuildError(failure("The e-book has warnings, and none is allowed.", found))
        changed, removed = publish(work / BUILDER / FINISHED, out)
    return BuildResult(out, changed, removed, time.monotonic() - started, found)
