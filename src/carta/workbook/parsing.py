"""From a chapter's MyST to its exercises, with a finding for all that keeps one from being read."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import cast

from carta.findings import Finding, relative_to_project
from carta.prose.document import ProseDocument, markdown_parser, parse_document, read_document
from carta.prose.markup import fill_empty_roles
from carta.prose.options import DirectiveUse, TextAt
from carta.workbook.model import (
    DIFFICULTIES,
    FORMS,
    KINDS,
    Chapter,
    Difficulty,
    Exercise,
    Form,
    Kind,
    Option,
    Wrong,
)

#: Directives that stand within an exercise.
PARTS = ("option", "wrong", "starter", "tests", "hint", "solution")
OBJECTIVES = "What you will learn"
SECTION = "Exercises"

_ID = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_FACT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9.-]*:[A-Za-z0-9][A-Za-z0-9.-]*")
_NOTHING = TextAt("", 0)

#: Options an exercise may have, by form; those of every form under "all".
_OPTIONS: dict[str, tuple[str, ...]] = {
    "all": ("kind", "objective", "difficulty", "facts"),
    "choice": ("several",),
    "number": ("answer", "unit", "tolerance"),
    "code": ("function",),
}
#: Parts an exercise may have, by form; hint and solution go with every form.
_FORM_PARTS: dict[Form, tuple[str, ...]] = {
    "choice": ("option",),
    "number": ("wrong",),
    "code": ("starter", "tests", "wrong"),
}

#: Takes line, rule, message and mend.
_Report = Callable[[int, str, str, str], None]


def read_page(path: Path, root: Path) -> tuple[Chapter, list[Finding]]:
    """Read the exercises of a page, and what is wrong with those that cannot be read.

    Args:
        path: the page.
        root: the project's folder.

    Raises:
        OSError: when the file cannot be opened.
    """
    return _chapter(read_document(path), path.read_bytes().decode("utf-8-sig", "replace"), root)


def parse_page(text: str, path: Path, root: Path) -> tuple[Chapter, list[Finding]]:
    """Like :func:`read_page`, of a text that need not be on disk."""
    return _chapter(parse_document(text, path), text, root)


def _chapter(document: ProseDocument, text: str, root: Path) -> tuple[Chapter, list[Finding]]:
    file = relative_to_project(document.path, root)
    findings: list[Finding] = []

    def report(line: int, rule: str, message: str, mend: str) -> None:
        findings.append(Finding(f"exercises/{rule}", "error", file, line, message, mend))

    title = next((heading for heading in document.headings if heading.level == 1), None)
    last = text.count("\n") + 1
    learn = _section(document, OBJECTIVES, last)
    name = file.removesuffix(".md")
    uses = [use for use in document.directives if use.name == "exercise"]
    exercises: list[Exercise] = []
    for number, use in enumerate(uses, 1):
        exercise = _exercise(use, name, number, document.path, report)
        if exercise is not None:
            exercises.append(exercise)
    _stray_parts(document, uses, report)
    spans = [(use.line, _last_line(use)) for use in uses]
    findings += (
        Finding(problem.rule, "error", file, problem.line, problem.message, problem.mend)
        for problem in document.problems
        if any(first <= problem.line <= last for first, last in spans)
    )
    chapter = Chapter(
        name,
        title.text if title else name,
        _objectives(text, *learn) if learn and uses else (),
        learn[0] if learn else (title.line if title else 1),
        tuple(exercises),
        _section(document, SECTION, last),
    )
    return chapter, findings


def _section(document: ProseDocument, title: str, end: int) -> tuple[int, int] | None:
    """Return the lines of a section, from its heading on; None where there is none of that title."""
    heads = [heading for heading in document.headings if heading.level <= 2]
    for heading, following in zip(heads, [*heads[1:], None], strict=True):
        if heading.level == 2 and heading.text.strip().casefold() == title.casefold():
            return heading.line, following.line - 1 if following else end
    return None


def _last_line(use: DirectiveUse) -> int:
    return use.body_line + use.body.count("\n")


def _stray_parts(document: ProseDocument, uses: Sequence[DirectiveUse], report: _Report) -> None:
    for part in document.directives:
        # A hint alone is an admonition of its own.
        if part.name not in PARTS or part.name == "hint":
            continue
        if not any(use.line < part.line <= _last_line(use) for use in uses):
            report(
                part.line,
                "stray-part",
                f"`{{{part.name}}}` stands in no exercise.",
                "Put it between the fences of its `{exercise}`; the outer fence needs more colons than the inner.",
            )


def _objectives(text: str, first: int, last: int) -> tuple[TextAt, ...]:
    """Return the items of the list between the heading on line ``first`` and line ``last``."""
    lines = fill_empty_roles(text).split("\n")[first:last]
    tokens = markdown_parser().parse("\n".join(lines), {})
    items: list[TextAt] = []
    depth = 0
    for index, token in enumerate(tokens):
        if token.type == "list_item_open":
            depth += 1
            if depth == 1:
                inline = next(
                    later for later in tokens[index:] if later.type in ("inline", "list_item_close")
                )
                items.append(TextAt(inline.content, (token.map or [0])[0] + first + 1))
        elif token.type == "list_item_close":
            depth -= 1
    return tuple(items)


class _Reader:
    """One exercise on its way from directive to record; remembers whether anything was wrong."""

    def __init__(self, use: DirectiveUse, path: Path, report: _Report) -> None:
        self.use = use
        self.sound = True
        self._report = report
        inner = parse_document(use.body, path)
        self.parts = list(_outermost(inner.directives, use.body_line - 1))
        first = min((part.line for part in self.parts), default=_last_line(use) + 1)
        lines = use.body.split("\n")[: max(0, first - use.body_line)]
        self.question = _stripped(TextAt("\n".join(lines), use.body_line))

    def fail(self, line: int, rule: str, message: str, mend: str) -> None:
        """Report something that makes the exercise unusable."""
        self.sound = False
        self._report(line, rule, message, mend)

    def line_of(self, option: str) -> int:
        """Line of an option, or of the directive."""
        place = self.use.option_texts.get(option)
        return place.line if place else self.use.line

    def option(self, name: str) -> str:
        """The text of an option; empty where it is absent."""
        return str(self.use.options.get(name, "")).strip()

    def word(self, name: str, allowed: Sequence[str]) -> str:
        """An option that must be one of some words."""
        value = self.option(name)
        if value not in allowed:
            self.fail(
                self.line_of(name),
                name,
                f"`:{name}:` is {value!r}." if value else f"The exercise has no `:{name}:`.",
                f"Write one of {', '.join(allowed)}.",
            )
        return value

    def named(self, name: str) -> list[DirectiveUse]:
        """The parts of one name."""
        return [part for part in self.parts if part.name == name]

    def one(self, name: str) -> DirectiveUse | None:
        """The only part of that name; anything else is reported."""
        found = self.named(name)
        if len(found) != 1:
            self.fail(
                found[1].line if found else self.use.line,
                f"one-{name}",
                f"The exercise has {len(found) or 'no'} `{{{name}}}`{' parts' if found else ''}.",
                f"Give it exactly one `:::{{{name}}}`.",
            )
            return None
        return found[0]

    def text(self, part: DirectiveUse, what: str) -> TextAt:
        """The body of a part, which must not be empty."""
        body = _stripped(TextAt(part.body, part.body_line))
        if not body.text:
            self.fail(part.line, "empty", f"The {what} is empty.", f"Write the {what}, or remove the part.")
        return body

    def code(self, part: DirectiveUse) -> tuple[TextAt, TextAt]:
        """The one block of Python in a part, and the words after it."""
        blocks = [
            token
            for token in markdown_parser().parse(part.body, {})
            if token.type == "fence" and token.info.strip() in ("python", "python3", "py")
        ]
        if len(blocks) != 1 or blocks[0].map is None:
            self.fail(
                part.line,
                "code-block",
                f"`{{{part.name}}}` holds {len(blocks) or 'no'} blocks of Python.",
                "Give it exactly one block, fenced with ```python and ```.",
            )
            return _NOTHING, _NOTHING
        first, last = blocks[0].map
        code = TextAt(blocks[0].content, part.body_line + first + 1)
        try:
            ast.parse(code.text)
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            self.fail(
                code.line + line - 1,
                "syntax",
                f"The code of `{{{part.name}}}` is no Python: {getattr(error, 'msg', error)}.",
                "Mend the line.",
            )
        after = "\n".join(part.body.split("\n")[last:])
        return code, _stripped(TextAt(after, part.body_line + last))


def _outermost(directives: Sequence[DirectiveUse], shift: int) -> Iterator[DirectiveUse]:
    """Yield the parts that stand in no other part, on their lines in the file."""
    reached = 0
    for use in directives:
        if use.name in PARTS and use.line > reached:
            reached = _last_line(use)
            texts = {name: TextAt(text.text, text.line + shift) for name, text in use.option_texts.items()}
            yield DirectiveUse(
                use.name,
                use.argument,
                use.options,
                use.body,
                use.line + shift,
                use.body_line + shift,
                texts,
            )


def _stripped(text: TextAt) -> TextAt:
    """Drop blank lines at both ends, and count those in front."""
    lines = text.text.split("\n")
    blank = next((index for index, line in enumerate(lines) if line.strip()), len(lines))
    return TextAt("\n".join(lines[blank:]).rstrip(), text.line + (blank if blank < len(lines) else 0))


def _exercise(use: DirectiveUse, chapter: str, number: int, path: Path, report: _Report) -> Exercise | None:
    reader = _Reader(use, path, report)
    identifier = use.argument.strip()
    if not _ID.fullmatch(identifier):
        reader.fail(
            use.line,
            "id",
            f"{identifier!r} is no identifier of an exercise."
            if identifier
            else "The exercise has no identifier.",
            "Write one behind `{exercise}`: lower-case letters, digits and single hyphens.",
        )
    kind = cast("Kind", reader.word("kind", KINDS))
    difficulty = cast("Difficulty", reader.word("difficulty", DIFFICULTIES))
    objective = reader.option("objective")
    if not re.fullmatch(r"[1-9]\d*", objective):
        reader.fail(
            reader.line_of("objective"),
            "objective",
            f"`:objective:` is {objective!r}." if objective else "The exercise has no `:objective:`.",
            f"Give the number of the item under “{OBJECTIVES}” that it trains.",
        )
    form = _form(reader, kind) if kind in KINDS else None
    if not reader.question.text:
        reader.fail(
            use.line, "question", "The exercise asks nothing.", "Write the question before the first part."
        )
    hint = reader.one("hint")
    solution = reader.one("solution")
    if form is None or hint is None or solution is None:
        return None
    _foreign(reader, form)
    solution_code, solution_text = (
        reader.code(solution) if form == "code" else (None, reader.text(solution, "solution"))
    )
    names = [word for word in re.split(r"[,\s]+", reader.option("facts")) if word]
    for name in names:
        if not _FACT_NAME.fullmatch(name):
            reader.fail(
                reader.line_of("facts"),
                "facts",
                f"{name!r} is no name of a fact.",
                "Write `key:id`, several with commas between.",
            )
    hint_text = reader.text(hint, "hint")
    choice = _options(reader) if form == "choice" else ()
    wrong = _wrong(reader, form)
    answer, tolerance = _number(reader) if form == "number" else (None, None)
    starter, tests = _code(reader) if form == "code" else (None, None)
    if not reader.sound:
        return None
    return Exercise(
        id=identifier,
        chapter=chapter,
        number=number,
        kind=kind,
        form=form,
        objective=int(objective),
        difficulty=difficulty,
        question=reader.question,
        hint=hint_text,
        solution=solution_text,
        line=use.line,
        options=choice,
        several="several" in use.options,
        answer=answer,
        unit=reader.option("unit"),
        tolerance=tolerance,
        wrong=wrong,
        function=reader.option("function"),
        facts=tuple(dict.fromkeys(names)),
        starter=starter,
        tests=tests,
        solution_code=solution_code,
    )


def _form(reader: _Reader, kind: Kind) -> Form | None:
    """What the parts say of how it is answered, where the kind allows that."""
    forms: list[Form] = []
    if reader.named("option"):
        forms.append("choice")
    if "answer" in reader.use.options:
        forms.append("number")
    if reader.named("starter") or reader.named("tests"):
        forms.append("code")
    if len(forms) == 1 and forms[0] in FORMS[kind]:
        return forms[0]
    needed = {
        "choice": "`:::{option}` parts",
        "number": "`:answer:`, `:tolerance:` and `:::{wrong}` parts",
        "code": "`:function:` and the parts `{starter}`, `{tests}` and `{wrong}`",
    }
    found = " and ".join(forms) or "nothing to answer"
    reader.fail(
        reader.use.line,
        "form",
        f"An exercise of the kind {kind} was expected, and {found} was found.",
        f"Give it {' or '.join(needed[form] for form in FORMS[kind])}, and nothing of another form.",
    )
    return None


def _foreign(reader: _Reader, form: Form) -> None:
    allowed = (*_OPTIONS["all"], *_OPTIONS[form])
    for name in reader.use.options:
        if name not in allowed:
            reader.fail(
                reader.line_of(name),
                "unknown-option",
                f"`:{name}:` is no option of an exercise of this form ({form}).",
                f"Remove it, or write one of {', '.join(allowed)}.",
            )
    for part in reader.parts:
        if part.name not in (*_FORM_PARTS[form], "hint", "solution"):
            reader.fail(
                part.line,
                "foreign-part",
                f"`{{{part.name}}}` does not belong to an exercise of this form ({form}).",
                "Remove it.",
            )


def _options(reader: _Reader) -> tuple[Option, ...]:
    found = []
    for part in reader.named("option"):
        unknown = [name for name in part.options if name != "correct"]
        if unknown:
            reader.fail(
                part.line, "unknown-option", f"`:{unknown[0]}:` is no option of `{{option}}`.", "Remove it."
            )
        if not part.argument.strip():
            reader.fail(part.line, "empty", "The option has no text.", "Write it behind `{option}`.")
        text = TextAt(part.argument.strip(), part.line)
        found.append(Option(text, "correct" in part.options, reader.text(part, "feedback of the option")))
    return tuple(found)


def _wrong(reader: _Reader, form: Form) -> tuple[Wrong, ...]:
    found = []
    for part in reader.named("wrong"):
        if form == "code":
            if part.argument.strip():
                reader.fail(
                    part.line,
                    "wrong-argument",
                    "A wrong answer in code has no argument.",
                    "Put the code into a ```python block in the part.",
                )
            found.append(Wrong(reader.code(part)[0], _NOTHING))
        elif form == "number":
            if not part.argument.strip():
                reader.fail(
                    part.line,
                    "wrong-argument",
                    "The wrong answer has no value.",
                    "Write it behind `{wrong}`, as a number or an expression.",
                )
            answer = TextAt(part.argument.strip(), part.line)
            found.append(Wrong(answer, reader.text(part, "feedback of the wrong answer")))
    return tuple(found)


def _number(reader: _Reader) -> tuple[TextAt, float | None]:
    answer = reader.use.option_texts["answer"]
    if not answer.text.strip():
        reader.fail(answer.line, "answer", "`:answer:` is empty.", "Write a Python expression over facts.")
    try:
        tolerance = float(reader.option("tolerance"))
    except ValueError:
        tolerance = 0.0
    if not 0 < tolerance < float("inf"):
        reader.fail(
            reader.line_of("tolerance"),
            "tolerance",
            f"`:tolerance:` is {reader.option('tolerance')!r}, no number above 0.",
            "Write how far an answer may lie from the exact one, in the unit of the answer.",
        )
    return TextAt(answer.text.strip(), answer.line), tolerance


def _code(reader: _Reader) -> tuple[TextAt | None, TextAt | None]:
    if not reader.option("function").isidentifier():
        reader.fail(
            reader.line_of("function"),
            "function",
            f"`:function:` is {reader.option('function')!r}, no name of a function.",
            "Name the function that the reader writes.",
        )
    starter, tests = reader.one("starter"), reader.one("tests")
    return (
        reader.code(starter)[0] if starter else None,
        reader.code(tests)[0] if tests else None,
    )
