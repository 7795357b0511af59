"""What a build knows of its project: evidence, bibliography, and what the notebooks put out.

Whatever a page takes from here is a question with an answer. Both are remembered with the page (see
:mod:`carta.site.domain`), so that the next build can ask again and tell which pages are stale.
"""

from __future__ import annotations

import functools
import inspect
import json
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from weakref import WeakKeyDictionary

from sphinx.errors import SphinxError

from carta.bibliography.entries import BibEntry, BibliographyError
from carta.bibliography.formatting import canonical_url, full_citation_text
from carta.bibliography.reading import load_bibliography
from carta.evidence import Evidence, EvidenceError, UnknownRecordError, load, trace
from carta.evidence.formatting import Style, format_fact
from carta.evidence.records import Fact, Study, Vocabulary
from carta.files import ProjectNotFoundError, digest
from carta.site.bibliography_style import labels

if TYPE_CHECKING:
    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment


#: Beginnings of the questions that a build may answer differently at its start and at its end.
_OF_NOTEBOOKS = ('["@notebook"', '["@glue"')


class ProjectError(SphinxError):
    """The evidence or the bibliography cannot be used."""

    category = "CARTA"


@dataclass(frozen=True)
class Source:
    """A bibliography entry as pages show it."""

    key: str
    #: ``Müller et al., 2024``, with a letter where several works share it.
    label: str
    #: The whole reference as plain text.
    full: str
    #: DOI, PubMed, registry or publisher's address.
    url: str | None


@dataclass
class Project:
    """Evidence, bibliography and notebook outputs of one build."""

    evidence: Evidence
    vocabulary: Vocabulary
    bibliography: dict[str, BibEntry]
    #: Digest of all outputs of a notebook page, by its docname.
    notebook_outputs: dict[str, str] = field(default_factory=dict)
    #: Digest of each glued output, by docname and glue key.
    glued: dict[str, dict[str, str]] = field(default_factory=dict)
    _sources: dict[str, Source] = field(default_factory=dict)
    _answers: dict[str, str] = field(default_factory=dict)

    @property
    def root(self) -> Path:
        """The project's folder."""
        return self.evidence.root

    def source(self, key: str) -> Source:
        """A bibliography entry as pages show it.

        Raises:
            UnknownRecordError: when ``references.bib`` has none of that key.
        """
        found = self._source(key)
        trace.record(json.dumps(["@source", [key]]), _digest_source(found))
        return found

    def _source(self, key: str) -> Source:
        if key not in self._sources:
            if key not in self.bibliography:
                raise UnknownRecordError("entry of references.bib", key, self.bibliography)
            entry = self.bibliography[key]
            self._sources[key] = Source(
                key, self._labels[key], full_citation_text(entry), canonical_url(entry)
            )
        return self._sources[key]

    @functools.cached_property
    def _labels(self) -> dict[str, str]:
        return labels(self.bibliography.values())

    def label(self, kind: str, word: str) -> str:
        """The label of a word of the vocabulary (``kind`` is its field there), or the word itself."""
        label = self._label(kind, word)
        trace.record(json.dumps(["@label", [kind, word]]), digest(label))
        return label

    def _label(self, kind: str, word: str) -> str:
        term = getattr(self.vocabulary, kind).get(word)
        return str(term.label) if term is not None else word

    def write(self, fact: Fact, style: Style) -> str:
        """A fact in words, as :func:`carta.evidence.formatting.format_fact` has it."""
        if fact.unit is not None:
            trace.record(json.dumps(["@unit", [fact.unit]]), self._unit(fact.unit))
        return format_fact(fact, style, self.vocabulary)

    def _unit(self, unit: str) -> str:
        term = self.vocabulary.units.get(unit)
        return digest(term.model_dump_json() if term is not None else "")

    def note_notebook(self, docname: str) -> None:
        """Note that a page shows the outputs of the notebook ``docname``."""
        trace.record(json.dumps(["@notebook", [docname]]), self.notebook_outputs.get(docname, "none"))

    def note_glue(self, docname: str, key: str) -> None:
        """Note that a page pastes the output ``key`` of the notebook ``docname``."""
        trace.record(json.dumps(["@glue", [docname, key]]), self._glue(docname, key))

    def _glue(self, docname: str, key: str) -> str:
        return self.glued.get(docname, {}).get(key, "none")

    def note_count(self, name: str, number: int) -> None:
        """Note that a page shows a number of records."""
        trace.record(json.dumps(["@count", [name]]), str(number))

    def note_data(self) -> None:
        """Note that a page offers the open data."""
        trace.record(json.dumps(["@data", []]), self.data_digest)

    @functools.cached_property
    def data_digest(self) -> str:
        """Digest of all that the open data are made from."""
        package = Path(__file__).parents[1]
        files = [
            self.root / "references.bib",
            *sorted((self.root / "evidence").rglob("*.y*ml")),
            *sorted((package / "evidence" / "export").glob("*.py")),
            *sorted((package / "bibliography").rglob("*.py")),
            *sorted((package / "synthesis").glob("*.py")),
        ]
        return digest(*(part for file in files for part in (file.name, file.read_bytes())))

    def studies(self, chosen: dict[str, str]) -> dict[str, Study]:
        """Studies that match, without their facts and patients, which a list of studies does not depend on.

        ``chosen`` holds arguments of :meth:`carta.evidence.Evidence.studies`.
        """
        keys = self._study_keys(chosen)
        trace.record(json.dumps(["@studies", [chosen]], sort_keys=True), digest(*keys))
        return {key: self.evidence.study_outline(key) for key in keys}

    def _study_keys(self, chosen: dict[str, str]) -> list[str]:
        # Asked below the tracing, which would note whole studies.
        below = inspect.unwrap(Evidence.studies)
        return list(below(self.evidence, **chosen))

    def ask(self, question: str) -> str:
        """Ask a remembered question again and return the digest of today's answer."""
        if question.startswith(_OF_NOTEBOOKS):
            return self._ask(question)
        # Evidence and bibliography stay as they were loaded.
        if question not in self._answers:
            self._answers[question] = self._ask(question)
        return self._answers[question]

    def _ask(self, question: str) -> str:
        name, arguments = json.loads(question)[:2]
        answers: dict[str, Callable[..., str]] = {
            "@source": lambda key: _digest_source(self._source(key)),
            "@label": lambda kind, word: digest(self._label(kind, word)),
            "@unit": self._unit,
            "@notebook": lambda docname: self.notebook_outputs.get(docname, "none"),
            "@glue": self._glue,
            "@studies": lambda chosen: digest(*self._study_keys(chosen)),
            "@count": lambda count: str(self.count(count)),
            "@data": lambda: self.data_digest,
        }
        if name not in answers:
            return self.evidence.ask(question)
        try:
            return answers[name](*arguments)
        except (UnknownRecordError, ValueError):
            return "none"

    def count(self, name: str) -> int:
        """The number of records of a kind.

        Raises:
            ValueError: with the known names, when ``name`` is none of them.
        """
        numbers = self._counts
        if name not in numbers:
            raise ValueError(f"There is no count {name!r}: use one of {', '.join(sorted(numbers))}.")
        return numbers[name]

    @functools.cached_property
    def _counts(self) -> dict[str, int]:
        facts = self.evidence.facts()
        claims = self.evidence.claims()
        verdicts = ("supported", "partly", "contradicted", "unverifiable", "opinion")
        return {
            "studies": len(self.evidence.keys()),
            "facts": len(facts),
            **{
                f"facts-{status}": sum(bound.fact.status == status for bound in facts)
                for status in ("read", "second-hand", "unverified")
            },
            "trials": len(self.evidence.trials()),
            "claims": len(claims),
            **{f"claims-{v}": sum(claim.verdict == v for claim in claims.values()) for v in verdicts},
            "patients": self._people(),
            "sources": len(self.bibliography),
        }

    def _people(self) -> int:
        """Published patients, a person in several reports once."""
        patients = {bound.name: bound.patient for bound in self.evidence.patients()}
        leader = {name: name for name in patients}

        def find(name: str) -> str:
            while leader[name] != name:
                name = leader[name]
            return name

        for name, patient in patients.items():
            for other in patient.same_patient_as:
                if other in leader:
                    leader[find(other)] = find(name)
        return sum(find(name) == name for name in patients)


def _digest_source(source: Source) -> str:
    return digest(source.label, source.full, source.url or "")


_projects: WeakKeyDictionary[Sphinx, Project] = WeakKeyDictionary()


def project_of(app: Sphinx) -> Project:
    """Return the project of a running build."""
    return _projects[app]


def project_of_env(env: BuildEnvironment) -> Project:
    """Return the project of a running build from its environment."""
    return _projects[env.app]


def _load(app: Sphinx, config: Config) -> None:
    try:
        evidence = load(Path(app.srcdir))
        bibliography = load_bibliography(evidence.root / "references.bib")
    except (EvidenceError, BibliographyError, ProjectNotFoundError) as error:
        raise ProjectError(str(error)) from error
    _projects[app] = Project(evidence, evidence.vocabulary(), bibliography)
    # Part of the configuration: pages are written again, not read again, when it changes.
    config.html_context["carta_last_checked"] = evidence.last_checked()


def code_digest() -> str:
    """Return the digest of our own code and templates that pages are made with."""
    package = Path(__file__).parents[1]
    files = sorted(
        path
        for room in ("bibliography", "evidence", "exercises", "prose", "site", "workbook")
        for path in (package / room).rglob("*")
        if path.suffix in (".py", ".html")
    )
    return digest(*(part for file in files for part in (file.name, file.read_bytes())))


def setup(app: Sphinx) -> None:
    """Load the project as soon as the configuration stands."""
    # A change of it makes Sphinx read every page again; what comes out the same is not published anew.
    app.add_config_value("carta_code", code_digest(), "env", types=[str])
    app.connect("config-inited", _load, priority=100)
