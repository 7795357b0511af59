"""The sandbox holds with each of the walls that machines have."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from carta.workbook.sandbox import isolation
from carta.workbook.sandbox.isolation import Isolation, find_isolation
from carta.workbook.sandbox.plain import Foreign, pack, unpack
from carta.workbook.sandbox.session import Limits, Sandbox, SandboxError, StudentError
from needs import lacking

_USER_NAMESPACE = (
    shutil.which("unshare") or "unshare",
    "--user",
    "--map-root-user",
    *isolation._NAMESPACES,
    "--",
)
WALLS = {
    "as found": find_isolation(),
    "an ordinary user's namespaces": Isolation(_USER_NAMESPACE, files=True, network=True, drop=False),
    "no namespaces": Isolation((), files=True, network=False, drop=False),
}


def walls(name: str) -> Isolation:
    found = WALLS[name]
    if not find_isolation().files:
        lacking("no Landlock here (Linux 5.13 or later)")
    if found.prefix and not isolation._works(found.prefix):
        pytest.skip("this system allows no namespaces of that kind")
    return found


@pytest.mark.parametrize("name", WALLS)
def test_code_reaches_its_own_folder_and_nothing_else(name: str, tmp_path: Path) -> None:
    secret = tmp_path / "secret.txt"
    secret.write_text("the answer", encoding="utf-8")
    with Sandbox({"a:b": {"value": 3}}, Limits(cell_seconds=2, total_seconds=20), walls(name)) as sandbox:
        assert sandbox.run("open('own', 'w').write('x')\nprint(fact('a:b').value)", "c").printed == "3\n"
        for code in (
            f"open({str(secret)!r}).read()",
            f"open({str(secret)!r}, 'w')",
            f"import os; os.remove({str(secret)!r})",
            f"import os; os.listdir({str(tmp_path)!r})",
            "import os; os.fork()",
            "import subprocess; subprocess.run(['true'])",
            "import socket; socket.create_connection(('127.0.0.1', 9), 1)",
        ):
            error = sandbox.run(code, "c").error
            assert "Permission" in error or "unreachable" in error, (code, error)
    assert secret.read_text(encoding="utf-8") == "the answer"


def test_functions_are_called_across_the_wall_with_plain_values() -> None:
    with Sandbox({}, Limits(cell_seconds=2, total_seconds=20), walls("as found")) as sandbox:
        code = (
            "class Odd(ValueError): pass\n"
            "def f(x, *, y=0):\n"
            "    if x == 'own': raise Odd('odd')\n"
            "    if x == 'none': raise Exception('plain')\n"
            "    if x == 'type': return Odd\n"
            "    if x == 'loop':\n        while True: pass\n"
            "    return x, {'y': y}, {1, 2}, float('inf')"
        )
        ran, defined = sandbox.fresh(code, "e", "f")
        assert defined and not ran.error
        f = sandbox.function("e")
        assert f([1], y=(2, None)) == ([1], {"y": (2, None)}, {1, 2}, float("inf"))
        assert f("type") == Foreign("Odd")
        with pytest.raises(ValueError, match="odd"):
            f("own")
        with pytest.raises(StudentError, match="plain"):
            f("none")
        with pytest.raises(StudentError, match="more than 2 seconds"):
            f("loop")
        with pytest.raises(SandboxError, match="ended"):
            sandbox.run("import os; os._exit(3)", "c")


@pytest.mark.parametrize(
    "value", [None, True, 3, -0.5, "ü", [1, [2]], (1, "a"), {"k": {1}}, {1: (None,)}, frozenset({2}), ...]
)
def test_plain_values_come_back_as_they_were(value: object) -> None:
    assert unpack(pack(value)) == value
    assert type(unpack(pack(value))) is type(value)


@pytest.mark.parametrize(
    "forged",
    [{"set": [{"list": []}]}, {"dict": [[1]]}, {"eval": "1"}, [1], {"float": "1e999"}, {"a": 1, "b": 2}],
)
def test_forged_values_are_refused(forged: object) -> None:
    with pytest.raises(ValueError):
        unpack(forged)


def test_a_value_within_itself_is_foreign() -> None:
    endless: list[object] = []
    endless.append(endless)
    assert "nested too deeply" in repr(unpack(pack(endless)))
