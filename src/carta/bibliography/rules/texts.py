"""Rules: names, titles and other printed text read as they should."""

from __future__ import annotations

from collections.abc import Iterator

from carta.bibliography.entries import OTHERS, PERSON_ROLES, BibEntry
from carta.bibliography.library import Library
from carta.bibliography.names import looks_like_body, wrong_with_name
from carta.bibliography.rules.rule import at, shown
from carta.bibliography.texts import raw_tex, undecodable_tex
from carta.bibliography.titles import is_protected
from carta.findings import Finding

#: Fields that a style prints, apart from addresses and identifiers, whose own rules see to TeX.
PRINTED = (
    "title",
    "subtitle",
    "booktitle",
    "journal",
    "journaltitle",
    "series",
    "publisher",
    "institution",
    "organization",
    "school",
    "address",
    "edition",
    "volume",
    "number",
    "pages",
    "chapter",
    "howpublished",
    "note",
)


def names(entry: BibEntry, library: Library) -> Iterator[Finding]:
    """Every name parses, ``others`` comes last and not alone."""
    for role in PERSON_ROLES:
        listed = entry.persons.get(role, [])
        for position, name in enumerate(listed):
            if name.lower() == OTHERS:
                problem = None
                if len(listed) == 1:
                    problem = "stands alone, so that no author is named"
                elif position < len(listed) - 1:
                    problem = "stands before other names"
            else:
                problem = wrong_with_name(name)
            if problem:
                yield at(
                    library,
                    entry,
                    role,
                    "name",
                    "error",
                    f"The {role} {shown(name)} of '{entry.key}' {problem}.",
                    "Write Family, Given and Family, Given; a body in braces; and others at the end.",
                )


def body_names(entry: BibEntry, library: Library) -> Iterator[Finding]:
    """The name of a body stands in braces, since BibTeX would take it apart."""
    for role in PERSON_ROLES:
        for name in entry.persons.get(role, ()):
            if looks_like_body(name) and wrong_with_name(name) is None:
                yield at(
                    library,
                    entry,
                    role,
                    "body-name",
                    "warning",
                    f"The {role} {shown(name)} of '{entry.key}' looks like a body, but is read as a person.",
                    f"Write {{{name}}} with its own braces.",
                )


def tex(entry: BibEntry, library: Library) -> Iterator[Finding]:
    """Printed fields hold Unicode, no TeX: what is known is turned into text, what is not is printed raw."""
    values = [(field, entry.fields[field]) for field in PRINTED if field in entry.fields]
    values += [(role, " and ".join(entry.persons[role])) for role in PERSON_ROLES if role in entry.persons]
    for field, value in values:
        commands = raw_tex(value)
        if not commands:
            continue
        if unknown := undecodable_tex(value):
            yield at(
                library,
                entry,
                field,
                "tex",
                "error",
                f"The {field} of '{entry.key}' holds TeX that is printed raw: {_listed(unknown)}.",
                "Write the text in Unicode, without TeX.",
            )
        else:
            yield at(
                library,
                entry,
                field,
                "tex",
                # A foreign file may be meant for LaTeX, where this is no mistake.
                "warning" if library.marks_confirmation else "notice",
                f"The {field} of '{entry.key}' writes characters in TeX: {_listed(commands)}.",
                "Write the characters in Unicode.",
            )


def title_protection(entry: BibEntry, library: Library) -> Iterator[Finding]:
    """In our own file a title has its own braces, or styles lower its capitals."""
    title = entry.fields.get("title", "")
    if library.marks_confirmation and title and not is_protected(title):
        yield at(
            library,
            entry,
            "title",
            "title-protection",
            "warning",
            f"The title of '{entry.key}' has no braces of its own, so that a style may lower its capitals.",
            "Write title = {{...}}.",
        )


def macros(library: Library) -> Iterator[Finding]:
    """Our own file has no macros: what is printed stands in the entry."""
    if not library.marks_confirmation:
        return
    for what, line in dict.fromkeys(library.bib_file.macros):
        yield Finding(
            "bibliography/macro",
            "warning",
            library.bib_file.file,
            line,
            f"{what} is used here; this file has no macros.",
            "Write out the text in braces.",
        )


def _listed(commands: list[str]) -> str:
    return ", ".join(commands[:5]) + (" …" if len(commands) > 5 else "")
