"""A BibTeX file to entries, with a finding for each thing in it that could not be read."""

from __future__ import annotations

import stat
from pathlib import Path

from carta.bibliography.decoding import decode
from carta.bibliography.entries import BibEntry, BibFile, BibliographyError
from carta.bibliography.parsing import Macros, Parsed, UnreadableChunkError, parse
from carta.bibliography.splitting import LONGEST_KEY, Chunk, Oddity, Splitter
from carta.files import cached, digest
from carta.findings import Finding, Severity, relative_to_project

#: A larger file is no bibliography.
LARGEST_FILE = 200_000_000

#: Counts up when the meaning of what is cached changes.
_CACHE_VERSION = 1

#: What reading reports, apart from the rules on entries.
READING_RULES = {
    "bibliography/unreadable-file": "the file is there, can be read, and holds entries",
    "bibliography/encoding": "the file is UTF-8",
    "bibliography/parse": "every entry follows the BibTeX grammar",
    "bibliography/swallowed-entry": "no entry stands inside the braces of another",
    "bibliography/text-outside": "no fields or braces are left over outside of an entry",
    "bibliography/in-comment": "no entry stands inside @comment{...}, where BibTeX still reads it",
    "bibliography/undefined-macro": "every macro is defined before it is used",
    "bibliography/duplicate-field": "no entry has a field twice",
    "bibliography/missing-comma": "a comma stands behind the key",
}


def read_bibliography(path: Path, *, root: Path) -> BibFile:
    """Read a BibTeX file; whatever is wrong with it becomes a finding, never an exception.

    Args:
        path: any path, also of something that is no file.
        root: the project, which findings name the file relative to.
    """
    file = path.as_posix()
    try:
        file = relative_to_project(path, root)
        problem = _not_a_readable_file(path)
        data = b"" if problem else path.read_bytes()
    except OSError as error:
        problem = f"The file cannot be read: {error.strerror or error}."
    except (ValueError, RuntimeError) as error:  # A NUL in the name; links that lead in a circle.
        problem = f"The file cannot be read: {error}."
    if problem:
        return _unusable(file, problem, "Name an existing BibTeX file that you may read.")
    return parse_bibliography(data, file)


def parse_bibliography(data: bytes, file: str) -> BibFile:
    """Read the content of a BibTeX file; takes any bytes, in time linear in their number.

    Args:
        data: the content.
        file: the name that findings carry.
    """
    text, findings = decode(data, file)
    if not text.strip():
        return _unusable(file, "The file is empty.", "Add entries, or name another file.")
    return _Reader(text, file, findings).read()


def load_bibliography(path: Path, *, cache_dir: Path | None = None) -> dict[str, BibEntry]:
    """Return the entries of a sound file by key, remembered on disk until the content changes.

    Args:
        path: a BibTeX file.
        cache_dir: where to remember it; the user's cache folder where not given. Safe to delete.

    Raises:
        BibliographyError: when the file, or any entry of it, cannot be read, or a key is there twice.
    """
    try:
        key = digest(path.read_bytes(), str(_CACHE_VERSION)) if path.is_file() else ""
    except (OSError, ValueError):
        key = ""
    if not key:
        return _sound_entries(path)
    kind = f"bibliography-{digest(str(path.resolve()))[:8]}"
    return cached(kind, key, lambda: _sound_entries(path), cache_dir)


def _sound_entries(path: Path) -> dict[str, BibEntry]:
    bib_file = read_bibliography(path, root=path.parent)
    errors = [finding for finding in bib_file.findings if finding.severity == "error"]
    entries: dict[str, BibEntry] = {}
    for entry in bib_file.entries:
        first = entries.setdefault(entry.key, entry)
        if first is not entry:
            errors.append(
                Finding(
                    "bibliography/duplicate-key",
                    "error",
                    bib_file.file,
                    entry.line,
                    f"The key '{entry.key}' is already that of the entry on line {first.line}.",
                    "Keep one of the two entries.",
                )
            )
    if errors:
        raise BibliographyError(path, errors)
    return entries


def _not_a_readable_file(path: Path) -> str | None:
    try:
        status = path.stat()
    except FileNotFoundError:
        return "The file does not exist."
    if stat.S_ISDIR(status.st_mode):
        return "This is a folder, not a BibTeX file."
    if not stat.S_ISREG(status.st_mode):
        return "This is a device or a pipe, not a BibTeX file."
    if status.st_size > LARGEST_FILE:
        return f"The file has {status.st_size // 1_000_000} MB; this is no bibliography."
    return None


def _unusable(file: str, message: str, mend: str) -> BibFile:
    finding = Finding("bibliography/unreadable-file", "error", file, 1, message, mend)
    return BibFile(file, [], [finding], frozenset(), [])


class _Reader:
    """Drives the splitter and the parser over one text."""

    def __init__(self, text: str, file: str, findings: list[Finding]) -> None:
        self._file = file
        self._splitter = Splitter(text)
        self._macros = Macros()
        self._findings = findings
        self._entries: list[BibEntry] = []
        self._broken: set[str] = set()

    def read(self) -> BibFile:
        while chunk := self._splitter.next():
            self._take(chunk)
        for oddity in self._splitter.oddities:
            self._report_oddity(oddity)
        if not self._entries and not self._broken:
            self._report(
                "unreadable-file",
                "error",
                1,
                "The file holds no BibTeX entry.",
                "An entry looks like @article{key, author = {...}, title = {...}}; name a file with some.",
            )
        broken = self._broken - {entry.key.lower() for entry in self._entries}
        return BibFile(self._file, self._entries, self._findings, frozenset(broken), self._macros.used)

    def _take(self, chunk: Chunk) -> None:
        name = _name(chunk)
        if not chunk.closed:
            self._break(chunk, chunk.line, f"{name} is not read: its bracket never closes.")
            return
        try:
            parsed = parse(chunk, self._macros)
        except UnreadableChunkError as error:
            begun = "" if error.line == chunk.line else f" (it starts on line {chunk.line})"
            self._break(chunk, error.line, f"{name}{begun} is not read: {error}.")
            self._splitter.distrust(chunk)
            return
        if parsed.entry is not None and len(parsed.entry.key) > LONGEST_KEY:
            self._break(chunk, chunk.line, f"{name} is not read: its key is too long.")
            return
        if parsed.entry is not None and "{" in parsed.entry.key:
            # Two starts run into one; the entry would go on to the end of another one.
            self._break(chunk, chunk.line, f"{name} is not read: a brace stands in its key.")
            self._splitter.distrust(chunk)
            return
        self._report_parsed(chunk, parsed)
        for inner, line in self._splitter.starts_inside(chunk):
            self._report(
                "swallowed-entry",
                "error",
                line,
                f"The entry '{inner}' is not read: it is inside the braces of {name} on line {chunk.line}.",
                f"Close the open brace of {name} before it, or break the line so that it is plainly text.",
            )

    def _report_parsed(self, chunk: Chunk, parsed: Parsed) -> None:
        name = _name(chunk)
        if parsed.entry is not None:
            self._entries.append(parsed.entry)
        if parsed.comma_missing:
            self._report(
                "missing-comma",
                "warning",
                chunk.line,
                f"No comma stands behind the key of {name}; BibTeX does not read such an entry.",
                "Write a comma behind the key.",
            )
        for macro, line in parsed.undefined:
            self._report(
                "undefined-macro",
                "error",
                line,
                f"The macro '{macro}' in {name} is not defined, so that its text is missing.",
                f"Define it above with @string{{{macro} = ...}}, or put the text in braces.",
            )
        for field, line in parsed.repeated:
            self._report(
                "duplicate-field",
                "error",
                line,
                f"The field '{field}' is there twice in {name}; BibTeX drops the second in silence.",
                "Keep one of the two.",
            )

    def _break(self, chunk: Chunk, line: int, message: str) -> None:
        # Only what has a key can be cited; a macro or a preamble is no entry.
        if chunk.type not in ("string", "preamble"):
            self._broken.add(chunk.key.lower())
        self._report(
            "parse",
            "error",
            line,
            message,
            "Look for a missing or surplus brace, quote or comma; the other entries were read.",
        )

    def _report_oddity(self, oddity: Oddity) -> None:
        what = oddity.what
        match oddity.kind:
            case "no-bracket":
                self._report(
                    "parse",
                    "error",
                    oddity.line,
                    f"'@{what}' is not followed by a brace, so that nothing behind it is read.",
                    f"Write @{what}{{key, ...}}.",
                )
            case "no-type":
                self._report(
                    "parse",
                    "error",
                    oddity.line,
                    f"'@{what}' is no entry type, so that nothing behind it is read.",
                    "Write it as @type{key, ...}, such as @article{key, ...}.",
                )
            case "fields-outside":
                self._report(
                    "text-outside",
                    "warning",
                    oddity.line,
                    f"The field '{what}' and what follows it stand in no entry, so that they are not read.",
                    "Mend the start of the entry above, @type{key, or delete the text.",
                )
            case "cut-off-fields":
                self._report(
                    "text-outside",
                    "error",
                    oddity.line,
                    f"Fields behind the closing brace of '{what}' are not read: a brace closes too early.",
                    "Remove the surplus closing brace above.",
                )
            case "brace-too-many":
                self._report(
                    "text-outside",
                    "warning",
                    oddity.line,
                    f"A surplus closing brace stands behind '{what}'.",
                    "Remove it.",
                )
            case "open-comment":
                self._report(
                    "parse",
                    "warning",
                    oddity.line,
                    "The @comment that starts here never closes; BibTeX reads what follows all the same.",
                    "Close its brace.",
                )
            case "in-comment":
                self._report(
                    "in-comment",
                    "warning",
                    oddity.line,
                    f"'{what}' stands inside @comment{{...}}, but BibTeX and pybtex still read it.",
                    "Delete the entry, or take away its @.",
                )

    def _report(self, rule: str, severity: Severity, line: int, message: str, mend: str) -> None:
        self._findings.append(Finding(f"bibliography/{rule}", severity, self._file, line, message, mend))


def _name(chunk: Chunk) -> str:
    return f"'{chunk.key}'" if chunk.key and chunk.type != "preamble" else f"the @{chunk.type} without a key"
