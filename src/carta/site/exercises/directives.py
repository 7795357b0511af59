"""The directives of an exercise, and the roles that belong to it.

What an exercise *is* (its right answer, the code of its tests, the facts it needs) is read by :mod:`carta.workbook`,
which notebooks and checks use as well; here its words become nodes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, cast

from docutils import nodes
from docutils.parsers.rst import Directive, directives
from docutils.parsers.rst.directives.admonitions import Hint as PlainHint
from sphinx import addnodes
from sphinx.domains.std import Cmdoption
from sphinx.util import logging
from sphinx.util.docutils import SphinxDirective, SphinxRole

from carta.site.as_of import placeholder
from carta.site.domain import Exercised, carta_domain
from carta.site.exercises.nodes import (
    exercise_archive,
    exercise_hint,
    exercise_index,
    exercise_node,
    exercise_objective,
    exercise_option,
    exercise_options,
    exercise_question,
    exercise_replies,
    exercise_reply,
    exercise_solution,
    exercise_solutions,
    exercise_starter,
    exercise_take_away,
    exercise_tests,
    exercise_text,
)
from carta.site.exercises.source import ExerciseSourceError, exercise_of
from carta.site.project import project_of_env

if TYPE_CHECKING:
    from docutils.nodes import Node, system_message
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment
    from sphinx.util.typing import OptionSpec

    from carta.workbook import Exercise

logger = logging.getLogger(__name__)

#: In ``temp_data``: the exercise that is being read.
_CURRENT = "carta-exercise"


class ExerciseDirective(SphinxDirective):
    """``{exercise} id`` with its question and the directives inside it."""

    required_arguments = 1
    has_content = True
    option_spec: ClassVar[OptionSpec] = {
        "kind": directives.unchanged_required,
        "objective": directives.unchanged_required,
        "difficulty": directives.unchanged_required,
        "several": directives.flag,
        "answer": directives.unchanged_required,
        "unit": directives.unchanged,
        "tolerance": directives.unchanged_required,
        "function": directives.unchanged_required,
        "facts": directives.unchanged,
    }

    def run(self) -> list[nodes.Node]:
        """Return the exercise, or a warning at its line."""
        name = self.arguments[0].strip()
        if _CURRENT in self.env.temp_data:
            return self._fail(f"The exercise {name!r} stands inside another one.")
        try:
            exercise, data = exercise_of(self.env, name)
        except ExerciseSourceError as error:
            return self._fail(str(error))
        domain = carta_domain(self.env)
        anchor = f"exercise-{name}"
        here = domain.exercises.setdefault(self.env.docname, [])
        number = len(here) + 1
        node = exercise_node(
            "",
            ids=[anchor],
            exercise=name,
            number=number,
            kind=exercise.kind,
            difficulty=exercise.difficulty,
            objective=exercise.objective,
            several=bool(data.get("several")),
            unit=exercise.unit or "",
            answer_text=data.pop("answer_text", ""),
            data=data,
        )
        self.set_source_info(node)
        self.env.temp_data[_CURRENT] = node
        try:
            self._fill(node, exercise)
        finally:
            del self.env.temp_data[_CURRENT]
        here.append(
            Exercised(
                name, self.env.docname, anchor, number, exercise.kind, exercise.difficulty, exercise.objective
            )
        )
        self.state.document.note_explicit_target(node)
        return [node]

    def _fail(self, message: str) -> list[nodes.Node]:
        if (day := project_of_env(self.env).evidence.day) is not None:
            # A build of an earlier day: what the exercise asks about came later.
            return [nodes.paragraph("", "", placeholder(day))]
        logger.warning(message, location=self.get_location(), type="carta", subtype="exercise")
        return []

    def _fill(self, node: exercise_node, exercise: Exercise) -> None:
        """Sort what is written into the parts, in the order in which every builder shows them."""
        read = nodes.Element()
        self.state.nested_parse(self.content, self.content_offset, read)
        parts: dict[type[nodes.Element], list[nodes.Node]] = {}
        question = exercise_question()
        for child in read.children:
            if isinstance(child, _PARTS):
                parts.setdefault(type(child), []).append(child)
            else:
                question += child
        node += exercise_objective()
        node += question
        if options := parts.get(exercise_option):
            for letter, option in zip("ABCDEFGHIJ", options, strict=False):
                cast(nodes.Element, option)["letter"] = letter
            node += exercise_options("", *options)
        if replies := parts.get(exercise_reply):
            for reply, value in zip(replies, node["data"].get("wrong", ()), strict=False):
                cast(nodes.Element, reply)["value"] = value
            node += exercise_replies("", *replies)
        for kind in (exercise_starter, exercise_tests, exercise_hint, exercise_solution):
            node.extend(parts.get(kind, []))


class _Part(SphinxDirective):
    """A directive inside an exercise."""

    has_content = True
    node_class: ClassVar[type[nodes.Element]]

    def run(self) -> list[nodes.Node]:
        """Return the part, or a warning where it stands outside an exercise."""
        if _CURRENT not in self.env.temp_data:
            return self.outside()
        node = self.node_class()
        self.set_source_info(node)
        self.state.nested_parse(self.content, self.content_offset, node)
        return [node]

    def outside(self) -> list[nodes.Node]:
        """Return what the directive means where there is no exercise around it."""
        logger.warning(
            f"{{{self.name}}} belongs inside an {{exercise}}.",
            location=self.get_location(),
            type="carta",
            subtype="exercise",
        )
        return []

    def as_a(self, directive: type[Directive]) -> list[nodes.Node]:
        """Return what another directive makes of what is written."""
        return list(
            directive(
                self.name,
                self.arguments,
                self.options,
                self.content,
                self.lineno,
                self.content_offset,
                self.block_text,
                self.state,
                self.state_machine,
            ).run()
        )


class Option(_Part):
    """``{option} text`` with ``:correct:``; the content is the reply. Elsewhere Sphinx's own directive."""

    required_arguments = 1
    final_argument_whitespace = True
    option_spec: ClassVar[OptionSpec] = {**Cmdoption.option_spec, "correct": directives.flag}
    node_class = exercise_option

    def run(self) -> list[nodes.Node]:
        """Return the option."""
        if _CURRENT not in self.env.temp_data:
            return self.outside()
        node = exercise_option("", correct="correct" in self.options, letter="")
        self.set_source_info(node)
        words, messages = self.state.inline_text(" ".join(self.arguments[0].split()), self.lineno)
        node += exercise_text("", "", *words, *messages)
        reply = exercise_reply()
        self.state.nested_parse(self.content, self.content_offset, reply)
        node += reply
        return [node]

    def outside(self) -> list[nodes.Node]:
        """Return what Sphinx makes of an option of a command."""
        return self.as_a(Cmdoption)


class HintDirective(_Part):
    """``{hint}``: of an exercise; elsewhere the usual admonition."""

    node_class = exercise_hint
    option_spec = PlainHint.option_spec

    def outside(self) -> list[nodes.Node]:
        """Return the admonition."""
        return self.as_a(PlainHint)


class Solution(_Part):
    """``{solution}``: the worked solution."""

    node_class = exercise_solution


class Starter(_Part):
    """``{starter}``: the code that is given."""

    node_class = exercise_starter


class Tests(_Part):
    """``{tests}``: the code that checks."""

    node_class = exercise_tests


class Wrong(_Part):
    """``{wrong} value`` with the reply to it. In an exercise of code: code that must fail, for the tests alone."""

    optional_arguments = 1
    final_argument_whitespace = True
    node_class = exercise_reply

    def run(self) -> list[nodes.Node]:
        """Return the reply; nothing for code, whose reply comes from the tests."""
        current = self.env.temp_data.get(_CURRENT)
        if current is not None and current["kind"] == "code":
            return []
        return super().run()


_PARTS = (
    exercise_option,
    exercise_reply,
    exercise_starter,
    exercise_tests,
    exercise_hint,
    exercise_solution,
)


class _Place(SphinxDirective):
    """A place that is filled when the whole book is known."""

    node_class: ClassVar[type[nodes.Element]]

    def run(self) -> list[nodes.Node]:
        """Return the place."""
        node = self.node_class()
        self.set_source_info(node)
        carta_domain(self.env).gathering[self.env.docname] = self.node_class.__name__
        return [node]


class Solutions(_Place):
    """``{exercise-solutions}``: hints and worked solutions of the whole book."""

    node_class = exercise_solutions


class Index(_Place):
    """``{exercise-index}``: all exercises of the book."""

    node_class = exercise_index


class AnswerRole(SphinxRole):
    """``{answer}``` ```: the right number of the exercise around it, with its unit."""

    def run(self) -> tuple[list[Node], list[system_message]]:
        """Return the number in words."""
        current = self.env.temp_data.get(_CURRENT)
        text = current["answer_text"] if current is not None else ""
        if not text:
            logger.warning(
                "{answer} belongs inside an exercise whose answer is a number.",
                location=self.get_location(),
                type="carta",
                subtype="exercise",
            )
        return [nodes.inline("", text, classes=["carta-answer"])], []


class ExerciseRole(SphinxRole):
    """``{exercise}`id```: a link to an exercise, by its number and, from elsewhere, its chapter."""

    def run(self) -> tuple[list[Node], list[system_message]]:
        """Return a reference, which the domain resolves when the page is written."""
        words, target = "", self.text.strip()
        if target.endswith(">") and "<" in target:
            words, _, target = target[:-1].rpartition("<")
            words, target = words.strip(), target.strip()
        reference = addnodes.pending_xref(
            "",
            nodes.inline("", words),
            refdomain="carta",
            reftype="exercise",
            reftarget=target,
            refdoc=self.env.docname,
            refexplicit=bool(words),
            refwarn=True,
        )
        reference.source, reference.line = self.get_source_info()
        return [reference], []


class ArchiveRole(SphinxRole):
    """``{exercise-archive}`words```: a link to the notebooks of all chapters; where there are no files, the words."""

    def run(self) -> tuple[list[Node], list[system_message]]:
        """Return the link."""
        return [exercise_archive("", self.text)], []


def _tie_to_objectives(app: Sphinx, page: nodes.document) -> None:
    """Give the items of "What you will learn" places, and each exercise the words of its own."""
    exercises = list(page.findall(exercise_node))
    if not exercises:
        return
    items = _objectives(page)
    for number, item in enumerate(items, 1):
        anchor = f"objective-{number}"
        if anchor not in item["ids"]:
            item["ids"].append(anchor)
    for node in exercises:
        if not 1 <= node["objective"] <= len(items):
            logger.warning(
                f"The exercise {node['exercise']!r} names objective {node['objective']}, "
                f"and “What you will learn” has {len(items)}.",
                location=node,
                type="carta",
                subtype="exercise",
            )
            continue
        words = items[node["objective"] - 1].next_node(nodes.paragraph)
        if words is not None:
            (place,) = node.findall(exercise_objective)
            # Words alone: links and terms stay in the list, which is a click away.
            place += nodes.Text(words.astext())
    _place_take_away(exercises[0])


def _objectives(page: nodes.document) -> list[nodes.list_item]:
    for section in page.findall(nodes.section):
        if "what-you-will-learn" in section["ids"]:
            first = section.next_node(nodes.bullet_list)
            return [item for item in first.children if isinstance(item, nodes.list_item)] if first else []
    return []


def _place_take_away(first: exercise_node) -> None:
    """Put the links to the notebooks before the first exercise."""
    first.parent.insert(first.parent.index(first), exercise_take_away())


def _find_twins(app: Sphinx, env: BuildEnvironment) -> None:
    """Warn of an id that stands twice in the book."""
    seen: dict[str, str] = {}
    for docname in sorted(carta_domain(env).exercises):
        for exercise in carta_domain(env).exercises[docname]:
            if exercise.name in seen:
                logger.warning(
                    f"The exercise {exercise.name!r} is also in {seen[exercise.name]}: an id stands once in the book.",
                    location=docname,
                    type="carta",
                    subtype="exercise",
                )
            seen.setdefault(exercise.name, docname)


def setup(app: Sphinx) -> None:
    """Register directives and roles."""
    app.add_directive("exercise", ExerciseDirective)
    app.add_directive("hint", HintDirective, override=True)
    # Sphinx looks into its standard domain before it asks for plain directives.
    app.add_directive_to_domain("std", "option", Option, override=True)
    for name, directive in (
        ("solution", Solution),
        ("starter", Starter),
        ("tests", Tests),
        ("wrong", Wrong),
        ("exercise-solutions", Solutions),
        ("exercise-index", Index),
    ):
        app.add_directive(name, directive)
    app.add_role("answer", AnswerRole())
    app.add_role("exercise", ExerciseRole())
    app.add_role("exercise-archive", ArchiveRole())
    app.connect("doctree-read", _tie_to_objectives)
    app.connect("env-check-consistency", _find_twins)
