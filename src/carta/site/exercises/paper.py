"""Exercises where nobody can press a button: questions in place, hints and solutions in the appendix."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from docutils import nodes
from sphinx.transforms.post_transforms import SphinxPostTransform

from carta.site.builders import is_web
from carta.site.directives.table import table
from carta.site.exercises.nodes import (
    KIND_WORDS,
    exercise_index,
    exercise_node,
    exercise_option,
    exercise_options,
    exercise_question,
    exercise_starter,
    exercise_take_away,
    exercise_text,
)

if TYPE_CHECKING:
    from sphinx.application import Sphinx


def question_only(node: exercise_node) -> nodes.container:
    """Return an exercise as plain nodes, without hint, solution, replies and tests.

    A container of class ``carta-exercise`` with a target of the exercise's id, a heading as a paragraph, the question,
    the options as a list lettered A, B, …, and the code that is given. Takes the children out of ``node``.
    """
    made = nodes.container(classes=["carta-exercise"])
    made += nodes.target("", "", ids=list(node["ids"]))
    head = nodes.paragraph(classes=["carta-exercise-head"])
    head += nodes.strong("", node.label)
    head += nodes.Text(f" ({KIND_WORDS[node['kind']].lower()}, {node['difficulty']})")
    made += head
    for part in list(node.children):
        if isinstance(part, (exercise_question, exercise_starter)):
            made.extend(part.children)
        elif isinstance(part, exercise_options):
            options = nodes.enumerated_list(enumtype="upperalpha", prefix="", suffix=".")
            for option in part.findall(exercise_option):
                words = option.next_node(exercise_text)
                assert words is not None  # the directive puts it there
                options += nodes.list_item("", nodes.paragraph("", "", *words.children))
            made += options
    return made


class PlainExercises(SphinxPostTransform):
    """Plain nodes for builders that make no web pages."""

    # Behind the gathering, which reads the doctrees as they were; before references are resolved.
    default_priority = 2

    def run(self, **kwargs: Any) -> None:
        """Replace exercises, lists of them, and links to notebooks."""
        if is_web(self.app.builder):
            return
        for node in list(self.document.findall(exercise_node)):
            node.replace_self(question_only(node))
        for place in list(self.document.findall(exercise_take_away)):
            place.parent.remove(place)
        for index in list(self.document.findall(exercise_index)):
            index.replace_self(_table(index))


def _table(index: exercise_index) -> nodes.table:
    rows = [
        [chapter["title"], str(one["number"]), KIND_WORDS[one["kind"]], one["difficulty"]]
        for chapter in index["chapters"]
        for one in chapter["exercises"]
    ]
    made = table("All exercises of the book", ["Chapter", "Exercise", "Kind", "Difficulty"], rows)
    # A table with a caption must have one: Sphinx looks for its number.
    made["ids"] = ["all-exercises"]
    return made


def setup(app: Sphinx) -> None:
    """Register the transform."""
    app.add_post_transform(PlainExercises)
