"""A bound value as a node: shared by the roles and the tables."""

from __future__ import annotations

from datetime import date
from typing import TYPE_CHECKING

from carta.evidence.formatting import Style, format_number
from carta.evidence.records import Fact, Parameter
from carta.site.citations import cite
from carta.site.domain import carta_domain
from carta.site.nodes import fact, fact_citation, fact_mark, fact_value
from carta.site.standing import STANDINGS

if TYPE_CHECKING:
    from docutils.nodes import document
    from sphinx.environment import BuildEnvironment

    from carta.site.project import Project


def bound_fact(
    env: BuildEnvironment, page: document, project: Project, name: str, style: Style, line: int
) -> fact:
    """Return the fact ``name`` in a style, with its card and citation; note where it is used.

    Raises:
        UnknownRecordError: when there is no such fact, or its study has no bibliography entry.
        StyleError: when the fact cannot be written in the style.
    """
    bound = project.evidence.fact(name)
    project.source(bound.study)
    shown = project.write(bound.fact, style)
    if style != "full":
        # The card shows the whole value.
        project.write(bound.fact, "full")
    uid = f"fact-{env.docname.replace('/', '-')}-{env.new_serialno('carta-fact')}"
    node = fact("", "", name=name, uid=uid, shown=shown)
    node += fact_value("", shown)
    if mark := STANDINGS[bound.fact.status].mark:
        node += fact_mark("", mark)
    node += fact_citation("", "", cite(env, page, bound.study, line))
    carta_domain(env).note_use("fact", name, f"{uid}-use")
    return node


def parameter_text(project: Project, parameter: Parameter) -> str:
    """Return the value of a parameter with its unit, or its words."""
    if parameter.value is None:
        return parameter.text or ""
    if isinstance(parameter.value, list):
        numbers = ", ".join(format_number(number) for number in parameter.value)
        return f"{numbers} {parameter.unit}" if parameter.unit else numbers
    return with_unit(project, parameter.value, parameter.unit)


def with_unit(project: Project, number: int | float, unit: str | None) -> str:
    """Write a number with a unit of the vocabulary as facts have it."""
    stand_in = Fact(what="value", value=number, unit=unit, locator="-", status="read", checked=date.min)
    return project.write(stand_in, "value")
