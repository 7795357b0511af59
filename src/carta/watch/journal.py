"""Writing several files as one act: all of them, or none, whatever happens in between.

The new files are first written beside the project's own, in ``.carta-apply/``, and synced to disk. Then a journal
that names them is put in place with one rename: from that moment the act counts as done. Only then are the files
moved to their places, each with one rename. Whoever finds a journal finishes the moves; whoever finds staged files
without one throws them away. So a crash, a full disk or Ctrl-C costs at most the act, and never half of it.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from filelock import FileLock, Timeout

from carta.files import write_bytes_atomically

STAGING = ".carta-apply"
_JOURNAL = "journal.json"
#: Held by the one apply that is at work; among the built files, so that it is in no change set.
_LOCK = "_build/.carta-watch.lock"


class JournalError(Exception):
    """An act that cannot be finished, or another one under way."""


def is_pending(root: Path) -> bool:
    """Return whether an act was decided and not finished."""
    return (root / STAGING / _JOURNAL).exists()


@contextmanager
def alone(root: Path) -> Iterator[None]:
    """Keep other applies away from the project while the block runs; the system frees the lock of one that dies.

    Raises:
        JournalError: when another one is at work.
        OSError: when the lock cannot be made.
    """
    place = root / _LOCK
    place.parent.mkdir(parents=True, exist_ok=True)
    try:
        with FileLock(place, timeout=0):
            yield
    except Timeout as error:
        raise JournalError(
            f"another 'carta watch --apply' is at work in {root}; nothing was asked or changed. "
            "Wait until it has ended, then run this one again"
        ) from error


def write_together(root: Path, files: Mapping[str, tuple[bytes | None, bytes]]) -> None:
    """Write files (path relative to the root: what stands there now, or ``None``; what shall stand there).

    Raises:
        JournalError: when a file is no longer what it was, or another act is under way.
        OSError: when the files cannot be staged; nothing was changed then.
    """
    if not files:
        return
    staging = root / STAGING
    if is_pending(root):
        raise JournalError(f"{staging}: an earlier act is not finished; run 'carta watch --apply' again")
    shutil.rmtree(staging, ignore_errors=True)
    try:
        staging.mkdir()
        entries = []
        for number, (name, (old, new)) in enumerate(sorted(files.items())):
            path = root / name
            if (path.read_bytes() if path.exists() else None) != old:
                raise JournalError(f"{path} changed while the watch ran; run it again")
            write_bytes_atomically(staging / f"{number:05d}", new)
            entries.append({"path": name, "staged": f"{number:05d}", "old": _hash(old), "new": _hash(new)})
        _sync(staging)
        write_bytes_atomically(staging / _JOURNAL, json.dumps(entries, indent=1).encode())
        _sync(staging)
    except BaseException:
        if not is_pending(root):
            shutil.rmtree(staging, ignore_errors=True)
        raise
    finish(root)


def finish(root: Path) -> list[str]:
    """Finish an act that was decided, drop one that was not, and return the files that were put in place.

    Raises:
        JournalError: when a file was edited since; nothing of the act is lost, and the message says where it lies.
    """
    staging = root / STAGING
    if not is_pending(root):
        shutil.rmtree(staging, ignore_errors=True)
        return []
    entries = json.loads((staging / _JOURNAL).read_bytes())
    moved = []
    # First look, then move: a conflict is found before anything is changed further.
    for entry in entries:
        path = root / entry["path"]
        if _hash(path.read_bytes() if path.exists() else None) not in (entry["old"], entry["new"]):
            raise JournalError(
                f"{path} was edited after an apply was cut short. Its new text is {staging / entry['staged']}: "
                f"join the two by hand, then remove {staging}"
            )
    for entry in entries:
        path, staged = root / entry["path"], staging / entry["staged"]
        if _hash(path.read_bytes() if path.exists() else None) != entry["new"]:
            path.parent.mkdir(parents=True, exist_ok=True)
            os.replace(staged, path)
            _sync(path.parent)
        moved.append(entry["path"])
    # The journal goes first: staged files without one are rubbish, a journal without them is not.
    (staging / _JOURNAL).unlink()
    shutil.rmtree(staging, ignore_errors=True)
    return moved


def _hash(content: bytes | None) -> str | None:
    return None if content is None else hashlib.sha256(content).hexdigest()


def _sync(folder: Path) -> None:
    """Make renames in a folder last, where the system can."""
    try:
        descriptor = os.open(folder, os.O_RDONLY)
    except OSError:
        return
    try:
        os.fsync(descriptor)
    except OSError:
        pass
    finally:
        os.close(descriptor)
