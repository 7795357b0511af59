"""Exercises as HTML: whole and readable without script; ``carta-exercises.js`` adds what answers.

Every part is there for a reader without script: the question, the options as a list, hint and worked solution in
``<details>``. The script reads the data element and turns the list into a form.
"""

from __future__ import annotations

from html import escape
from itertools import groupby
from typing import TYPE_CHECKING, Any

from docutils import nodes

from carta.site.directives.live import data_element
from carta.site.domain import carta_domain
from carta.site.exercises import downloads
from carta.site.exercises.nodes import (
    ALL,
    KIND_WORDS,
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
from carta.site.project import project_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from sphinx.application import Sphinx
    from sphinx.writers.html5 import HTML5Translator

#: What pages with exercises hold, and no others.
MARK = 'class="carta-exercise"'
INDEX_MARK = 'class="carta-exercise-index"'


def _visit_exercise(self: HTML5Translator, node: exercise_node) -> None:
    anchor = node["ids"][0]
    kind, difficulty = node["kind"], node["difficulty"]
    objective = "".join(part.astext() for part in node.findall(exercise_objective))
    self.body.append(
        f'<section {MARK} id="{anchor}" data-exercise="{node["exercise"]}" data-kind="{kind}" '
        f'aria-labelledby="{anchor}-title">\n'
        '<header class="carta-exercise-head">'
        f'<h3 class="carta-exercise-title" id="{anchor}-title">{node.label}'
        f'<a class="headerlink" href="#{anchor}" title="Link to this exercise">#</a></h3>'
        f'<p class="carta-exercise-about"><span class="carta-exercise-kind">{KIND_WORDS[kind]}</span> '
        f'<span class="carta-exercise-difficulty carta-exercise-{difficulty}">{difficulty}</span></p>'
    )
    if objective:
        self.body.append(
            '<p class="carta-exercise-objective">To learn: '
            f'<a href="#objective-{node["objective"]}">{escape(objective)}</a></p>'
        )
    self.body.append("</header>\n")


def _depart_exercise(self: HTML5Translator, node: exercise_node) -> None:
    data = {**node["data"], "id": node["exercise"], "kind": node["kind"], "unit": node["unit"]}
    if data["form"] == "code":
        data["python"] = self.builder.config.carta_python_in_page
    self.body.append(data_element("carta-exercise-data", data))
    self.body.append("</section>\n")


def _block(css: str) -> tuple[Callable[..., None], Callable[..., None]]:
    def visit(self: HTML5Translator, node: nodes.Element) -> None:
        self.body.append(f'<div class="{css}">\n')

    def depart(self: HTML5Translator, node: nodes.Element) -> None:
        self.body.append("</div>\n")

    return visit, depart


def _details(css: str, words: str) -> tuple[Callable[..., None], Callable[..., None]]:
    def visit(self: HTML5Translator, node: nodes.Element) -> None:
        self.body.append(f'<details class="{css}"><summary>{words}</summary>\n')

    def depart(self: HTML5Translator, node: nodes.Element) -> None:
        self.body.append("</details>\n")

    return visit, depart


def _visit_options(self: HTML5Translator, node: exercise_options) -> None:
    self.body.append('<ol class="carta-exercise-options" type="A">\n')


def _depart_options(self: HTML5Translator, node: exercise_options) -> None:
    self.body.append("</ol>\n")


def _visit_option(self: HTML5Translator, node: exercise_option) -> None:
    self.body.append("<li>")


def _depart_option(self: HTML5Translator, node: exercise_option) -> None:
    self.body.append("</li>\n")


def _skip(self: HTML5Translator, node: nodes.Element) -> None:
    raise nodes.SkipNode


def _enter(self: Any, node: nodes.Element) -> None:
    """Write the children alone."""


def _depart_solution(self: HTML5Translator, node: exercise_solution) -> None:
    """Add what is said to the other answers, which the script takes from here when it answers."""
    exercise = node.parent
    rows: list[tuple[str, exercise_reply]] = []
    for option in exercise.findall(exercise_option):
        rows += [
            (f"{option['letter']}, {'right' if option['correct'] else 'wrong'}.", reply)
            for reply in option.findall(exercise_reply)
        ]
    for replies in exercise.findall(exercise_replies):
        rows += [
            (" ".join(f"{reply.get('value', float('nan')):.4g} {exercise['unit']}".split()) + ".", reply)
            for reply in replies.findall(exercise_reply)
        ]
    if rows:
        self.body.append('<div class="carta-exercise-replies"><p>On each answer:</p>\n<ul>\n')
        for words, reply in rows:
            self.body.append(
                f'<li class="carta-exercise-reply"><strong class="carta-exercise-lead">{escape(words)}</strong> '
            )
            for child in reply.children:
                child.walkabout(self)
            self.body.append("</li>\n")
        self.body.append("</ul></div>\n")
    self.body.append("</details>\n")


def _visit_take_away(self: HTML5Translator, node: exercise_take_away) -> None:
    self.body.append(downloads.take_away(self.builder, self.builder.current_docname))
    raise nodes.SkipNode


def _visit_archive(self: HTML5Translator, node: exercise_archive) -> None:
    today = project_of(self.builder.app).evidence.day is None
    if self.builder.name == "html" and today and carta_domain(self.builder.env).exercise_digests:
        address = downloads.archive_of_all(self.builder, self.builder.current_docname)
        self.body.append(f'<a href="{escape(address)}" download>{escape(node.astext())} (zip)</a>')
        raise nodes.SkipNode


def _visit_index(self: HTML5Translator, node: exercise_index) -> None:
    """Write the list of all exercises as tables, one a part; the script adds progress, filters and buttons."""
    builder = self.builder
    here = builder.current_docname
    data = {"book": builder.config.project, "site": builder.get_relative_uri(here, builder.config.root_doc)}
    self.body.append(f"<div {INDEX_MARK}>{data_element('carta-exercise-index-data', data)}\n")
    for part, chapters in groupby(node["chapters"], key=lambda chapter: chapter["part"]):
        if part:
            self.body.append(f"<h3>{escape(part)}</h3>\n")
        level = 4 if part else 3
        for chapter in chapters:
            address = builder.get_relative_uri(here, chapter["docname"])
            self.body.append(
                f'<section class="carta-index-chapter" data-chapter="{escape(chapter["title"])}">'
                f'<h{level} class="carta-index-title"><a href="{escape(address)}">{escape(chapter["title"])}</a></h{level}>\n'
                '<ol class="carta-index-list">\n'
            )
            for one in chapter["exercises"]:
                self.body.append(
                    f'<li data-exercise="{one["id"]}" data-kind="{one["kind"]}" '
                    f'data-difficulty="{one["difficulty"]}" data-number="{one["number"]}">'
                    f'<a href="{escape(address)}#{one["anchor"]}">{escape(one["question"])}</a> '
                    f'<span class="carta-exercise-kind">{KIND_WORDS[one["kind"]]}</span> '
                    f'<span class="carta-exercise-difficulty carta-exercise-{one["difficulty"]}">'
                    f"{one['difficulty']}</span></li>\n"
                )
            self.body.append("</ol></section>\n")
    self.body.append("</div>\n")
    raise nodes.SkipNode


def setup(app: Sphinx) -> None:
    """Register the nodes with every builder."""
    solution = _details("carta-exercise-solution", "Worked solution")
    html: dict[type[nodes.Element], tuple[Callable[..., None], Callable[..., None]]] = {
        exercise_node: (_visit_exercise, _depart_exercise),
        exercise_objective: (_skip, _enter),
        exercise_question: _block("carta-exercise-question"),
        exercise_options: (_visit_options, _depart_options),
        exercise_option: (_visit_option, _depart_option),
        exercise_text: _block("carta-exercise-text"),
        # Written with the solution.
        exercise_replies: (_skip, _enter),
        exercise_reply: (_skip, _enter),
        exercise_starter: _block("carta-exercise-starter"),
        exercise_tests: (_skip, _enter),
        exercise_hint: _details("carta-exercise-hint", "Hint"),
        exercise_solution: (solution[0], _depart_solution),
        exercise_solutions: (_enter, _enter),
        exercise_index: (_visit_index, _enter),
        exercise_archive: (_visit_archive, _enter),
        exercise_take_away: (_visit_take_away, _enter),
    }
    plain = (_enter, _enter)
    for node in ALL:
        app.add_node(node, html=html[node], latex=plain, text=plain, man=plain, texinfo=plain)
