"""What a good build was made from and what it left, so that one with nothing to do is known before Sphinx is started.

Everything that pages may depend on is in it: the project's files, our own code, the installed packages, the day, and the
environment's settings. A result that was touched since is built again.
"""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from importlib.metadata import distributions
from pathlib import Path

from carta.files import digest, write_text_atomically
from carta.site.notices import build_day

#: Folders of a project that no page is made from.
_BESIDE = {"_build", "node_modules", "__pycache__"}

#: Settings of the environment that pages may depend on.
_VARIABLES = ("SOURCE_DATE_EPOCH", "LANG", "LC_ALL", "LANGUAGE", "TZ")


@dataclass(frozen=True)
class Receipt:
    """Of one build."""

    #: Digest of what it was made from.
    sources: str
    #: Digest of the names, sizes and times of what it left.
    result: str
    warnings: list[str]


def sources(root: Path, settings: Mapping[str, object]) -> str:
    """Return the digest of everything that a build of the project may depend on.

    Args:
        root: the project.
        settings: what was asked of the build.
    """
    parts: list[bytes | str] = [
        sys.version,
        repr(sorted(settings.items())),
        build_day().isoformat(),
        repr([(name, os.environ.get(name)) for name in _VARIABLES]),
        repr(sorted(item for item in os.environ.items() if item[0].startswith("CARTA_"))),
        repr(sorted((one.name, one.version) for one in distributions())),
    ]
    files = {*_files(root), *_files(Path(__file__).parents[1])}
    # What npm says it has installed, of which Python for the browser is copied into the site.
    installed = (folder / "node_modules" / ".package-lock.json" for folder in (root, *root.parents))
    files.update(path for path in installed if path.is_file())
    for path in sorted(files):
        parts += [path.as_posix(), path.read_bytes()]
    return digest(*parts)


def _files(folder: Path) -> Iterator[Path]:
    for path, folders, names in os.walk(folder):
        folders[:] = sorted(name for name in folders if name not in _BESIDE and not name.startswith("."))
        yield from (Path(path, name) for name in sorted(names) if not name.startswith("."))


def result(out: Path) -> str:
    """Return the digest of the names, sizes and times of the files in a folder; that of nothing where it is missing."""
    found = ((path.relative_to(out).as_posix(), path.stat()) for path in _files(out))
    return digest(repr([(name, status.st_size, status.st_mtime_ns) for name, status in found]))


def read(place: Path) -> Receipt | None:
    """Return the receipt in a file, or nothing where it is missing or damaged."""
    try:
        return Receipt(**json.loads(place.read_text(encoding="utf-8")))
    except (OSError, ValueError, TypeError):
        return None


def write(place: Path, receipt: Receipt) -> None:
    """Keep a receipt."""
    write_text_atomically(place, json.dumps(vars(receipt)))
