"""Which walls this machine has for student code, found out once by trying."""

from __future__ import annotations

import functools
import os
import shutil
import stat
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

from carta.workbook.sandbox import landlock

#: Namespaces with own network, processes and mounts; the first that works is taken.
_NAMESPACES = ("--net", "--pid", "--ipc", "--mount", "--fork", "--kill-child")


@dataclass(frozen=True)
class Isolation:
    """What keeps code in."""

    #: What is put before the command: ``unshare`` with its options, or nothing.
    prefix: tuple[str, ...]
    #: Whether only some files can be reached.
    files: bool
    #: Whether there is no network at all.
    network: bool
    #: Whether the process runs as nobody.
    drop: bool

    def describe(self) -> str:
        """Say in a sentence what holds and what does not."""
        held = [
            "only its own folder can be written" if self.files else "",
            "no network" if self.network else "",
            "all its processes end with it" if self.prefix else "",
        ]
        open_ = [
            "" if self.files else "files of this user can be read and deleted (no Landlock)",
            "" if self.network else "the network is open" if not self.files else "UDP is open",
        ]
        kept = "; ".join(part for part in held if part) or "limits of time and memory only"
        lacking = "; ".join(part for part in open_ if part)
        return f"Sandbox: {kept}." + (f" Not kept in: {lacking}." if lacking else "")


@functools.cache
def find_isolation() -> Isolation:
    """Return the walls of this machine."""
    prefix: tuple[str, ...] = ()
    is_root = hasattr(os, "geteuid") and os.geteuid() == 0
    tool = shutil.which("unshare")
    if tool is not None:
        for extra in ((), ("--user", "--map-root-user")) if is_root else (("--user", "--map-root-user"),):
            candidate = (tool, *extra, *_NAMESPACES, "--")
            if _works(candidate):
                prefix = candidate
                break
    return Isolation(
        prefix=prefix,
        files=sys.platform == "linux" and landlock.version() >= 1,
        network=bool(prefix),
        drop=is_root and "--user" not in prefix and _anyone_may_read(Path(sys.base_prefix)),
    )


def _works(prefix: tuple[str, ...]) -> bool:
    try:
        done = subprocess.run([*prefix, "true"], capture_output=True, timeout=10, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


def _anyone_may_read(folder: Path) -> bool:
    """Whether a stranger can walk to a folder and to that of the environment."""
    for place in (folder, Path(sys.prefix), Path(__file__).parent):
        for step in (place.resolve(), *place.resolve().parents):
            if not step.stat().st_mode & stat.S_IXOTH:
                return False
    return True
