"""What belongs into the book and into each of its parts, in which order."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sphinx import addnodes

if TYPE_CHECKING:
    from sphinx.environment import BuildEnvironment


@dataclass(frozen=True)
class Chapter:
    """A page of the book."""

    docname: str
    #: One for a chapter, two for a page below one.
    depth: int


@dataclass(frozen=True)
class Part:
    """A part with its chapters."""

    #: Empty where the chapters stand in no part.
    title: str
    chapters: tuple[Chapter, ...]

    @property
    def slug(self) -> str:
        """The title as a file name."""
        plain = unicodedata.normalize("NFKD", self.title).encode("ascii", "ignore").decode("ascii")
        return re.sub(r"[^a-z0-9]+", "-", plain.lower()).strip("-") or "part"


@dataclass(frozen=True)
class Outline:
    """The whole book."""

    root: str
    parts: tuple[Part, ...] = field(default=())

    @property
    def docnames(self) -> list[str]:
        """All pages in their order."""
        return [self.root, *(chapter.docname for part in self.parts for chapter in part.chapters)]


def outline(env: BuildEnvironment, root: str) -> Outline:
    """Return the outline that the tables of contents of the first page make."""
    parts = []
    for tree in env.get_doctree(root).findall(addnodes.toctree):
        chapters = tuple(
            chapter
            for _, docname in tree["entries"]
            if docname in env.found_docs
            for chapter in _below(env, docname, 1)
        )
        if chapters:
            parts.append(Part(tree.get("caption") or "", chapters))
    return Outline(root, tuple(parts))


def _below(env: BuildEnvironment, docname: str, depth: int) -> Iterator[Chapter]:
    yield Chapter(docname, depth)
    for child in env.toctree_includes.get(docname, ()):
        yield from _below(env, child, depth + 1)
