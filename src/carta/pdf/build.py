"""The printed book, built beside the last good one and put in its place only when it is sound."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from carta.site.build import BuildResult, Output, build, failure

if TYPE_CHECKING:
    from sphinx.application import Sphinx

BUILDER = "carta-pdf"


def build_pdf(
    root: Path,
    *,
    out: Path | None = None,
    paper: str = "a4",
    parts: bool = True,
    strict: bool = True,
    quiet: bool = False,
    progress: Callable[[str], None] | None = None,
) -> BuildResult:
    """Build the book of the project at ``root`` as PDF, into ``root/_build/pdf`` where not told.

    Args:
        root: as of :func:`carta.site.build.build`.
        out: as there.
        paper: ``a4`` or ``us-letter``.
        parts: whether each part is made as a file of its own too.
        strict: as there.
        quiet: as there.
        progress: as there.

    Raises:
        BuildError: when the build fails; ``out`` is as it was.
    """
    book = Output(
        "book",
        BUILDER,
        "pdf",
        extension="carta.pdf",
        settings={"carta_pdf_paper": paper, "carta_pdf_parts": parts},
        refusal=_refusal,
    )
    return build(book, root, out=out, strict=strict, quiet=quiet, progress=progress)


def _refusal(app: Sphinx) -> str | None:
    refused = getattr(app.builder, "refused", [])
    return failure("Typst cannot set the book.", refused) if refused else None
