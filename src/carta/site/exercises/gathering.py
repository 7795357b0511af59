"""Pages that show exercises of the whole book: the appendix of solutions and the list of exercises."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any, NamedTuple

from docutils import nodes
from sphinx import addnodes
from sphinx.transforms.post_transforms import SphinxPostTransform
from sphinx.util import docname_join

from carta.files import digest
from carta.site.domain import Exercised, carta_domain
from carta.site.exercises.nodes import (
    KIND_WORDS,
    exercise_hint,
    exercise_index,
    exercise_node,
    exercise_objective,
    exercise_option,
    exercise_question,
    exercise_reply,
    exercise_solution,
    exercise_solutions,
)
from carta.site.nodes import fact_citation, fact_mark

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.environment import BuildEnvironment

#: Letters of a question that the list shows.
_SHORT = 110


class Chapter(NamedTuple):
    """A page with exercises."""

    docname: str
    title: str
    #: The part of the book it stands in; empty where the table of contents names none.
    part: str


def chapters_with_exercises(env: BuildEnvironment) -> list[Chapter]:
    """Return the pages that hold exercises, in the order of the table of contents."""
    exercises = carta_domain(env).exercises
    root = env.config.root_doc
    parts: dict[str, str] = {root: ""}
    order = [root]

    def walk(docname: str, part: str) -> None:
        if docname not in parts:
            parts[docname] = part
            order.append(docname)
            for below in env.toctree_includes.get(docname, ()):
                walk(below, part)

    for tree in env.get_doctree(root).findall(addnodes.toctree):
        for _, below in tree["entries"]:
            walk(below, tree.get("caption") or "")
    found = [docname for docname in order if exercises.get(docname)]
    # Pages outside the table of contents come last: plain Sphinx builds them too.
    found += sorted(docname for docname in exercises if docname not in parts and exercises[docname])
    return [Chapter(docname, env.titles[docname].astext(), parts.get(docname, "")) for docname in found]


def short_question(node: exercise_node) -> str:
    """Return the first words of the question, without citations and marks."""
    question = node.next_node(exercise_question)
    first = question.next_node(nodes.paragraph) if question is not None else None
    if first is None:
        return ""
    first = first.deepcopy()
    for part in list(first.findall(lambda each: isinstance(each, (fact_citation, fact_mark, nodes.math)))):
        part.parent.remove(part)
    for reference in list(first.findall(addnodes.pending_xref)):
        if reference.get("refdomain") == "cite":
            reference.parent.remove(reference)
    text = " ".join(first.astext().split()).replace(" .", ".").replace(" ,", ",")
    if len(text) <= _SHORT:
        return text
    return text[:_SHORT].rsplit(" ", 1)[0].rstrip(",;:") + " …"


def exercises_of_page(env: BuildEnvironment, docname: str) -> Iterator[exercise_node]:
    """Yield the exercises of a page, as they stand in its doctree, before anything was resolved."""
    yield from env.get_doctree(docname).findall(exercise_node)


def moved(node: nodes.Element, docname: str) -> list[nodes.Node]:
    """Return copies of the children of a node, made for another page.

    References are resolved relative to the page they stand on; names of places stay where they are, since a name
    stands once.
    """
    copy = node.deepcopy()
    for reference in copy.findall(addnodes.pending_xref):
        if reference.get("refdomain") == "std" and reference.get("reftype") == "doc":
            reference["reftarget"] = "/" + docname_join(reference["refdoc"], reference["reftarget"])
        reference["refdoc"] = docname
        reference["ids"] = []
    for part in copy.findall(nodes.target):
        part["ids"], part["names"] = [], []
    return list(copy.children)


def solution_blocks(node: exercise_node, docname: str) -> list[nodes.Node]:
    """Return hint, worked solution and what is to say on the other answers, as plain nodes for a page.

    Args:
        node: the exercise, from the doctree of its chapter.
        docname: the page they are for.
    """
    found: list[nodes.Node] = []
    for part in node.children:
        if isinstance(part, exercise_hint):
            found += _led("Hint.", moved(part, docname))
        elif isinstance(part, exercise_solution):
            found += moved(part, docname)
    rows = nodes.bullet_list()
    for option in node.findall(exercise_option):
        reply = option.next_node(exercise_reply)
        if reply is not None and reply.children:
            word = "right" if option["correct"] else "wrong"
            rows += nodes.list_item("", *_led(f"{option['letter']}, {word}.", moved(reply, docname)))
    if node["kind"] in ("estimate", "evidence") and not rows.children:
        for reply in node.findall(exercise_reply):
            if "value" in reply:
                shown = " ".join(f"{reply['value']:.4g} {node['unit']}".split())
                rows += nodes.list_item("", *_led(f"{shown}, wrong.", moved(reply, docname)))
    if rows.children:
        found.append(rows)
    return found


def _led(words: str, blocks: list[nodes.Node]) -> list[nodes.Node]:
    """Put words in bold before the first paragraph."""
    lead = [nodes.strong("", words), nodes.Text(" ")]
    if blocks and isinstance(blocks[0], nodes.paragraph):
        blocks[0].children[:0] = lead
        for part in lead:
            part.parent = blocks[0]
        return blocks
    return [nodes.paragraph("", "", *lead), *blocks]


def exercise_link(exercise: Exercised, docname: str) -> addnodes.pending_xref:
    """Return a link to an exercise for a page."""
    return addnodes.pending_xref(
        "",
        nodes.inline("", f"Exercise {exercise.number}"),
        refdomain="carta",
        reftype="exercise",
        reftarget=exercise.name,
        refdoc=docname,
        refexplicit=True,
        refwarn=True,
    )


class FillPlaces(SphinxPostTransform):
    """Fill the appendix of solutions and the list of exercises."""

    # Before anything in them is resolved.
    default_priority = 1

    def run(self, **kwargs: Any) -> None:
        """Fill every place of the document."""
        for place in list(self.document.findall(exercise_solutions)):
            place.replace_self(self._solutions(place))
        for index in list(self.document.findall(exercise_index)):
            index["chapters"] = [
                {
                    "title": chapter.title,
                    "docname": chapter.docname,
                    "part": chapter.part,
                    "exercises": [
                        {
                            "id": node["exercise"],
                            "anchor": node["ids"][0],
                            "number": node["number"],
                            "kind": node["kind"],
                            "difficulty": node["difficulty"],
                            "question": short_question(node),
                            "objective": "".join(part.astext() for part in node.findall(exercise_objective)),
                        }
                        for node in exercises_of_page(self.env, chapter.docname)
                    ],
                }
                for chapter in chapters_with_exercises(self.env)
            ]

    def _solutions(self, place: exercise_solutions) -> list[nodes.Node]:
        docname = place.get("docname", self.env.docname)
        sections: list[nodes.Node] = []
        for chapter in chapters_with_exercises(self.env):
            section = nodes.section(ids=[f"solutions-{chapter.docname.replace('/', '-')}"])
            section += nodes.title("", "", nodes.Text(chapter.title))
            for node in exercises_of_page(self.env, chapter.docname):
                exercise = carta_domain(self.env).exercise(node["exercise"])
                if exercise is None:
                    continue
                head = nodes.paragraph(classes=["carta-solution-head"])
                head += nodes.strong("", "", exercise_link(exercise, docname))
                head += nodes.Text(f" ({KIND_WORDS[exercise.kind].lower()}, {exercise.difficulty})")
                section += nodes.container(
                    "", head, *solution_blocks(node, docname), classes=["carta-solution"]
                )
            sections.append(section)
        if not sections:
            sections.append(nodes.paragraph("", "There are no exercises yet."))
        return sections


def _write_again(app: Sphinx, env: BuildEnvironment) -> list[str]:
    """Write these pages again when an exercise anywhere has changed."""
    domain = carta_domain(env)
    pages = sorted(page for page in domain.gathering if page in env.all_docs)
    if not pages:
        return []
    now = digest(
        *(f"{docname}:{made_of}" for docname, made_of in sorted(domain.exercise_digests.items())),
        *(f"{docname}:{title.astext()}" for docname, title in sorted(env.titles.items())),
        *(f"{docname}:{below}" for docname, below in sorted(env.toctree_includes.items())),
    )
    if domain.data["gathered"] == now:
        return []
    domain.data["gathered"] = now
    return pages


def _note_digest(app: Sphinx, page: nodes.document) -> None:
    made_of = [node.pformat() for node in page.findall(exercise_node)]
    if made_of:
        carta_domain(app.env).exercise_digests[app.env.docname] = digest(*made_of)


def setup(app: Sphinx) -> None:
    """Fill the places."""
    # Behind the tie to the objectives, whose words count.
    app.connect("doctree-read", _note_digest, priority=600)
    app.add_post_transform(FillPlaces)
    app.connect("env-updated", _write_again)
