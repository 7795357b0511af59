"""The e-book, built beside the last good one and put in its place only when it is sound."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from carta.site.build import BuildResult, Output, build

#: The builder, and the folder in its own that holds the finished book.
BUILDER, FINISHED = "epub", "book"

EBOOK = Output("book for e-readers", BUILDER, "epub", extension="carta.site.epub", finished=FINISHED)


def build_epub(
    root: Path,
    *,
    out: Path | None = None,
    strict: bool = True,
    quiet: bool = False,
    progress: Callable[[str], None] | None = None,
) -> BuildResult:
    """Build ``carta.epub`` of the project at ``root``, into ``root/_build/epub`` where not told.

    The arguments are those of :func:`carta.site.build.build`.

    Raises:
        BuildError: when the build fails; ``out`` is as it was.
    """
    return build(EBOOK, root, out=out, strict=strict, quiet=quiet, progress=progress)
