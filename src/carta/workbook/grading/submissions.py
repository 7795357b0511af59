"""Submitted files: whose they are, and the code in them. Nothing in them is trusted."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat

# These carry no types of their own.
_read_notebook: Callable[..., Any] = nbformat.reads

#: A larger file is refused: what is typed into a notebook is small, and outputs are not read.
LARGEST_FILE = 50_000_000
MOST_CELLS = 1000
_LARGEST_CELL = 200_000

#: How Canvas names a file of its archive: name, whether late, number of the user, number of the submission, file.
_CANVAS = re.compile(r"(?P<name>[^_/]+)(?:_LATE)?_(?P<user>\d+)_\d+_.+\.ipynb", re.IGNORECASE)
#: Folders that systems and editors make.
_NOT_SUBMITTED = ("__MACOSX", ".ipynb_checkpoints")
_MAGIC = re.compile(r"^\s*(?:[%!?]|\w+\s*=\s*[%!])|\?\s*$", re.MULTILINE)


class UnreadableError(ValueError):
    """A file is no notebook; the message says why."""


@dataclass(frozen=True)
class Submission:
    """One file of one student."""

    #: From the file's name, or from the folder in which it lies.
    student: str
    path: Path
    #: Number of the user in Canvas, where the file's name has one.
    canvas_id: str = ""


@dataclass(frozen=True)
class Code:
    """The code of a notebook."""

    #: The page that it says it belongs to; may be forged or empty.
    chapter: str
    #: Number of each code cell in the notebook, from one, and its source.
    cells: tuple[tuple[int, str], ...]


def find_submissions(folder: Path) -> list[Submission]:
    """Return the submissions of a folder, sorted by student.

    A notebook in the folder itself is named after its student (``ada.ipynb``), or as Canvas names files; a notebook in a
    subfolder belongs to the student of whom the subfolder is named (``ada/trials-lupus.ipynb``), as nbgrader keeps
    them. A student's folder without any notebook is a submission that cannot be read. Links are not followed.
    """
    found: list[Submission] = []
    for path in sorted(folder.iterdir()):
        if path.is_symlink() or path.name.startswith((".", *_NOT_SUBMITTED)):
            continue
        if path.is_file() and path.suffix == ".ipynb":
            canvas = _CANVAS.fullmatch(path.name)
            if canvas:
                found.append(Submission(canvas["name"], path, canvas["user"]))
            else:
                found.append(Submission(path.stem, path))
        elif path.is_dir():
            notebooks = list(_notebooks(path))
            found += [Submission(path.name, notebook) for notebook in notebooks or [path]]
    return found


def _notebooks(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*.ipynb")):
        inner = path.relative_to(folder).parts
        if path.is_file() and not path.is_symlink() and not any(part in _NOT_SUBMITTED for part in inner):
            yield path


def read_code(path: Path) -> Code:
    """Return the code cells of a notebook, but the one that only loads the checker.

    Raises:
        UnreadableError: when it is none.
    """
    try:
        if path.is_dir():
            raise UnreadableError("there is no notebook in the folder")
        size = path.stat().st_size
        if size > LARGEST_FILE:
            raise UnreadableError(f"the file has {size / 1e6:.0f} MB; remove its outputs")
        notebook = _read_notebook(path.read_text(encoding="utf-8"), as_version=4)
        cells = [_cell(number, cell) for number, cell in enumerate(notebook["cells"], 1)]
        chapter = notebook["metadata"].get("carta", {}).get("chapter", "")
    except UnreadableError:
        raise
    except OSError as error:
        raise UnreadableError(f"the file cannot be opened: {error.strerror}") from error
    except Exception as error:
        raise UnreadableError(f"the file is no notebook ({type(error).__name__})") from error
    code = tuple(cell for cell in cells if cell is not None)
    if len(code) > MOST_CELLS or any(len(source) > _LARGEST_CELL for _, source in code):
        raise UnreadableError("the notebook has more code than any answer needs")
    return Code(chapter if isinstance(chapter, str) else "", code)


def _cell(number: int, cell: Any) -> tuple[int, str] | None:
    if cell["cell_type"] != "code" or "setup" in (cell["metadata"].get("tags") or ()):
        return None
    source = cell["source"]
    return number, _without_magic(source if isinstance(source, str) else "".join(source))


def _without_magic(source: str) -> str:
    """Turn commands to the shell and the kernel into calls, as IPython does; in the sandbox they do nothing."""
    if not _MAGIC.search(source):
        return source
    from IPython.core import inputtransformer2

    make: Callable[[], Any] = inputtransformer2.TransformerManager
    try:
        return str(make().transform_cell(source))
    except SyntaxError:
        return source
