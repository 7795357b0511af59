"""Exercises where nobody presses a button: paper and plain text have the questions in place and the solutions apart."""

from __future__ import annotations

import io

import pytest

from exercise_pages import write_exercise_book


@pytest.fixture(scope="module")
def written(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """Return what the builders for LaTeX and for text write, by file name; both without a warning."""
    from jupyter_book.config import get_final_config  # type: ignore[import-untyped]
    from sphinx.application import Sphinx
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    root = write_exercise_book(tmp_path_factory.mktemp("elsewhere"))
    config, _ = get_final_config(
        user_yaml=root / "_config.yml",
        cli_config={"external_toc_path": str(root / "_toc.yml"), "latex_individualpages": False},
        sourcedir=root,
    )
    found: dict[str, str] = {}
    for builder in ("latex", "text"):
        warnings = io.StringIO()
        with patch_docutils(None), docutils_namespace():
            app = Sphinx(
                srcdir=root, confdir=None, outdir=root / "out" / builder, doctreedir=root / "out" / "trees",
                buildername=builder, confoverrides=config, status=None, warning=warnings,
            )  # fmt: skip
            app.build()
        assert "exercise" not in warnings.getvalue(), warnings.getvalue()
        for path in (root / "out" / builder).rglob("*"):
            if path.suffix in (".tex", ".txt"):
                found[f"{builder}:{path.name}"] = " ".join(path.read_text(encoding="utf-8").split())
    return found


def test_text_has_questions_in_the_chapter_and_solutions_in_the_appendix(written: dict[str, str]) -> None:
    chapter, solutions = written["text:chapter.txt"], written["text:solutions.txt"]
    for words in ("Which part decides?", "The hinge", "Upper limit of a proportion"):
        assert words in chapter and words not in solutions, words
    for words in (
        "Look outside.",
        "The binder, [",
        "It gives the order.",
        "The share is 73.33",
        "return min(1, 3 / n)",
    ):
        assert words in solutions and words not in chapter, words
    # Tests and wrong code are shown nowhere.
    assert "expect_close" not in chapter + solutions and "return 1 / n" not in chapter + solutions
    assert "Exercise 1 of A chapter" in written["text:other.txt"]
    assert "Code" in written["text:exercises.txt"]


def test_latex_has_each_part_once(written: dict[str, str]) -> None:
    (tex,) = [
        text for name, text in written.items() if name.startswith("latex:") and "Which part decides?" in text
    ]
    for words in (
        "Which part decides?",
        "Look outside.",
        "It gives the order.",
        "You divided the wrong way round.",
    ):
        assert tex.count(words) == 1, words
    assert tex.index("Which part decides?") < tex.index("Look outside.")
