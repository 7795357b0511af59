"""Files: where the project is, atomic writes, and a cache keyed on content."""

from __future__ import annotations

import contextlib
import hashlib
import os
import pickle
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TypeVar

from platformdirs import user_cache_path

T = TypeVar("T")

#: Names the root of a project for a process that runs elsewhere, such as a notebook's kernel.
ROOT_VARIABLE = "CARTA_ROOT"

#: Names the socket of a process that converts charts (:mod:`carta.figures.converter`).
CONVERTER_VARIABLE = "CARTA_CONVERTER"


class ProjectNotFoundError(Exception):
    """No folder with ``evidence/`` and ``references.bib`` at or above the starting point."""


def find_root(start: Path | None = None) -> Path:
    """Return the project's root: the nearest folder upwards that holds ``evidence/`` and ``references.bib``.

    Without ``start`` the environment variable ``CARTA_ROOT`` decides, then the working folder.

    Raises:
        ProjectNotFoundError: when there is none.
    """
    if start is None and (named := os.environ.get(ROOT_VARIABLE)):
        start = Path(named)
    origin = (start or Path.cwd()).resolve()
    for folder in (origin, *origin.parents):
        if (folder / "evidence").is_dir() and (folder / "references.bib").is_file():
            return folder
    raise ProjectNotFoundError(
        f"{origin}: no CARTA project here or above (it has a folder evidence/ and a file references.bib). "
        "Change into the project's folder, or name it with --root."
    )


def write_bytes_atomically(path: Path, content: bytes) -> None:
    """Write the whole content or leave the old file as it was."""
    path.parent.mkdir(parents=True, exist_ok=True)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=".tmp")
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(content)
            stream.flush()
            os.fsync(stream.fileno())
        # mkstemp makes a private file; a written file should have the usual rights.
        mask = os.umask(0)
        os.umask(mask)
        os.chmod(name, 0o666 & ~mask)
        os.replace(name, path)
    except BaseException:
        Path(name).unlink(missing_ok=True)
        raise


def write_text_atomically(path: Path, content: str) -> None:
    """Write UTF-8 text with ``\\n`` line ends, the whole of it or nothing."""
    write_bytes_atomically(path, content.encode("utf-8"))


def write_changed(folder: Path, files: Mapping[str, bytes]) -> list[Path]:
    """Make a folder that is ours alone hold these files and no others; what is as it was is left alone.

    Args:
        folder: made where it is missing.
        files: name, with ``/`` between folders, to content; each is written whole or not at all.

    Returns all of them, in order.
    """
    for name, content in files.items():
        path = folder / name
        if not path.is_file() or path.read_bytes() != content:
            write_bytes_atomically(path, content)
    for path in folder.rglob("*"):
        if path.is_file() and path.relative_to(folder).as_posix() not in files:
            path.unlink()
    return [folder / name for name in files]


def digest(*parts: bytes | str) -> str:
    """Return a short hexadecimal digest (BLAKE2b, 128 bit) of the parts in order."""
    state = hashlib.blake2b(digest_size=16)
    for part in parts:
        raw = part.encode("utf-8", "surrogatepass") if isinstance(part, str) else part
        # The length keeps ("ab", "c") and ("a", "bc") apart.
        state.update(len(raw).to_bytes(8, "big"))
        state.update(raw)
    return state.hexdigest()


def cached(kind: str, key: str, compute: Callable[[], T], folder: Path | None = None) -> T:
    """Return ``compute()``, remembered on disk under ``kind`` and the digest ``key`` of all its input.

    The cache may be deleted at any time. A damaged file is computed again; a cache that cannot be
    written costs time and nothing else. One file a kind and project is kept, so that it does not grow.
    """
    place = (folder or user_cache_path("carta")) / f"{kind}.pickle"
    try:
        remembered_key, value = pickle.loads(place.read_bytes())
        if remembered_key == key:
            return value  # type: ignore[no-any-return]
    except Exception:  # noqa: BLE001  a pickle of another version may raise anything
        pass
    value = compute()
    with contextlib.suppress(OSError):
        write_bytes_atomically(place, pickle.dumps((key, value), protocol=pickle.HIGHEST_PROTOCOL))
    return value
