"""Applying: all of it or nothing, whatever cuts it short."""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from carta.evidence import load
from carta.evidence.yaml_edit import remove_field, set_field
from carta.evidence.yaml_files import parse
from carta.files import write_bytes_atomically
from carta.watch import journal
from carta.watch.journal import JournalError, finish, is_pending, write_together
from index_server import indexes
from watched_project import eventful_world, files, found, run, watched_project


def _apply_and_die(root: Path, step: int) -> None:
    """Write three files as one act and be killed at the given call to the system, as by a crash or power cut."""
    count = 0

    def dying(real: Callable[..., Any]) -> Callable[..., Any]:
        def act(*args: Any, **options: Any) -> Any:
            nonlocal count
            if count == step:
                os.kill(os.getpid(), signal.SIGKILL)
            count += 1
            return real(*args, **options)

        return act

    os.replace = dying(os.replace)
    os.fsync = dying(os.fsync)
    Path.unlink = dying(Path.unlink)  # type: ignore[method-assign]
    shutil.rmtree = dying(shutil.rmtree)  # type: ignore[assignment]
    names = ("a.yaml", "b.yaml", "c/d.yaml")
    old = {name: (root / name).read_bytes() if (root / name).exists() else None for name in names}
    write_together(root, {name: (before, f"new {name}".encode()) for name, before in old.items()})


def _small(root: Path) -> Path:
    root.mkdir()
    (root / "a.yaml").write_text("old a", encoding="utf-8")
    (root / "b.yaml").write_text("old b", encoding="utf-8")
    return root


def test_of_two_applies_at_once_one_works_and_the_other_says_so(tmp_path: Path) -> None:
    root = watched_project(tmp_path / "project")
    world = eventful_world()
    asked, answer = threading.Event(), threading.Event()
    path = "/ct/studies"

    def slow(handler: Any) -> None:
        # The first run is held in the middle of its questions.
        asked.set()
        answer.wait(60)
        world.faults.clear()
        handler.do_GET()

    world.faults[path] = [slow]
    command = [sys.executable, "-m", "carta", "watch", "--apply", "--quiet", "--root", str(root)]
    command += ["--cache", str(root / "_build" / "cache")]
    with indexes(world) as environment:
        settings = {**os.environ, **environment, "CARTA_WATCH_TIMEOUT": "60"}
        first = subprocess.Popen(
            command, env=settings, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        try:
            assert asked.wait(60)
            before = files(root)
            second = subprocess.run(command, env=settings, capture_output=True, text=True, check=False)
            assert second.returncode == 2
            assert "another 'carta watch --apply' is at work" in second.stderr
            assert files(root) == before
        finally:
            answer.set()
        said, errors = first.communicate(timeout=60)
    assert first.returncode == 1, said + errors
    assert (root / "evidence/trials/NCT00000002.yaml").is_file()
    # The lock is free again.
    with indexes(world) as environment:
        assert run(root, environment, "--apply").exit_code == 0


def test_killed_at_any_step_it_is_all_or_nothing(tmp_path: Path) -> None:
    old = {"a.yaml": b"old a", "b.yaml": b"old b"}
    new = {"a.yaml": b"new a.yaml", "b.yaml": b"new b.yaml", "c/d.yaml": b"new c/d.yaml"}
    outcomes = set()
    for step in range(60):
        root = _small(tmp_path / f"{step}")
        child = os.fork()
        if child == 0:
            try:
                _apply_and_die(root, step)
            finally:
                os._exit(0)
        _, status = os.waitpid(child, 0)
        finish(root)
        left = files(root)
        assert left in (old, new), f"killed at step {step}: {left}"
        assert not (root / journal.STAGING).exists()
        outcomes.add(("new" if left == new else "old", os.WIFSIGNALED(status)))
        if not os.WIFSIGNALED(status):
            break
    # Killed early it is undone, killed late it is finished, and the last child was not killed at all.
    assert outcomes == {("old", True), ("new", True), ("new", False)}


@pytest.mark.parametrize("number", range(6))
def test_a_full_disk_or_ctrl_c_while_staging_changes_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    root = watched_project(tmp_path / "project")
    before = files(root)
    calls = 0
    real = write_bytes_atomically

    def failing(path: Path, content: bytes) -> None:
        nonlocal calls
        calls += 1
        if calls == number + 1:
            raise OSError(28, "No space left on device") if number % 2 else KeyboardInterrupt
        real(path, content)

    with indexes(eventful_world()) as environment:
        monkeypatch.setattr(journal, "write_bytes_atomically", failing)
        if number % 2:
            result = run(root, environment, "--apply")
            assert result.exit_code == 2 and "No space left on device" in result.stderr
        else:
            assert run(root, environment, "--apply").exit_code != 0
        assert calls == number + 1
        assert files(root) == before
        monkeypatch.setattr(journal, "write_bytes_atomically", real)
        assert run(root, environment, "--apply").exit_code == 1
        assert found(root, environment)["exit_code"] == 0


def test_an_apply_cut_short_is_finished_by_the_next(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    root = watched_project(tmp_path / "project")
    real = os.replace

    def stops(source: object, target: Path) -> None:
        if Path(target).name == "watch.yaml":
            raise OSError(5, "Input/output error")
        real(source, target)  # type: ignore[arg-type]

    with indexes(eventful_world()) as environment:
        monkeypatch.setattr(os, "replace", stops)
        assert run(root, environment, "--apply").exit_code == 2
        monkeypatch.setattr(os, "replace", real)
        assert is_pending(root)
        plain = run(root, environment)
        assert plain.exit_code == 2 and "carta watch --apply" in plain.stderr
        assert run(root, environment, "--apply").exit_code == 0
    assert load(root).trial("NCT00000001").enrollment == 6
    assert load(root).watched().last_complete is not None


def test_a_file_edited_meanwhile_is_not_lost(tmp_path: Path) -> None:
    root = _small(tmp_path / "root")
    with pytest.raises(JournalError, match="changed while the watch ran"):
        write_together(root, {"a.yaml": (b"older a", b"new a")})
    assert files(root) == {"a.yaml": b"old a", "b.yaml": b"old b"}


def test_one_field_changes_and_nothing_else() -> None:
    text = """\
# Head.
title: A title that is folded over
  two lines
countries:
  - Norway
  # A remark within.
  - Germany
note: |
  A block.

# Foot of note.
flow: [a, b]   # kept
last: 1
"""
    changed = set_field(text, "title", "Short: with a colon")
    assert changed == text.replace(
        "title: A title that is folded over\n  two lines", "title: 'Short: with a colon'"
    )
    assert set_field(text, "flow", 2) == text.replace("[a, b]", "2")
    assert set_field(text, "countries", ["NO"]).count("- 'NO'\n") == 1, "a country must not become false"
    assert parse(set_field(text, "added", "x"))["added"] == "x"
    placed = set_field(text, "added", "x")
    assert placed.index("added: x\n") < placed.index("note: |")
    assert remove_field(text, "note") == text.replace("note: |\n  A block.\n", "")
    for flow in ("{a: 1}", "- a\n"):
        with pytest.raises(ValueError, match="no mapping"):
            set_field(flow, "a", 2)
