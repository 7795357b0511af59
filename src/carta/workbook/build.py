"""All notebooks of the book with their checker, as files: for ``carta build notebooks`` and for the site."""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from carta.evidence import Evidence, UnknownRecordError
from carta.files import write_bytes_atomically
from carta.workbook.book import read_book
from carta.workbook.code import CodeChecker
from carta.workbook.expressions import ExpressionError, facts_from
from carta.workbook.material import material_of
from carta.workbook.model import Chapter, Exercise
from carta.workbook.notebooks import Audience, NotebookWriter, notebook_name
from carta.workbook.rendering import Renderer
from carta.workbook.settings import read_settings
from carta.workbook.values import facts_of, values_of
from carta.workbook.wheel import Wheel, make_wheel, make_zip

#: Archives of all notebooks, by audience.
ARCHIVES: dict[Audience, str] = {
    "student": "carta-exercises.zip",
    "teacher": "carta-exercises-for-teachers.zip",
}


@dataclass(frozen=True)
class ChapterFiles:
    """What a reader of a chapter can take away; file names within the folder of notebooks."""

    #: The notebook alone.
    notebook: str
    #: The notebook with its checker and requirements.
    archive: str
    #: Addresses at which it opens, by the name of the service.
    launch: Mapping[str, str]


@dataclass(frozen=True)
class Downloads:
    """What was written for readers."""

    #: By page without suffix, such as ``book/trials/lupus``.
    chapters: Mapping[str, ChapterFiles]
    #: The archive of all, or empty where there are no exercises.
    archive: str


@dataclass(frozen=True)
class _Notebooks:
    chapters: list[Chapter]
    wheel: Wheel
    #: Text of each notebook, by page.
    student: dict[str, str]
    teacher: dict[str, str]


def build_notebooks(
    root: Path, base: Evidence, out: Path, *, progress: Callable[[str], None] = lambda text: None
) -> list[Path]:
    """Write the notebooks for students and teachers, each with checker and requirements, and an archive of each.

    Args:
        root: the project's folder.
        base: its evidence.
        out: the folder, which is replaced as a whole once all is made.
        progress: takes a line now and then.

    Returns:
        The files, in order.

    Raises:
        WorkbookError: when an exercise cannot be read.
        ExpressionError: when an answer cannot be computed.
        SettingsError: when the settings cannot be used.
    """
    made = _make(root, base, teachers=True, progress=progress)
    files: dict[str, bytes] = {}
    by_audience: dict[Audience, dict[str, str]] = {"student": made.student, "teacher": made.teacher}
    for audience, notebooks in by_audience.items():
        folder = _folder(made, notebooks)
        files |= {f"{audience}/{name}": content for name, content in folder.items()}
        files[ARCHIVES[audience]] = make_zip(_archived(ARCHIVES[audience], folder))
    out.parent.mkdir(parents=True, exist_ok=True)
    staged = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}."))
    try:
        for name, content in files.items():
            (staged / name).parent.mkdir(exist_ok=True)
            (staged / name).write_bytes(content)
        # mkdtemp makes a private folder; what is built has the usual rights.
        staged.chmod(0o755)
        _replace(staged, out)
    finally:
        shutil.rmtree(staged, ignore_errors=True)
    return [out / name for name in files]


def write_downloads(
    root: Path, base: Evidence, folder: Path, *, progress: Callable[[str], None] = lambda text: None
) -> Downloads:
    """Write what readers of the site can take away: notebooks for students, with checker, one by one and all at once.

    Files that are the same stay untouched; others in the folder are removed.

    Args:
        root: the project's folder.
        base: its evidence.
        folder: ``notebooks`` in the output of the site.
        progress: takes a line now and then.

    Raises:
        WorkbookError, ExpressionError, SettingsError: as :func:`build_notebooks`.
    """
    made = _make(root, base, teachers=False, progress=progress)
    if not made.chapters:
        shutil.rmtree(folder, ignore_errors=True)
        return Downloads({}, "")
    shared = _folder(made, {})
    files: dict[str, bytes] = {made.wheel.name: made.wheel.content}
    for page, text in made.student.items():
        name = notebook_name(page)
        together = {f"{name}.ipynb": text.encode(), **shared}
        files[f"{name}.ipynb"] = text.encode()
        files[f"{name}.zip"] = make_zip(_archived(f"{name}.zip", together))
    files[ARCHIVES["student"]] = make_zip(_archived(ARCHIVES["student"], _folder(made, made.student)))
    for name, content in files.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            write_bytes_atomically(path, content)
    for path in folder.iterdir():
        if path.is_file() and path.name not in files:
            path.unlink()
    return downloads_of(root, made.chapters)


def downloads_of(root: Path, chapters: list[Chapter]) -> Downloads:
    """Return the names that :func:`write_downloads` gives, without writing anything.

    Raises:
        SettingsError: when the settings cannot be used.
    """
    settings = read_settings(root)
    files = {}
    for chapter in chapters:
        if chapter.exercises:
            name = notebook_name(chapter.name)
            files[chapter.name] = ChapterFiles(
                f"{name}.ipynb", f"{name}.zip", settings.launch_links(f"{name}.ipynb")
            )
    return Downloads(files, ARCHIVES["student"] if files else "")


def _make(root: Path, base: Evidence, *, teachers: bool, progress: Callable[[str], None]) -> _Notebooks:
    chapters = read_book(root, base)
    if base.day is not None:
        chapters = _as_known(chapters, base)
    exercises = [exercise for chapter in chapters for exercise in chapter.exercises]
    progress(f"keys of {len(exercises)} exercises")
    wheel = make_wheel(material_of(exercises, base))
    writer = NotebookWriter(base, wheel.name, read_settings(root))
    progress(f"notebooks of {len(chapters)} chapters")
    student = {chapter.name: writer.write(chapter, "student") for chapter in chapters}
    teacher: dict[str, str] = {}
    if teachers:
        with CodeChecker(base) as checker:
            checker.carry([exercise for exercise in exercises if exercise.form == "code"])
            teacher = {chapter.name: writer.write(chapter, "teacher", checker) for chapter in chapters}
    return _Notebooks(chapters, wheel, student, teacher)


def _as_known(chapters: list[Chapter], base: Evidence) -> list[Chapter]:
    """Leave out what asks for records that came later than the day of the evidence."""
    renderer = Renderer(base)
    kept = []
    for chapter in chapters:
        known = tuple(exercise for exercise in chapter.exercises if _is_known(exercise, base, renderer))
        if known:
            kept.append(replace(chapter, exercises=known))
    return kept


def _is_known(exercise: Exercise, base: Evidence, renderer: Renderer) -> bool:
    try:
        facts_from(base, facts_of(exercise))
        if exercise.form == "number":
            values_of(exercise, base)
    except (ExpressionError, UnknownRecordError):
        return False
    renderer.faults.clear()
    for text in exercise.texts:
        renderer.markdown(text, answer="-", chapter=exercise.chapter)
    return not renderer.faults


def _folder(made: _Notebooks, notebooks: Mapping[str, str]) -> dict[str, bytes]:
    """Return the files of one folder: the notebooks with all they need."""
    return {
        **{f"{notebook_name(page)}.ipynb": text.encode() for page, text in notebooks.items()},
        made.wheel.name: made.wheel.content,
        "requirements.txt": _REQUIREMENTS.format(wheel=made.wheel.name).encode(),
        "README.txt": _README.encode(),
    }


def _archived(archive: str, files: Mapping[str, bytes]) -> dict[str, bytes]:
    """Put files into one folder, so that an unpacked archive does not scatter them."""
    folder = archive.removesuffix(".zip")
    return {f"{folder}/{name}": content for name, content in files.items()}


def _replace(staged: Path, out: Path) -> None:
    """Put a finished folder in the place of another, which is there until then."""
    if not out.exists():
        staged.rename(out)
        return
    old = Path(tempfile.mkdtemp(dir=out.parent, prefix=f".{out.name}.old."))
    try:
        out.rename(old / out.name)
        staged.rename(out)
    finally:
        if not out.exists() and (old / out.name).exists():
            (old / out.name).rename(out)
        shutil.rmtree(old, ignore_errors=True)


_REQUIREMENTS = """\
# In this folder, without any network:  pip install --no-index -r requirements.txt
# It is optional: notebooks that lie beside the wheel find it without being told.
./{wheel}
"""

_README = """\
Exercises of CARTA, a living review of CAR T-cell therapy in autoimmune disease.

Open a notebook (.ipynb) with JupyterLab, Jupyter Notebook or Visual Studio Code, and run its first cell. Keep the
.whl file beside the notebooks: it checks the answers. Nothing else is needed, and no network.

If you have none of these programs:  pip install jupyterlab  and then  jupyter lab

To submit: save the notebook with your answers. You may rename the file, but keep the cells.

Text: CC BY 4.0. Code: MIT.
"""
