"""The rule of what may import what, as ``pyproject.toml`` states it, holds and can fail."""

from __future__ import annotations

import ast
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PACKAGE = ROOT / "src" / "carta"

#: How a shell would start import-linter, without the path of a script in between.
LINT = "from importlinter.cli import lint_imports_command; lint_imports_command()"


def lint(project: Path) -> subprocess.CompletedProcess[str]:
    """Run the contracts on the ``carta`` package of a project folder, as ``make lint`` does."""
    return subprocess.run(
        [sys.executable, "-c", LINT, str(project / "pyproject.toml"), "--no-cache", "--no-logo"],
        cwd=project / "src",
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )


def foreign_imports(package: Path) -> Iterator[str]:
    """Yield ``file:line: module`` for each import from outside a package and the standard library."""
    own = f"carta.{package.name}"
    for path in sorted(package.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                names = [alias.name for alias in node.names]
            elif isinstance(node, ast.ImportFrom):
                names = ["." * node.level + (node.module or "")]
            else:
                continue
            for name in names:
                within = name == own or name.startswith(f"{own}.")
                if not within and name.partition(".")[0] not in sys.stdlib_module_names:
                    yield f"{path.name}:{node.lineno}: {name}"


def test_every_contract_is_kept() -> None:
    result = lint(ROOT)
    assert result.returncode == 0, result.stdout + result.stderr
    assert " 0 broken" in result.stdout


@pytest.mark.parametrize(
    ("module", "line", "broken"),
    [
        ("evidence/leak.py", "import carta.cli", "carta.evidence.leak -> carta.cli"),
        ("findings.py", "from carta import evidence", "carta.findings -> carta.evidence"),
        ("evidence/leak.py", "import sphinx.application", "carta.evidence.leak -> sphinx"),
        ("cli.py", "from docutils import nodes", "carta.cli -> docutils"),
        ("attic.py", "", "carta.attic"),
    ],
    ids=["upstream", "upstream-file", "sphinx", "sphinx-in-the-command", "room-without-a-place"],
)
def test_a_broken_copy_fails(tmp_path: Path, module: str, line: str, broken: str) -> None:
    copy = tmp_path / "src" / "carta"
    for path in ("findings.py", "cli.py", "__init__.py", "evidence/__init__.py", "site/__init__.py"):
        (copy / path).parent.mkdir(parents=True, exist_ok=True)
        (copy / path).touch()
    (copy / "site" / "__init__.py").write_text("import sphinx\n", encoding="utf-8")
    (copy / "cli.py").write_text("import carta.site\nimport carta.evidence\n", encoding="utf-8")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    sound = lint(tmp_path)
    assert sound.returncode == 0, sound.stdout + sound.stderr

    with (copy / module).open("a", encoding="utf-8") as file:
        file.write(line + "\n")
    result = lint(tmp_path)
    assert result.returncode == 1, result.stdout + result.stderr
    assert broken in result.stdout


def test_exercises_need_nothing_but_python(tmp_path: Path) -> None:
    # They run in a reader's browser, where only the standard library is to be had. What stands in the
    # package's own __init__ is imported with them.
    assert list(foreign_imports(PACKAGE / "exercises")) == []
    whole = tmp_path / "carta"
    whole.mkdir()
    shutil.copy(PACKAGE / "__init__.py", whole)
    assert list(foreign_imports(whole)) == []

    broken = tmp_path / "exercises"
    broken.mkdir()
    (broken / "check.py").write_text("import json\n\nfrom carta.evidence import load\n", encoding="utf-8")
    assert list(foreign_imports(broken)) == ["check.py:3: carta.evidence"]


def test_the_map_names_every_room() -> None:
    text = (ROOT / "ARCHITECTURE.md").read_text(encoding="utf-8")
    rooms = {
        path.stem for path in PACKAGE.iterdir() if path.suffix == ".py" or (path / "__init__.py").exists()
    }
    missing = sorted(room for room in rooms - {"__init__", "__main__"} if f"`carta.{room}`" not in text)
    assert missing == [], "ARCHITECTURE.md does not name these"
