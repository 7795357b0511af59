"""One sandboxed process seen from outside: cells go in, answers come out, and time is kept."""

from __future__ import annotations

import builtins
import contextlib
import json
import os
import selectors
import shutil
import signal
import subprocess
import sys
import sysconfig
import tempfile
import time
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import carta
import carta.exercises
from carta.workbook.sandbox.isolation import Isolation, find_isolation
from carta.workbook.sandbox.plain import pack, unpack

_INSIDE = Path(__file__).with_name("inside.py")
#: Time on top of a piece's own, before the process is taken down from outside.
_GRACE = 1.0
#: Bytes of one line; more is an attack.
_LONGEST_LINE = 1 << 20
#: Answers of one cell; more is an attack.
_MOST_LINES = 2000


class SandboxError(Exception):
    """The process is gone or does not follow the rules; the message is for a teacher."""


class StudentError(Exception):
    """An error of a student's function that is none of Python's own kinds."""


@dataclass(frozen=True)
class Limits:
    """What one process may use."""

    #: Seconds for one cell, or one call of a function.
    cell_seconds: float = 10.0
    #: Seconds of wall time and of processor time for everything.
    total_seconds: float = 60.0
    memory_bytes: int = 1 << 29
    #: Bytes that can be written to files.
    disk_bytes: int = 1 << 26
    processes: int = 32


@dataclass
class Ran:
    """What came of one cell."""

    #: Empty where nothing went wrong.
    error: str
    #: The beginning of what was printed.
    printed: str
    #: Answers in the order of their checks: identifier and plain value.
    answers: list[tuple[str, Any]] = field(default_factory=list)


class Sandbox:
    """A process that runs student code. Use it in a ``with`` statement.

    Args:
        facts: what ``fact()`` knows, by name.
        limits: of time and space.
        isolation: the walls; those of the machine where not given.

    Raises:
        SandboxError: from every method, when the process has ended, hangs, or breaks the protocol.
    """

    def __init__(
        self,
        facts: Mapping[str, Mapping[str, Any]],
        limits: Limits | None = None,
        isolation: Isolation | None = None,
    ) -> None:
        self._facts = facts
        self._limits = limits or Limits()
        self._isolation = isolation or find_isolation()
        self._buffer = b""

    def __enter__(self) -> Self:
        self._folder = Path(tempfile.mkdtemp(prefix="carta-sandbox-"))
        try:
            self._start()
        except BaseException:
            self._end()
            raise
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._end()

    def _start(self) -> None:
        # Readable by whoever the process becomes; it holds nothing secret.
        self._folder.chmod(0o755)
        work, library = self._folder / "work", self._folder / "library"
        work.mkdir()
        work.chmod(0o777)
        _copy_exercises(library)
        self._deadline = time.monotonic() + self._limits.total_seconds
        self._process = subprocess.Popen(
            [*self._isolation.prefix, sys.executable, "-I", "-B", str(_INSIDE)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            cwd=self._folder,
            env={"PATH": os.defpath, "LANG": "C.UTF-8", "HOME": str(work), "TMPDIR": str(work)},
            start_new_session=True,
        )
        self._send(self._setup(work, library))
        message = self._receive(30.0)
        if message.get("ready") is not True:
            raise SandboxError("the sandbox did not start")

    def _setup(self, work: Path, library: Path) -> dict[str, Any]:
        limits = self._limits
        seconds = int(limits.total_seconds) + 1
        walls = {
            "RLIMIT_CPU": [seconds, seconds + 1],
            "RLIMIT_AS": [limits.memory_bytes] * 2,
            "RLIMIT_FSIZE": [limits.disk_bytes] * 2,
            "RLIMIT_CORE": [0, 0],
            "RLIMIT_NOFILE": [128, 128],
            "RLIMIT_NPROC": [limits.processes + _processes_outside(self._isolation)] * 2,
        }
        return {
            "work": str(work),
            "library": str(library),
            "facts": self._facts,
            "limits": walls,
            "seconds": limits.cell_seconds,
            "disk": limits.disk_bytes,
            "mount": bool(self._isolation.prefix),
            "drop": self._isolation.drop,
            "landlock": self._isolation.files,
            "readable": [*_readable(), str(library)],
        }

    def run(self, source: str, name: str) -> Ran:
        """Run one cell. Errors of the code are in the result."""
        return self._run({"do": "run", "source": source, "name": name})[0]

    def fresh(self, source: str, identifier: str, function: str) -> tuple[Ran, bool]:
        """Run code in a clean namespace; also return whether it defines the function."""
        request = {
            "do": "fresh",
            "source": source,
            "name": "<your code>",
            "id": identifier,
            "function": function,
        }
        ran, message = self._run(request)
        return ran, message.get("defined") is True

    def _run(self, request: dict[str, Any]) -> tuple[Ran, dict[str, Any]]:
        self._send(request)
        answers: list[tuple[str, Any]] = []
        end = time.monotonic() + self._limits.cell_seconds + _GRACE
        for _ in range(_MOST_LINES):
            message = self._receive(end - time.monotonic())
            if message.get("done") is True:
                return Ran(_text(message, "error"), _text(message, "printed"), answers), message
            if isinstance(message.get("answer"), str):
                answers.append((message["answer"], self._value(message)))
        raise SandboxError("it answered without end")

    def function(self, identifier: str) -> RemoteFunction:
        """Return the function that was handed over for an exercise, to be called from here."""
        return RemoteFunction(self, identifier)

    def call(self, identifier: str, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Call a function inside and return its plain value, or raise what it raised (of Python's own kinds).

        Raises:
            StudentError: for an error of a kind of the student's own.
        """
        self._send({"do": "call", "id": identifier, "args": pack(args), "kwargs": pack(kwargs)})
        message = self._receive(self._limits.cell_seconds + _GRACE)
        if "raised" in message:
            raise _error_of(message)
        if "value" not in message:
            raise SandboxError("it broke the rules of the sandbox")
        return self._value(message)

    def _value(self, message: dict[str, Any]) -> Any:
        try:
            return unpack(message.get("value"))
        except (ValueError, TypeError, RecursionError) as error:
            raise SandboxError("it broke the rules of the sandbox") from error

    def _send(self, message: dict[str, Any]) -> None:
        assert self._process.stdin is not None
        try:
            self._process.stdin.write(json.dumps(message).encode("utf-8") + b"\n")
            self._process.stdin.flush()
        except (BrokenPipeError, OSError) as error:
            raise SandboxError("the Python process had ended") from error

    def _receive(self, seconds: float) -> dict[str, Any]:
        """Read one line, within the time."""
        assert self._process.stdout is not None
        end = min(time.monotonic() + seconds, self._deadline)
        with selectors.DefaultSelector() as selector:
            selector.register(self._process.stdout, selectors.EVENT_READ)
            while b"\n" not in self._buffer:
                if len(self._buffer) > _LONGEST_LINE:
                    raise SandboxError("it sent more than a sandbox may")
                left = end - time.monotonic()
                if left <= 0 or not selector.select(left):
                    whole = time.monotonic() >= self._deadline
                    which = "for the whole notebook" if whole else "for one cell"
                    raise SandboxError(f"the time {which} was over")
                chunk = os.read(self._process.stdout.fileno(), 1 << 16)
                if not chunk:
                    raise SandboxError(
                        "the Python process ended: it crashed, was ended, or ran out of memory"
                    )
                self._buffer += chunk
        line, _, self._buffer = self._buffer.partition(b"\n")
        try:
            message = json.loads(line)
        except (ValueError, RecursionError) as error:
            raise SandboxError("it broke the rules of the sandbox") from error
        if not isinstance(message, dict):
            raise SandboxError("it broke the rules of the sandbox")
        return message

    def _end(self) -> None:
        process = getattr(self, "_process", None)
        if process is not None:
            with contextlib.suppress(ProcessLookupError, PermissionError):
                os.killpg(process.pid, signal.SIGKILL)
            process.kill()
            for stream in (process.stdin, process.stdout):
                with contextlib.suppress(OSError):
                    stream.close()
            process.wait()
        shutil.rmtree(self._folder, ignore_errors=True)


class RemoteFunction:
    """A student's function that runs in the sandbox and is called from outside, with plain values."""

    def __init__(self, sandbox: Sandbox, identifier: str) -> None:
        self._sandbox = sandbox
        self._identifier = identifier

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Call it."""
        return self._sandbox.call(self._identifier, args, kwargs)


def _error_of(message: dict[str, Any]) -> Exception:
    kinds = message.get("raised")
    text = _text(message, "text")
    for name in kinds if isinstance(kinds, list) else ():
        kind = getattr(builtins, name, None) if isinstance(name, str) else None
        if name == "TooLong":
            return StudentError(text)
        if isinstance(kind, type) and issubclass(kind, Exception) and kind is not Exception:
            # Some kinds want more than words, so the words are put in afterwards.
            error = kind.__new__(kind)
            error.args = (text,)
            return error
    return StudentError(text)


def _text(message: dict[str, Any], name: str) -> str:
    value = message.get(name)
    return value[:4000] if isinstance(value, str) else ""


def _copy_exercises(library: Path) -> None:
    """Put the package of the exercises alone where the sandbox finds it: no book, no key."""
    source = Path(carta.exercises.__file__).parent
    target = library / "carta"
    target.mkdir(parents=True)
    shutil.copyfile(carta.__file__, target / "__init__.py")
    shutil.copytree(source, target / "exercises", ignore=shutil.ignore_patterns("__pycache__", "*.json"))


def _readable() -> Iterator[str]:
    """Yield what Python needs to run: its library, those of the system, and a few devices."""
    yield from dict.fromkeys(
        (sys.prefix, sys.base_prefix, *sysconfig.get_paths().values(), str(_INSIDE.parent))
    )
    yield from ("/usr", "/lib", "/lib64", "/bin", "/etc/ld.so.cache", "/etc/localtime")
    yield from ("/dev/null", "/dev/urandom", "/dev/random", "/dev/zero")


def _processes_outside(isolation: Isolation) -> int:
    """Count what else counts against the limit: the user's own processes, where the sandbox has no space of its own."""
    if isolation.prefix or not hasattr(os, "getuid"):
        return 0
    count = 0
    for status in Path("/proc").glob("[0-9]*/status"):
        with contextlib.suppress(OSError, ValueError):
            fields = dict(
                line.split(":", 1) for line in status.read_text(encoding="utf-8").splitlines() if ":" in line
            )
            if int(fields["Uid"].split()[0]) == os.getuid():
                count += int(fields["Threads"])
    return count
