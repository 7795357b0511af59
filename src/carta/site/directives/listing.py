"""What the tables of records share: warnings at their line, references, and words of the vocabulary."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Any

from docutils import nodes
from sphinx import addnodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective

from carta.site.as_of import placeholder
from carta.site.domain import carta_domain
from carta.site.project import Project, project_of_env

logger = logging.getLogger(__name__)


def _unless_later(run: Callable[[Any], list[nodes.Node]]) -> Callable[[Any], list[nodes.Node]]:
    @functools.wraps(run)
    def guarded(self: Any) -> list[nodes.Node]:
        day = project_of_env(self.env).evidence.day
        if day is None:
            return run(self)
        try:
            return run(self)
        except Exception:  # noqa: BLE001  the build of today finds what is wrong for other reasons
            return [nodes.paragraph("", "", placeholder(day))]

    return guarded


class Listing(SphinxDirective):
    """A directive that lists records.

    In a build of an earlier day, one that cannot be made for lack of evidence says so in place of what it lists.
    """

    def __init_subclass__(cls, **options: Any) -> None:
        """Let a directive say that its evidence came later, whatever it stumbles over."""
        super().__init_subclass__(**options)
        if "run" in cls.__dict__:
            setattr(cls, "run", _unless_later(cls.__dict__["run"]))  # noqa: B010  a method is no attribute to mypy

    def fail(self, message: str) -> list[nodes.Node]:
        """Warn, and show nothing; in a build of an earlier day, say that it came later."""
        if (day := project_of_env(self.env).evidence.day) is not None:
            return [nodes.paragraph("", "", placeholder(day))]
        logger.warning(message, location=self.get_location(), type="carta", subtype=self.name)
        return []

    def reference(self, kind: str, name: str, words: str) -> addnodes.pending_xref:
        """Return a reference to a record's entry, and note the use."""
        carta_domain(self.env).note_use(kind, name)
        return addnodes.pending_xref(
            "",
            nodes.inline("", words),
            refdomain="carta",
            reftype=kind,
            reftarget=name,
            refdoc=self.env.docname,
            refexplicit=True,
            refwarn=True,
        )


def labels(project: Project, kind: str, words: list[str]) -> str:
    """Return words of the vocabulary as people read them."""
    return ", ".join(project.label(kind, word) for word in words) or "–"
