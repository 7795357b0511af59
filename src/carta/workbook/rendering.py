"""MyST of an exercise as plain Markdown, for notebooks, and as plain text, for what a check prints.

Roles become words and links: facts with their value and source, citations with their label, terms as they read.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path

from carta.bibliography.entries import BibEntry, BibliographyError
from carta.bibliography.formatting import canonical_url, short_citation
from carta.bibliography.reading import load_bibliography
from carta.evidence import Evidence, UnknownRecordError
from carta.evidence.formatting import ROLES, StyleError, format_fact, format_number
from carta.prose.document import markdown_parser, read_document
from carta.prose.markup import base_role
from carta.prose.options import TextAt

_PIECE = re.compile(
    r"\{(?P<role>[A-Za-z][\w:+-]*)\}(?P<ticks>`+)(?!`)(?P<content>.+?)(?<!`)(?P=ticks)(?!`)"
    r"|(?P<marks>(?<!`)`+)(?!`)(?P<code>.+?)(?<!`)(?P=marks)(?!`)",
    re.DOTALL,
)
_DIRECTIVE = re.compile(r"\{([^\s}]+)\}\s*(.*)", re.DOTALL)
_EXPLICIT = re.compile(r"(.+?)\s*<([^<>]+)>", re.DOTALL)
#: Boxes, and the word that stands over them where they have no title.
_BOXES = {
    name: name.capitalize()
    for name in ("attention", "caution", "danger", "error", "important", "note", "seealso", "tip", "warning")
} | {"admonition": ""}
_CODE = ("code", "code-block", "sourcecode")
#: Roles whose content stands as it is.
_AS_IT_IS = {"given": "{}", "sub": "<sub>{}</sub>", "subscript": "<sub>{}</sub>", "sup": "<sup>{}</sup>"} | {
    "superscript": "<sup>{}</sup>", "math": "${}$", "code": "`{}`", "strong": "**{}**", "emphasis": "*{}*",
    "abbr": "{}", "dfn": "*{}*",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Fault:
    """Something in a text that cannot be shown outside of the page."""

    line: int
    message: str
    mend: str


class _Unshown(Exception):  # noqa: N818  it never leaves this module
    def __init__(self, message: str, mend: str) -> None:
        super().__init__(message)
        self.mend = mend


@dataclass
class Renderer:
    """Writes texts of one project.

    Args:
        base: the evidence.
        site: address of the site without a slash at its end; links to its pages are words where it is empty.
    """

    base: Evidence
    site: str = ""
    #: What could not be shown so far.
    faults: list[Fault] = field(default_factory=list)

    @cached_property
    def _entries(self) -> Mapping[str, BibEntry]:
        try:
            return load_bibliography(self.base.root / "references.bib")
        except BibliographyError:
            return {}

    @cached_property
    def _terms(self) -> frozenset[str] | None:
        """The words of the glossary in lower case; None where the book has none."""
        path = self.base.root / "book" / "glossary.md"
        if not path.is_file():
            return None
        return frozenset(
            line.strip().casefold()
            for use in read_document(path).directives
            if use.name == "glossary"
            for line in use.body.split("\n")
            if line.strip() and not line[0].isspace()
        )

    def markdown(self, text: TextAt, *, answer: str = "", chapter: str = "") -> str:
        """Return Markdown that any notebook shows.

        Args:
            text: MyST with the line on which it begins.
            answer: what ``{answer}`` prints.
            chapter: the page, for links to its figures.
        """
        return self._write(text, _Words(self, answer, chapter, links=True))

    def plain(self, text: TextAt, *, answer: str = "", chapter: str = "") -> str:
        """Return text for a terminal: no links, no marks of emphasis, one line a paragraph."""
        written = self._write(text, _Words(self, answer, chapter, links=False))
        written = re.sub(r"\[([^\]]*)\]\([^)]*\)", r"\1", written)
        written = re.sub(r"(\*\*|__)(.+?)\1", r"\2", written, flags=re.DOTALL)
        written = re.sub(r"(?<![\w*])\*([^*\n]+)\*(?![\w*])", r"\1", written)
        paragraphs = re.split(r"\n\s*\n", written)
        return "\n".join(
            " ".join(paragraph.split())
            if not re.search(r"^\s*([-*|]|\d+\.) ", paragraph, re.MULTILINE)
            else paragraph
            for paragraph in paragraphs
        ).strip()

    def _write(self, text: TextAt, words: _Words) -> str:
        """Replace roles everywhere but in code, and directives at the top level."""
        lines = text.text.split("\n")
        done: list[str] = []
        reached = 0
        for token in markdown_parser().parse(text.text, {}):
            if (
                token.level == 0
                and token.type in ("fence", "colon_fence", "code_block", "math_block")
                and token.map
            ):
                first, last = token.map
                done.append(self._inline(lines[reached:first], text.line + reached, words))
                raw = "\n".join(lines[first:last])
                if token.type in ("fence", "colon_fence"):
                    raw = self._fence(token.info.strip(), token.content, raw, text.line + first, words)
                done.append(raw)
                reached = last
        done.append(self._inline(lines[reached:], text.line + reached, words))
        return "\n".join(part for part in done if part).strip()

    def _inline(self, lines: Sequence[str], line: int, words: _Words) -> str:
        source = "\n".join(lines)

        def written(match: re.Match[str]) -> str:
            if match["role"] is None:
                return match.group()
            try:
                return words.role(match["role"], " ".join(match["content"].split()))
            except _Unshown as problem:
                place = line + source.count("\n", 0, match.start())
                self.faults.append(Fault(place, str(problem), problem.mend))
                return match["content"]

        return _PIECE.sub(written, source)

    def _fence(self, info: str, content: str, raw: str, line: int, words: _Words) -> str:
        match = _DIRECTIVE.fullmatch(info)
        if match is None:
            return raw
        name, argument = match.group(1), match.group(2).strip()
        if name in _CODE:
            return f"```{argument}\n{content.rstrip()}\n```"
        if name == "math":
            return f"$$\n{content.strip()}\n$$"
        if name in _BOXES:
            inner = self._write(TextAt(content, line + 1), words)
            title = argument if name == "admonition" else _BOXES[name]
            return "\n".join(f"> {part}".rstrip() for part in f"**{title}**\n\n{inner}".split("\n"))
        self.faults.append(
            Fault(
                line,
                f"The directive `{{{name}}}` cannot be shown in a notebook.",
                f"Use plain Markdown, `{{math}}`, `{{code-block}}` or a box such as `{{{next(iter(_BOXES))}}}`.",
            )
        )
        return ""


@dataclass(frozen=True)
class _Words:
    """Writes single roles."""

    renderer: Renderer
    answer: str
    chapter: str
    links: bool

    def role(self, name: str, content: str) -> str:
        """Return what stands in place of a role.

        Raises:
            _Unshown: when it names nothing known, or cannot be shown outside of the page.
        """
        base = base_role(name)
        try:
            if name in ROLES:
                return self._fact(name, content)
            if base == "cite":
                return self._cite(name, content)
            if base in _AS_IT_IS:
                return self._as_it_is(base, content)
            write = self._named().get(base)
            if write is not None:
                return write(content)
        except UnknownRecordError as error:
            raise _Unshown(str(error), "Check the name; `carta facts --study KEY` lists facts.") from error
        except StyleError as error:
            raise _Unshown(f"{{{name}}}`{content}`: {error}.", "Use another form of the role.") from error
        if base == "glue":
            raise _Unshown(
                f"{{{name}}}`{content}` takes its value from the chapter's cells, which a notebook of exercises does not run.",
                "Bind the number with {fact}, compute it in `:answer:` and show it with {answer}, or leave it out.",
            )
        raise _Unshown(
            f"The role {{{name}}} cannot be shown in a notebook.",
            "Use {fact}, {cite}, {study}, {trial}, {claim}, {term}, {doc}, {given}, {math} or plain Markdown.",
        )

    def _named(self) -> dict[str, Callable[[str], str]]:
        return {
            "answer": self._answer,
            "claim": self._claim,
            "doc": self._doc,
            "exercise": lambda content: f"the exercise “{content}”",
            "numref": self._figure,
            "parameter": self._parameter,
            "ref": self._figure,
            "study": self._study,
            "term": self._term,
            "trial": self._trial,
        }

    def _link(self, words: str, address: str | None) -> str:
        return f"[{words}]({address})" if self.links and address else words

    def _page(self, docname: str, anchor: str = "") -> str:
        site = self.renderer.site
        return f"{site}/{docname.strip('/')}.html{anchor}" if site else ""

    def _source(self, key: str) -> tuple[str, str | None]:
        entry = self.renderer._entries.get(key)
        if entry is None:
            raise _Unshown(f"references.bib has no {key!r}.", "Check the key.")
        return short_citation(entry), canonical_url(entry)

    def _fact(self, name: str, content: str) -> str:
        bound = self.renderer.base.fact(content)
        label, address = self._source(bound.study)
        shown = format_fact(bound.fact, ROLES[name], self.renderer.base.vocabulary())
        return f"{shown} ({self._link(label, address)})"

    def _cite(self, name: str, content: str) -> str:
        sources = [self._source(key.strip()) for key in content.split(",")]
        if name in ("cite:t", "cite:ts", "cite:ct"):
            named = []
            for label, address in sources:
                who, _, year = label.rpartition(", ")
                named.append(self._link(f"{who} ({year})" if who else label, address))
            return ", ".join(named)
        return f"({'; '.join(self._link(label, address) for label, address in sources)})"

    def _as_it_is(self, base: str, content: str) -> str:
        if base == "abbr":
            content = re.sub(r"\s*\([^()]*\)$", "", content)
        return _AS_IT_IS[base].format(content) if self.links or base == "math" else content

    def _answer(self, content: str) -> str:
        if not self.answer:
            raise _Unshown(
                "{answer} has nothing to print here.",
                "Use it in the solution of an exercise that asks for a number.",
            )
        return self.answer

    def _claim(self, content: str) -> str:
        words, name = _title(content)
        claim = self.renderer.base.claim(name)
        return self._link(
            words or f"claim {name} (“{claim.claim.rstrip('.')}”)", self._page("book/audit", f"#claim-{name}")
        )

    def _doc(self, content: str) -> str:
        words, name = _title(content)
        relative = name if name.startswith("/") else f"{self.chapter.rpartition('/')[0]}/{name}"
        docname = str(Path(relative.strip("/")))
        path = self.renderer.base.root / f"{docname}.md"
        if not path.is_file():
            raise _Unshown(
                f"There is no page {name!r}.", "Write the page's path from the root, such as /book/methods."
            )
        if words is None:
            words = next((h.text for h in read_document(path).headings if h.level == 1), docname)
        return self._link(words, self._page(docname))

    def _figure(self, content: str) -> str:
        words, label = _title(content)
        anchor = f"#{label}" if self.chapter else ""
        return self._link(
            words or "the figure in the chapter", self._page(self.chapter, anchor) if anchor else ""
        )

    def _parameter(self, content: str) -> str:
        parameter = self.renderer.base.parameter(content)
        value = parameter.value
        if value is None:
            return parameter.text or ""
        numbers = value if isinstance(value, list) else [value]
        shown = ", ".join(format_number(number) for number in numbers)
        return f"{shown}\u00a0{parameter.unit}" if parameter.unit else shown

    def _study(self, content: str) -> str:
        words, key = _title(content)
        self.renderer.base.study_outline(key)
        label, address = self._source(key)
        return self._link(words or label, address)

    def _term(self, content: str) -> str:
        words, term = _title(content)
        terms = self.renderer._terms
        if terms is not None and term.casefold() not in terms:
            raise _Unshown(
                f"The glossary has no term {term!r}.",
                "Check its spelling in book/glossary.md, or write the word without the role.",
            )
        anchor = "-".join(re.findall(r"[A-Za-z0-9]+", term))
        return self._link(words or term, self._page("book/glossary", f"#term-{anchor}"))

    def _trial(self, content: str) -> str:
        words, nct = _title(content)
        self.renderer.base.trial(nct)
        return self._link(words or nct, f"https://clinicaltrials.gov/study/{nct}")


def _title(content: str) -> tuple[str | None, str]:
    """Split ``words <name>``; no words where there is the name alone."""
    match = _EXPLICIT.fullmatch(content.strip())
    return (match.group(1).strip(), match.group(2).strip()) if match else (None, content.strip())
