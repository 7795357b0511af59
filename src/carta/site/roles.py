"""The roles that bring evidence into a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from docutils import nodes
from sphinx import addnodes
from sphinx.util import logging
from sphinx.util.docutils import SphinxRole

from carta.evidence import UnknownRecordError
from carta.evidence.formatting import ROLES, Style, StyleError
from carta.site.as_of import placeholder
from carta.site.bound import bound_fact, parameter_text
from carta.site.domain import asking, carta_domain
from carta.site.project import project_of_env
from carta.site.standing import STANDINGS

if TYPE_CHECKING:
    from collections.abc import Callable

    from docutils.nodes import Node, system_message
    from sphinx.application import Sphinx

    from carta.site.project import Project

logger = logging.getLogger(__name__)


class CartaRole(SphinxRole):
    """A role that names records; a name that does not exist is a warning at its line."""

    def fail(self, message: str) -> tuple[list[Node], list[system_message]]:
        """Warn, and show the text as it was written; in a build of an earlier day, say that it came later."""
        if (day := project_of_env(self.env).evidence.day) is not None:
            return [placeholder(day)], []
        logger.warning(message, location=self.get_location(), type="carta", subtype=self.name)
        return [nodes.problematic("", self.text)], []


class FactRole(CartaRole):
    """``{fact}`key:id```: a reported value with its card and citation."""

    def __init__(self, style: Style) -> None:
        super().__init__()
        self.style = style

    def run(self) -> tuple[list[Node], list[system_message]]:
        """Return the value."""
        with asking(self.env) as project:
            try:
                node = bound_fact(
                    self.env, self.inliner.document, project, self.text.strip(), self.style, self.lineno
                )
            except UnknownRecordError as error:
                return self.fail(str(error))
            except StyleError as error:
                return self.fail(f"{{{self.name}}}`{self.text}`: {error}.")
        node.source, node.line = self.get_source_info()
        return [node], []


class RecordRole(CartaRole):
    """A role that names one record and links to it; ``{study}`words <key>``` gives other words."""

    def __init__(self, kind: str, describe: Callable[[Project, str], str]) -> None:
        super().__init__()
        self.kind = kind
        self.describe = describe

    def run(self) -> tuple[list[Node], list[system_message]]:
        """Return a reference that the domain resolves when the page is written."""
        words, target = None, self.text.strip()
        if target.endswith(">") and "<" in target:
            words, _, target = target[:-1].rpartition("<")
            words, target = words.strip(), target.strip()
        with asking(self.env) as project:
            try:
                text = self.describe(project, target)
            except UnknownRecordError as error:
                return self.fail(str(error))
        anchor = f"{self.kind}-{self.env.docname.replace('/', '-')}-{self.env.new_serialno('carta-record')}"
        carta_domain(self.env).note_use(self.kind, target, anchor)
        reference = addnodes.pending_xref(
            "",
            nodes.inline("", words or text, classes=[f"carta-name-{self.kind}"]),
            refdomain="carta",
            reftype=self.kind,
            reftarget=target,
            refdoc=self.env.docname,
            refexplicit=words is not None,
            refwarn=True,
        )
        reference.source, reference.line = self.get_source_info()
        return [nodes.inline("", "", reference, ids=[anchor])], []


def _study(project: Project, key: str) -> str:
    project.evidence.study_outline(key)
    return project.source(key).label


def _trial(project: Project, nct: str) -> str:
    project.evidence.trial(nct)
    return nct


def _claim(project: Project, name: str) -> str:
    project.evidence.claim(name)
    return f"claim {name}"


def _parameter(project: Project, name: str) -> str:
    parameter = project.evidence.parameter(name)
    mark = STANDINGS[parameter.status].mark
    text = parameter_text(project, parameter)
    return f"{text} {mark}" if mark else text


class GivenRole(SphinxRole):
    """``{given}`text```: a number that the author sets, such as a threshold; plain text."""

    def run(self) -> tuple[list[Node], list[system_message]]:
        """Return the text."""
        return [nodes.inline("", self.text, classes=["carta-given"])], []


def setup(app: Sphinx) -> None:
    """Register the roles under their bare names."""
    for name, style in ROLES.items():
        app.add_role(name, FactRole(style))
    for kind, describe in (
        ("study", _study),
        ("trial", _trial),
        ("claim", _claim),
        ("parameter", _parameter),
    ):
        app.add_role(kind, RecordRole(kind, describe))
    app.add_role("given", GivenRole())
