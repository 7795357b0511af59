"""What runs inside the sandbox: it shuts itself in, then runs what it is given, and answers line by line.

Started as a script (``python -I inside.py``). Nothing here is trusted by the other side: whoever runs code in this
process can say anything on its behalf, except what the right answer is, for that is not here.
"""

from __future__ import annotations

import contextlib
import ctypes
import io
import json
import os
import resource
import signal
import sys
from collections.abc import Callable, Iterator
from typing import Any, TextIO

# Started by path, so the modules beside this one are found in its folder.
sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))  # noqa: PTH100, PTH120  light imports
import landlock  # type: ignore[import-not-found]
import plain  # type: ignore[import-not-found]
import seccomp  # type: ignore[import-not-found]

sys.path.pop(0)

#: Characters of a message on an error, and of what is kept of prints.
_LONGEST = 2000
_MS_NOSUID, _MS_NODEV = 2, 4
_NOBODY = 65534


class TooLong(BaseException):
    """The time for one piece of code is over. Not an Exception, so that ``except Exception`` does not hold it."""


class _Printed(io.TextIOBase):
    """Takes all that is printed and keeps the beginning."""

    def __init__(self) -> None:
        self.kept = ""

    def write(self, text: str) -> int:
        if len(self.kept) < _LONGEST:
            self.kept += text[: _LONGEST - len(self.kept)]
        return len(text)

    def writable(self) -> bool:
        return True


class _NoShell:
    """Stands for IPython where a notebook calls it: commands to shell or kernel do nothing."""

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *args, **kwargs: None


def main() -> None:
    """Serve until the other side goes."""
    requests = os.fdopen(os.dup(0), "r", encoding="utf-8")
    replies = os.fdopen(os.dup(1), "w", encoding="utf-8")
    nothing = os.open(os.devnull, os.O_RDWR)
    for descriptor in (0, 1, 2):
        os.dup2(nothing, descriptor)
    setup = json.loads(requests.readline())
    _shut_in(setup)
    server = _Server(requests, replies, setup)
    server.say({"ready": True})
    server.serve()


def _shut_in(setup: dict[str, Any]) -> None:
    """Give up what student code must not have, in the order in which each step is still allowed."""
    work = setup["work"]
    if setup.get("mount"):
        options = f"size={setup['disk']},mode=0777".encode()
        libc = ctypes.CDLL(None, use_errno=True)
        libc.mount(b"tmpfs", work.encode(), b"tmpfs", _MS_NOSUID | _MS_NODEV, options)
    os.chdir(work)
    for name, (soft, hard) in setup["limits"].items():
        resource.setrlimit(getattr(resource, name), (soft, hard))
    if setup.get("drop"):
        os.setgroups([])
        os.setresgid(_NOBODY, _NOBODY, _NOBODY)
        os.setresuid(_NOBODY, _NOBODY, _NOBODY)
    sys.path.insert(0, setup["library"])
    if setup.get("landlock"):
        landlock.restrict(setup["readable"], [work])
    if seccomp.is_known():
        # A kernel without such filters leaves the limit on processes.
        with contextlib.suppress(OSError):
            seccomp.forbid_children()


class _Server:
    def __init__(self, requests: TextIO, replies: TextIO, setup: dict[str, Any]) -> None:
        self._requests = requests
        self._replies = replies
        self._seconds = float(setup["seconds"])
        self._names: dict[str, Any] = {}
        self._functions: dict[str, Any] = {}
        self._import(setup)

    def _import(self, setup: dict[str, Any]) -> None:
        """Load the exercises with facts and without keys; ``check`` hands the answer over."""
        import carta.exercises

        material = carta.exercises.use({"exercises": {}, "facts": setup["facts"]})
        self._facts = material.facts
        carta.exercises.check = self._check  # type: ignore[assignment]

    def say(self, message: dict[str, Any]) -> None:
        self._replies.write(json.dumps(message) + "\n")
        self._replies.flush()

    def serve(self) -> None:
        for line in self._requests:
            request = json.loads(line)
            # Whatever happens in there, the answer is one line.
            self.say({"run": self._run, "fresh": self._fresh, "call": self._call}[request["do"]](request))

    def _check(self, identifier: object, answer: object = ...) -> None:
        if callable(answer):
            self._functions[str(identifier)] = answer
        self.say({"answer": str(identifier)[:200], "value": plain.pack(answer)})

    def _fresh(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run code in a clean namespace, and take the function of that name for an exercise."""
        self._names = {}
        self._functions = {}
        reply = self._run(request)
        if callable(self._names.get(request["function"])):
            self._functions[request["id"]] = self._names[request["function"]]
            reply["defined"] = True
        return reply

    def _run(self, request: dict[str, Any]) -> dict[str, Any]:
        """Run one cell; what goes wrong in it is told, and the next cell can still come."""
        printed = _Printed()
        names = self._names
        if not names:
            import math

            names.update(
                __name__="__main__",
                fact=self._facts,
                math=math,
                get_ipython=_NoShell,
                display=lambda *args, **kwargs: None,
            )
        error = ""
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            try:
                with self._alarm():
                    code = compile(
                        request["source"],
                        request["name"],
                        "exec",
                        flags=_AWAIT,
                        dont_inherit=True,
                    )
                    waiting = eval(code, names)  # cells may await at their top level
                    if code.co_flags & _COROUTINE:
                        import asyncio

                        asyncio.run(waiting)
            except BaseException as problem:  # noqa: BLE001  student code may raise anything, SystemExit too
                error = _told(problem, request["name"])
        return {"done": True, "error": error, "printed": printed.kept}

    def _call(self, request: dict[str, Any]) -> dict[str, Any]:
        """Call a function that was handed over."""
        function = self._functions.get(request["id"])
        printed = _Printed()
        with contextlib.redirect_stdout(printed), contextlib.redirect_stderr(printed):
            try:
                with self._alarm():
                    args, kwargs = plain.unpack(request["args"]), plain.unpack(request["kwargs"])
                    return {"value": plain.pack(function(*args, **kwargs))}  # type: ignore[misc]
            except BaseException as problem:  # noqa: BLE001  student code may raise anything, SystemExit too
                kinds = [kind.__name__ for kind in type(problem).__mro__]
                return {"raised": kinds, "text": _words(problem)}

    @contextlib.contextmanager
    def _alarm(self) -> Iterator[None]:
        def ring(*_: object) -> None:
            raise TooLong(f"It ran for more than {self._seconds:g} seconds and was stopped.")

        signal.signal(signal.SIGALRM, ring)
        signal.setitimer(signal.ITIMER_REAL, self._seconds)
        try:
            yield
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)


#: ``ast.PyCF_ALLOW_TOP_LEVEL_AWAIT``, without loading ast.
_AWAIT = 0x2000
#: ``inspect.CO_COROUTINE``.
_COROUTINE = 0x80


def _words(problem: BaseException) -> str:
    try:
        return str(problem)[:_LONGEST]
    except Exception:  # noqa: BLE001  its own __str__ may fail
        return ""


def _told(problem: BaseException, name: str) -> str:
    """Name an error and its line in the cell."""
    line = problem.lineno if isinstance(problem, SyntaxError) else None
    trace = problem.__traceback__
    while trace is not None:
        if trace.tb_frame.f_code.co_filename == name:
            line = trace.tb_lineno
        trace = trace.tb_next
    text = _words(problem)
    if isinstance(problem, TooLong):
        return text
    where = f" (line {line})" if line else ""
    return f"{type(problem).__name__}{': ' if text else ''}{text}{where}"


if __name__ == "__main__":
    main()
