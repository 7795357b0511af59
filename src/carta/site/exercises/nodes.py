"""The nodes of an exercise, for every builder.

The doctree of a chapter keeps all of an exercise, whatever the builder: question, options with their feedback, hint
and worked solution. What a builder shows of it, and where, is decided when pages are written:

- HTML writes all of it in place (:mod:`carta.site.exercises.html`); hint and solution lie in ``<details>``.
- LaTeX, text, EPUB and others get the question in place and the solutions where the page with
  ``{exercise-solutions}`` stands (:mod:`carta.site.exercises.paper`).
- A writer with a tree of its own (``carta.pdf``) gets the same from Sphinx's post-transforms, or does it itself:
  :func:`carta.site.exercises.paper.question_only` gives an exercise without hint, solution, replies and tests,
  :func:`carta.site.exercises.gathering.solution_blocks` what belongs into the appendix.

Shape::

    exercise_node  ids=["exercise-<id>"] exercise=<id> number=<int> kind= difficulty= objective=<int> several=<bool> unit=
        exercise_objective   the words of the objective, inline; empty where the chapter has no list of them
        exercise_question    blocks
        exercise_options     only for a choice
            exercise_option      correct=<bool> letter="A"
                exercise_text        inline: the option as the reader sees it
                exercise_reply       blocks: what is said to who chooses it
        exercise_replies     only for a number: a reply to each foreseen wrong value
            exercise_reply       value=<float>: blocks
        exercise_starter     only for code: a literal block
        exercise_tests       only for code: a literal block, shown nowhere
        exercise_hint        blocks
        exercise_solution    blocks
"""

from __future__ import annotations

from docutils import nodes


class exercise_node(nodes.General, nodes.Element):  # noqa: N801  docutils writes nodes so
    """A whole exercise.

    Attributes: ``exercise`` (its id in the book), ``number`` (in its chapter, from 1), ``kind``, ``difficulty``,
    ``objective`` (number of the item of "What you will learn"), ``several`` (whether more than one option may be
    right), ``unit`` (of a number, as written), ``answer_text`` (the right number in words), ``data`` (what the script of the page needs, as a dictionary).
    """

    @property
    def label(self) -> str:
        """``Exercise 2``, as references name it within the chapter."""
        return f"Exercise {self['number']}"


class exercise_objective(nodes.Part, nodes.TextElement):  # noqa: N801
    """The words of the learning objective."""


class exercise_question(nodes.Part, nodes.Element):  # noqa: N801
    """The question."""


class exercise_options(nodes.Part, nodes.Element):  # noqa: N801
    """The options of a choice."""


class exercise_option(nodes.Part, nodes.Element):  # noqa: N801
    """One option: its text and the reply to choosing it. Attributes: ``correct``, ``letter``."""


class exercise_text(nodes.Part, nodes.TextElement):  # noqa: N801
    """The words of an option."""


class exercise_replies(nodes.Part, nodes.Element):  # noqa: N801
    """The replies to foreseen wrong numbers."""


class exercise_reply(nodes.Part, nodes.Element):  # noqa: N801
    """What is said to who gives an answer. Attribute for numbers: ``value``."""


class exercise_starter(nodes.Part, nodes.Element):  # noqa: N801
    """The code that the reader completes."""


class exercise_tests(nodes.Part, nodes.Element):  # noqa: N801
    """The code that checks the reader's; for the page's script, not for the eye."""


class exercise_hint(nodes.Part, nodes.Element):  # noqa: N801
    """The hint."""


class exercise_solution(nodes.Part, nodes.Element):  # noqa: N801
    """The worked solution."""


class exercise_solutions(nodes.General, nodes.Element):  # noqa: N801
    """The place of the appendix: hints and solutions of the whole book are put here."""


class exercise_index(nodes.General, nodes.Element):  # noqa: N801
    """The place of the list of all exercises."""


class exercise_take_away(nodes.General, nodes.Element):  # noqa: N801
    """The place of a chapter's links to its notebooks. On the web only."""


class exercise_archive(nodes.Inline, nodes.TextElement):  # noqa: N801
    """A link to the notebooks of all chapters; words alone where there are no files."""


#: Nodes that every builder must know; those that are replaced before writing are among them all the same, since a
#: builder without post-transforms would stumble over them.
ALL: tuple[type[nodes.Element], ...] = (
    exercise_node,
    exercise_objective,
    exercise_question,
    exercise_options,
    exercise_option,
    exercise_text,
    exercise_replies,
    exercise_reply,
    exercise_starter,
    exercise_tests,
    exercise_hint,
    exercise_solution,
    exercise_solutions,
    exercise_index,
    exercise_take_away,
    exercise_archive,
)

KIND_WORDS: dict[str, str] = {
    "concept": "Concept",
    "estimate": "Estimate",
    "evidence": "Read the evidence",
    "code": "Code",
}
