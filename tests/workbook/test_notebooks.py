"""Notebooks: what students get holds no solution, what teachers get runs, and both need nothing from elsewhere."""

from __future__ import annotations

import io
import subprocess
import sys
import venv
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import nbformat
import pytest

from carta.evidence import load
from carta.workbook import WorkbookError
from carta.workbook.build import Downloads, build_notebooks, write_downloads
from carta.workbook.settings import SettingsError, read_settings
from exercises_book import CHAPTER, write_exercises_book
from projects import replace

#: What gives an answer of the small book away, in any of its forms.
SECRETS = (
    "scFv-worked-out", "worked_out_limit", "min(1.0", "it alone touches", "It only holds the", "fifteen hold the five",
    "come from one centre", "not the share", "twice in the denominator", "no knowledge at all", "the score limit",
    "hence the cap", "73.3", "44.9", "exact_lower", "percent(", ":correct:", "return 1 / n",
)  # fmt: skip


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The small book with its notebooks built."""
    root = write_exercises_book(tmp_path_factory.mktemp("notebooks") / "book")
    build_notebooks(root, load(root), root / "_build" / "notebooks")
    return root


def read(path: Path) -> Any:
    """A notebook as it is in its file."""
    reader: Callable[..., Any] = nbformat.read
    return reader(path, as_version=nbformat.NO_CONVERT)


def whole_text(path: Path) -> str:
    """All text of a file, and of the files within it where it is an archive or a wheel."""
    return _text(path.name, path.read_bytes())


def _text(name: str, content: bytes) -> str:
    if name.endswith((".zip", ".whl")):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            # The checker's own functions are no secret of an exercise.
            inner = [n for n in archive.namelist() if not n.endswith("/numbers.py")]
            return "\n".join(_text(n, archive.read(n)) for n in inner)
    return content.decode("utf-8")


def test_student_material_holds_no_solution_anywhere(book: Path) -> None:
    folder = book / "_build" / "notebooks"
    files = [*(folder / "student").iterdir(), folder / "carta-exercises.zip"]
    downloads = write_downloads(book, load(book), book / "_build" / "html" / "notebooks")
    assert downloads.archive
    files += (book / "_build" / "html" / "notebooks").iterdir()
    assert len(files) == 9
    text = "\n".join(whole_text(path) for path in files)
    assert [secret for secret in SECRETS if secret in text] == []
    # The control: each of them stands in what teachers get.
    teachers = whole_text(folder / "carta-exercises-for-teachers.zip")
    assert [secret for secret in SECRETS if secret not in teachers and secret != ":correct:"] == []


def test_notebooks_are_valid_and_have_no_outputs(book: Path) -> None:
    for path in sorted((book / "_build" / "notebooks").glob("*/*.ipynb")):
        notebook = read(path)
        nbformat.validate(notebook)
        assert (notebook["nbformat"], notebook["nbformat_minor"]) == (4, 5)
        assert notebook["metadata"]["kernelspec"]["name"] == "python3"
        ids = [cell["id"] for cell in notebook["cells"]]
        assert len(ids) == len(set(ids))
        assert all(not cell.get("outputs") for cell in notebook["cells"])


def test_questions_are_plain_markdown(book: Path) -> None:
    path = book / "_build" / "notebooks" / "student" / "trials-small.ipynb"
    text = "\n".join(cell["source"] for cell in read(path)["cells"])
    assert "CRS came in 11 of 15\u00a0patients ([Müller et al., 2024](https://doi.org/10.1000/alpha))" in text
    assert "- **B.** [the smaller series](https://doi.org/10.1000/beta)" in text
    assert "claim reset (“The immune system is reset”)" in text
    assert "which part of a CAR decides" in text
    assert "$$\np = 3 / n\n$$" in text
    assert "{" not in text.replace("{math}", "{")


def test_the_same_book_gives_the_same_bytes(book: Path, tmp_path: Path) -> None:
    again = tmp_path / "again"
    build_notebooks(book, load(book), again)
    first = book / "_build" / "notebooks"
    files = [path.relative_to(first) for path in first.rglob("*") if path.is_file()]
    assert len(files) == 10
    assert all((again / name).read_bytes() == (first / name).read_bytes() for name in files)


def test_the_archive_works_in_a_fresh_environment_without_network(book: Path, tmp_path: Path) -> None:
    with zipfile.ZipFile(book / "_build" / "notebooks" / "carta-exercises.zip") as archive:
        archive.extractall(tmp_path)
    folder = tmp_path / "carta-exercises"
    venv.create(tmp_path / "venv", with_pip=False)
    python = tmp_path / "venv" / "bin" / "python"
    pip = [
        sys.executable,
        "-m",
        "pip",
        "--python",
        str(python),
        "install",
        "--no-index",
        "-r",
        "requirements.txt",
    ]
    done = subprocess.run(pip, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    code = (
        "from carta.exercises import check, fact\nassert check('share-with-crs', 73).correct\n"
        "assert not check('binder-or-signal', 'B').correct\nprint(fact('alpha-2024-journal:n').value)"
    )
    run = subprocess.run([python, "-I", "-c", code], cwd="/", capture_output=True, text=True, check=False)
    assert run.stdout == "✓ Right.\nIt is 73.3\u00a0%.\n✗ Not yet.\nIt gives the order to kill, whatever the binder has found.\n15\n", run.stderr  # fmt: skip


def test_a_broken_exercise_leaves_the_last_good_notebooks(tmp_path: Path) -> None:
    root = write_exercises_book(tmp_path)
    out = root / "_build" / "notebooks"
    build_notebooks(root, load(root), out)
    before = {path: path.read_bytes() for path in out.rglob("*") if path.is_file()}
    line = replace(root, CHAPTER, ":kind: estimate", ":kind: guess")
    with pytest.raises(WorkbookError, match=f"{CHAPTER}:{line}: error: `:kind:` is 'guess'"):
        build_notebooks(root, load(root), out)
    assert {path: path.read_bytes() for path in out.rglob("*") if path.is_file()} == before
    assert [path.name for path in out.parent.iterdir()] == ["notebooks"]


def test_links_to_services_are_off_and_can_be_set(tmp_path: Path) -> None:
    root = write_exercises_book(tmp_path)
    base = load(root)

    def links() -> Downloads:
        return write_downloads(root, base, root / "out")

    assert links().chapters["book/trials/small"].launch == {}
    colab = "https://colab.research.google.com/github/x/y/blob/main/notebooks/"
    config = (
        f"sphinx:\n  config:\n    carta_notebooks:\n      site: https://book.example/\n      colab: {colab}\n"
    )
    (root / "_config.yml").write_text(config, encoding="utf-8")
    assert links().chapters["book/trials/small"].launch == {"Colab": f"{colab}trials-small.ipynb"}
    notebook = (root / "out" / "trials-small.ipynb").read_text(encoding="utf-8")
    assert f"[Colab]({colab}trials-small.ipynb)" in notebook
    assert "https://book.example/book/trials/small.html" in notebook
    assert "https://book.example/notebooks/" in notebook
    (root / "_config.yml").write_text(config.replace("https://book", "book"), encoding="utf-8")
    with pytest.raises(SettingsError, match=r"site is 'book\.example/', no address"):
        read_settings(root)


def test_files_of_chapters_that_are_gone_are_removed(tmp_path: Path) -> None:
    root = write_exercises_book(tmp_path)
    folder = root / "out"
    write_downloads(root, load(root), folder)
    kept = (folder / "trials-small.zip").stat().st_mtime_ns
    (folder / "old.ipynb").write_text("{}", encoding="utf-8")
    write_downloads(root, load(root), folder)
    assert not (folder / "old.ipynb").exists()
    assert (folder / "trials-small.zip").stat().st_mtime_ns == kept
