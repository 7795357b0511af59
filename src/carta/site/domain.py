"""The ``carta`` domain: all that outlives a page, such as which record is used where, and from what answers."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, NamedTuple, cast

from docutils import nodes
from sphinx.domains import Domain, ObjType
from sphinx.errors import NoUri
from sphinx.util.nodes import make_refnode

from carta.evidence.trace import Questions, tracing
from carta.site.builders import is_web
from carta.site.project import Project, project_of_env

if TYPE_CHECKING:
    from docutils.nodes import Element
    from sphinx.addnodes import pending_xref
    from sphinx.application import Sphinx
    from sphinx.builders import Builder
    from sphinx.environment import BuildEnvironment

#: Kinds of record with a page of their own under ``evidence/``.
ENTRY_KINDS = ("study", "trial")


class Use(NamedTuple):
    """One place where a page uses a record."""

    #: ``study``, ``trial``, ``claim``, ``parameter`` or ``fact``.
    kind: str
    #: The record: ``key``, ``NCT…``, the claim, ``model:id`` or ``key:id``.
    name: str
    docname: str
    #: Identifier of the place in the page; empty for the page as a whole.
    anchor: str


class Place(NamedTuple):
    """Where a claim or a parameter stands in the book."""

    docname: str
    anchor: str


class Exercised(NamedTuple):
    """An exercise of the book."""

    name: str
    docname: str
    anchor: str
    #: In its chapter, counted from one.
    number: int
    #: ``concept``, ``estimate``, ``evidence`` or ``code``.
    kind: str
    #: ``easy``, ``medium`` or ``hard``.
    difficulty: str
    #: The item of "What you will learn", counted from one.
    objective: int


class Definition(NamedTuple):
    """An entry of a glossary."""

    docname: str
    #: The word that leads the entry; others may share it.
    term: str
    text: str
    #: The word of which the entry was asked.
    own: str


class CartaDomain(Domain):
    """Records of the evidence base, where they are used, and what each page was made from."""

    name = "carta"
    label = "Evidence"
    object_types = {  # noqa: RUF012  the base class has it so
        "study": ObjType("study", "study"),
        "trial": ObjType("trial", "trial"),
        "claim": ObjType("claim", "claim"),
        "parameter": ObjType("parameter", "parameter"),
        "exercise": ObjType("exercise", "exercise"),
    }
    initial_data = {  # noqa: RUF012
        "uses": {},  # docname -> list of Use
        "asked": {},  # docname -> questions and digests of their answers
        "places": {},  # (kind, name) -> Place
        "exercises": {},  # docname -> list of Exercised
        "exercise_digests": {},  # docname -> digest of the exercises of a page
        "gathering": {},  # page that shows exercises of other pages -> what of them
        "gathered": "",  # digest of what they showed
        "definitions": {},  # anchor in a glossary -> Definition
        "terms": {},  # docname -> terms that the page uses
        "explained": {},  # docname -> digest of what they meant when the page was last written
    }
    data_version = 4

    @property
    def uses(self) -> dict[str, list[Use]]:
        """Uses by page, in the order of the page."""
        return cast("dict[str, list[Use]]", self.data["uses"])

    @property
    def asked(self) -> dict[str, Questions]:
        """What each page asked, with the digests of the answers it was made from."""
        return cast("dict[str, Questions]", self.data["asked"])

    @property
    def places(self) -> dict[tuple[str, str], Place]:
        """Where claims and parameters stand in the book."""
        return cast("dict[tuple[str, str], Place]", self.data["places"])

    @property
    def exercises(self) -> dict[str, list[Exercised]]:
        """Exercises by page, in the order of the page."""
        return cast("dict[str, list[Exercised]]", self.data["exercises"])

    def exercise(self, name: str) -> Exercised | None:
        """An exercise by its id."""
        return next((each for page in self.exercises.values() for each in page if each.name == name), None)

    @property
    def exercise_digests(self) -> dict[str, str]:
        """Digest of the exercises of each page."""
        return cast("dict[str, str]", self.data["exercise_digests"])

    @property
    def gathering(self) -> dict[str, str]:
        """Pages that show exercises of other pages, and what: ``exercise_solutions`` or ``exercise_index``."""
        return cast("dict[str, str]", self.data["gathering"])

    @property
    def definitions(self) -> dict[str, Definition]:
        """Entries of the glossary by their anchors."""
        return cast("dict[str, Definition]", self.data["definitions"])

    @property
    def terms(self) -> dict[str, list[str]]:
        """Terms that each page uses, in lower case."""
        return cast("dict[str, list[str]]", self.data["terms"])

    @property
    def explained(self) -> dict[str, str]:
        """Digest of what the terms of each page meant when it was last written."""
        return cast("dict[str, str]", self.data["explained"])

    def clear_doc(self, docname: str) -> None:
        """Forget a page."""
        self.gathering.pop(docname, None)
        self.exercises.pop(docname, None)
        self.exercise_digests.pop(docname, None)
        self.uses.pop(docname, None)
        self.asked.pop(docname, None)
        self.terms.pop(docname, None)
        self.explained.pop(docname, None)
        for anchor, definition in list(self.definitions.items()):
            if definition.docname == docname:
                del self.definitions[anchor]
        for record, place in list(self.places.items()):
            if place.docname == docname:
                del self.places[record]

    def merge_domaindata(self, docnames: list[str], otherdata: dict[str, Any]) -> None:
        """Take over what another process read."""
        for docname in docnames:
            for kind in ("uses", "asked", "exercises", "exercise_digests", "gathering", "terms"):
                if docname in otherdata[kind]:
                    self.data[kind][docname] = otherdata[kind][docname]
        for record, place in otherdata["places"].items():
            if place.docname in docnames:
                self.places[record] = place
        for anchor, definition in otherdata["definitions"].items():
            if definition.docname in docnames:
                self.definitions[anchor] = definition

    def note_use(self, kind: str, name: str, anchor: str = "") -> None:
        """Note that the page being read uses a record."""
        docname = self.env.docname
        self.uses.setdefault(docname, []).append(Use(kind, name, docname, anchor))

    def note_place(self, kind: str, name: str, anchor: str) -> None:
        """Note that a claim or a parameter stands in the page being read; the first place counts."""
        self.places.setdefault((kind, name), Place(self.env.docname, anchor))

    def used_in(self, kind: str, names: Iterable[str]) -> list[Use]:
        """Uses of any of the records, by page and place, each page's in its order."""
        wanted = set(names)
        return [
            use
            for docname in sorted(self.uses)
            for use in self.uses[docname]
            if use.kind == kind and use.name in wanted
        ]

    def resolve_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        typ: str,
        target: str,
        node: pending_xref,
        contnode: Element,
    ) -> nodes.reference | None:
        """Link a study or trial to its entry, a claim or parameter to its place in the book."""
        if typ == "exercise":
            return self._exercise_reference(env, fromdocname, builder, target, node, contnode)
        if typ in ENTRY_KINDS:
            if not getattr(builder, "carta_entries", is_web(builder)):
                # The words alone.
                return cast("nodes.reference", contnode)
            address = builder.get_relative_uri(fromdocname, f"evidence/{target}")
            return nodes.reference("", "", contnode, internal=True, refuri=address)
        place = self.places.get((typ, target))
        if place is None:
            return cast("nodes.reference", contnode)
        try:
            return make_refnode(builder, fromdocname, place.docname, place.anchor, [contnode])
        except NoUri:
            return cast("nodes.reference", contnode)

    def _exercise_reference(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        target: str,
        node: pending_xref,
        contnode: Element,
    ) -> nodes.reference | None:
        """Link to an exercise; nothing, so that Sphinx warns, where there is none of that id."""
        exercise = self.exercise(target)
        words = node.astext()
        if exercise is None:
            # In a build of an earlier day it may ask about what came later.
            late = project_of_env(env).evidence.day is not None
            return cast("nodes.reference", nodes.inline("", words or "an exercise")) if late else None
        if not node["refexplicit"]:
            words = f"Exercise {exercise.number}"
            if exercise.docname != node.get("refdoc", fromdocname):
                words += f" of {env.titles[exercise.docname].astext()}"
        try:
            return make_refnode(
                builder, fromdocname, exercise.docname, exercise.anchor, [nodes.inline("", words)]
            )
        except NoUri:
            return cast("nodes.reference", nodes.inline("", words))

    def resolve_any_xref(
        self,
        env: BuildEnvironment,
        fromdocname: str,
        builder: Builder,
        target: str,
        node: pending_xref,
        contnode: Element,
    ) -> list[tuple[str, Element]]:
        """Nothing: a record is always named with its role."""
        return []

    def get_objects(self) -> Iterator[tuple[str, str, str, str, str, int]]:
        """Claims, parameters and exercises that stand in the book, for inventories and search."""
        for exercise in (each for page in self.exercises.values() for each in page):
            shown = f"Exercise {exercise.number}"
            yield exercise.name, shown, "exercise", exercise.docname, exercise.anchor, 1
        for (kind, name), place in sorted(self.places.items()):
            yield name, name, kind, place.docname, place.anchor, 1


def carta_domain(env: BuildEnvironment) -> CartaDomain:
    """Return the domain of an environment."""
    return cast("CartaDomain", env.get_domain("carta"))


@contextmanager
def asking(env: BuildEnvironment) -> Iterator[Project]:
    """Give the project, and remember with the page being read whatever is asked of it in the block."""
    with tracing() as questions:
        try:
            yield project_of_env(env)
        finally:
            carta_domain(env).asked.setdefault(env.docname, {}).update(questions)


def setup(app: Sphinx) -> None:
    """Add the domain."""
    app.add_domain(CartaDomain)
