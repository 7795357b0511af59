"""A forked kernel gives what a new interpreter gives, and forks know nothing of each other."""

from __future__ import annotations

import json
import os
import sys
from pathlib import Path
from typing import Any

import pytest
from myst_nb.core.read import read_myst_markdown_notebook
from myst_parser.config.main import MdParserConfig

from carta.site import kernel_fork
from carta.site.kernel_fork import libraries
from carta.site.lanes import longest_first, run_all
from carta.site.notebook_run import Notebook, Run, run_notebook
from small_book import ROOT, copy_small_book

needs_fork = pytest.mark.skipif(
    not sys.platform.startswith("linux"), reason="kernels are forked on Linux alone"
)


def notebook(root: Path, docname: str) -> Notebook:
    path = root / f"{docname}.md"
    settings = MdParserConfig(enable_extensions={"colon_fence"})
    content = read_myst_markdown_notebook(
        path.read_text(encoding="utf-8"), settings, "{code-cell}", "{raw-cell}", path=path
    )
    return Notebook(docname, path, content, 300)


def write(root: Path, docname: str, code: str) -> Notebook:
    text = f"---\nkernelspec: {{name: python3, display_name: Python 3}}\n---\n# Page\n\n```{{code-cell}} python3\n{code}\n```\n"
    (root / f"{docname}.md").write_text(text, encoding="utf-8")
    return notebook(root, docname)


def forked(notebooks: list[Notebook], root: Path) -> dict[str, Run]:
    runs = run_all(
        notebooks, {}, lambda one, server, converter: run_notebook(one, root, None, server, converter)
    )
    return {one.docname: done.result() for one, done in runs}


def shown(run: Run) -> list[Any]:
    return [
        [dict(output) for output in cell.outputs] for cell in run.content.cells if cell.cell_type == "code"
    ]


@needs_fork
def test_real_chapters_come_out_the_same_to_the_byte() -> None:
    # Glued NumPy numbers, figures in all four forms, tables, and pooled results.
    notebooks = [notebook(ROOT, name) for name in ("book/safety/grading", "book/trials/synthesis")]
    new = {one.docname: run_notebook(one, ROOT) for one in notebooks}
    # Four that draw, so that a converter is shared as in a whole build.
    again = [notebook(ROOT, "book/safety/grading")] * 2
    forks = forked([*notebooks, *again], ROOT)
    for name, run in forks.items():
        assert json.dumps(shown(run), default=str) == json.dumps(shown(new[name]), default=str), name
        assert run.questions == new[name].questions
        assert run.files == new[name].files


@needs_fork
def test_forks_are_apart_and_find_what_lies_beside_them(tmp_path: Path) -> None:
    root = copy_small_book(tmp_path / "a book")
    leave = "import os, builtins, helper, pandas\nbuiltins.left = 1\nos.environ['LEFT'] = '1'\npandas.left = 1\nprint(helper.STEPS)"
    look = (
        "import os, sys, builtins, threading, pandas\n"
        "print(hasattr(builtins, 'left'), 'LEFT' in os.environ, hasattr(pandas, 'left'), 'helper' in sys.modules)\n"
        "print(os.path.basename(os.getcwd()), sys.argv[0], os.environ['PYTHONHASHSEED'], sys.modules['__main__'].__dict__ is globals())"
    )
    runs = forked([write(root, "book/one", leave), write(root, "book/two", look)], root)
    words = [output["text"] for cell in shown(runs["book/two"]) for output in cell]
    plain = run_notebook(notebook(root, "book/two"), root)
    assert "".join(words).splitlines()[0] == "False False False False"
    assert [output["text"].split()[4:5] for cell in shown(plain) for output in cell] == [
        text.split()[4:5] for text in words
    ]
    assert str((root / "book/helper.py").resolve()) in runs["book/one"].files


@needs_fork
def test_a_server_with_more_threads_is_not_forked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = copy_small_book(tmp_path / "a book")
    (tmp_path / "threaded.py").write_text(
        "import threading\nthreading.Thread(target=threading.Event().wait, daemon=True).start()\n",
        encoding="utf-8",
    )
    monkeypatch.setenv("PYTHONPATH", f"{ROOT / 'src'}:{tmp_path}")
    with kernel_fork.KernelServer(["threaded"]) as server:
        assert not server.is_safe
        run = run_notebook(write(root, "book/one", "import os\nprint(os.getppid())"), root, None, server)
    # Its parent is this process, not the server.
    assert shown(run)[0][0]["text"].strip() == str(os.getpid())


def test_only_what_two_notebooks_want_is_imported_ahead() -> None:
    assert libraries(["import pandas as pd", "print(1)"]) == []
    assert libraries(["%matplotlib inline\nimport pandas as pd", "from pandas import DataFrame"]) == [
        "pandas"
    ]
    ahead = libraries(["from carta.figures import show", "from carta.figures.theme import INK"])
    assert {"altair", "vl_convert", "scipy.stats"} <= set(ahead)
    assert not [name for name in ahead if name.startswith("carta")]


def test_the_longest_begins_first(tmp_path: Path) -> None:
    root = copy_small_book(tmp_path / "a book")
    short, long, new = (
        write(root, f"book/{name}", code) for name, code in (("a", "1"), ("b", "22"), ("c", "333333"))
    )
    assert [one.docname for one in longest_first([short, long], {"book/a": 1.0, "book/b": 9.0})] == [
        "book/b",
        "book/a",
    ]
    # One that never ran is guessed from its code: six characters, at ten seconds for the three of the others.
    order = longest_first([short, long, new], {"book/a": 1.0, "book/b": 9.0})
    assert [one.docname for one in order] == ["book/c", "book/b", "book/a"]
