"""Linux's Landlock: a process gives up, for good, all files but some, and TCP. Needs no rights and no tools.

Loaded inside the sandbox, so the standard library is all it uses. The numbers are those of the kernel's
``uapi/linux/landlock.h``.
"""

from __future__ import annotations

import ctypes
import os
import struct
from collections.abc import Iterable

_CREATE, _ADD_RULE, _RESTRICT = 444, 445, 446
_VERSION_FLAG = 1
_PATH_BENEATH = 1
_NO_NEW_PRIVS = 38

_EXECUTE, _WRITE_FILE, _READ_FILE, _READ_DIR = 1, 2, 4, 8
#: All rights on files of the first version: thirteen bits.
_FIRST = (1 << 13) - 1
_REFER, _TRUNCATE, _IOCTL = 1 << 13, 1 << 14, 1 << 15
_TCP = 3
#: Signals to processes outside, and abstract sockets.
_SCOPES = 3
_READ = _EXECUTE | _READ_FILE | _READ_DIR
#: Rights that a rule on a file may name.
_ON_FILES = _EXECUTE | _WRITE_FILE | _READ_FILE | _TRUNCATE | _IOCTL


def version() -> int:
    """Return the version of Landlock that the kernel offers; 0 where it offers none."""
    try:
        found = int(_libc().syscall(_CREATE, None, ctypes.c_size_t(0), ctypes.c_uint(_VERSION_FLAG)))
    except (AttributeError, OSError):
        return 0
    return max(found, 0)


def restrict(readable: Iterable[str], writable: Iterable[str]) -> None:
    """Take from this process and its children every file but those below the given paths, and TCP.

    Raises:
        OSError: when the kernel refuses.
    """
    libc = _libc()
    abi = version()
    if abi < 1:
        raise OSError("the kernel has no Landlock")
    handled = _FIRST
    for since, right in ((2, _REFER), (3, _TRUNCATE), (5, _IOCTL)):
        if abi >= since:
            handled |= right
    attributes = struct.pack("Q", handled)
    if abi >= 4:
        attributes += struct.pack("Q", _TCP)
    if abi >= 6:
        attributes += struct.pack("Q", _SCOPES)
    ruleset = _done(libc.syscall(_CREATE, attributes, ctypes.c_size_t(len(attributes)), ctypes.c_uint(0)))
    try:
        for path in readable:
            _allow(libc, ruleset, path, _READ & handled)
        for path in writable:
            _allow(libc, ruleset, path, handled)
        _done(libc.prctl(_NO_NEW_PRIVS, 1, 0, 0, 0))
        _done(libc.syscall(_RESTRICT, ruleset, ctypes.c_uint(0)))
    finally:
        os.close(ruleset)


def _allow(libc: ctypes.CDLL, ruleset: int, path: str, rights: int) -> None:
    try:
        place = os.open(path, os.O_PATH | os.O_CLOEXEC)
    except FileNotFoundError:
        return
    try:
        if not os.path.isdir(path):  # noqa: PTH112  no pathlib before the restriction
            rights &= _ON_FILES
        rule = struct.pack("=Qi", rights, place)
        _done(libc.syscall(_ADD_RULE, ruleset, _PATH_BENEATH, rule, ctypes.c_uint(0)))
    finally:
        os.close(place)


def _libc() -> ctypes.CDLL:
    return ctypes.CDLL(None, use_errno=True)


def _done(result: int) -> int:
    if result < 0:
        number = ctypes.get_errno()
        raise OSError(number, os.strerror(number))
    return result
