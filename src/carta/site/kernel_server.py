"""A process that has imported what notebooks need, and becomes a new kernel for each of them by forking.

A script of its own (``python -P kernel_server.py SOCKET-DESCRIPTOR MODULE...``); the build never imports it. It runs
no code of a notebook and starts no thread, so that a fork is a whole and clean Python process in which nothing has
happened but imports. Requests and answers are lines of JSON; it ends, and its kernels with it, when the socket does.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import json
import os
import signal
import socket
import sys
from typing import Any


def _threads() -> int:
    return sum(1 for _ in os.scandir("/proc/self/task"))


def _become_kernel(request: dict[str, Any]) -> None:
    """Make this fork what a new interpreter would be, and run the kernel to its end."""
    os.setsid()
    gc.unfreeze()
    for descriptor, target in ((0, os.devnull), (1, request["log"]), (2, request["log"])):
        opened = os.open(target, os.O_RDONLY if descriptor == 0 else os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.dup2(opened, descriptor)
        os.close(opened)
    os.environ.clear()
    os.environ.update(request["environment"])
    os.chdir(request["folder"])
    # What an interpreter draws at its start; ``random`` sees to itself.
    if "numpy.random" in sys.modules:
        sys.modules["numpy.random"].seed()
    sys.argv = ["ipykernel_launcher.py", *request["arguments"]]
    from ipykernel.kernelapp import IPKernelApp

    # The kernel ends when this server does; the option of the class was read when it was imported.
    IPKernelApp.launch_instance(argv=request["arguments"], parent_handle=request["server"])


def _fork(request: dict[str, Any], connection: socket.socket) -> int:
    process = os.fork()
    if process:
        return process
    status = 1
    try:
        connection.close()
        _become_kernel({**request, "server": os.getppid()})
        status = 0
    except SystemExit as end:
        status = end.code if isinstance(end.code, int) else 1
    except BaseException:  # noqa: BLE001  a fork must end here, whatever happened in it
        import traceback

        traceback.print_exc(file=sys.__stderr__)
    finally:
        # As at the end of any interpreter, but nothing of the server's runs.
        with contextlib.suppress(BaseException):
            import atexit
            import threading

            threading._shutdown()  # type: ignore[attr-defined]
            atexit._run_exitfuncs()
            sys.stdout.flush()
            sys.stderr.flush()
        os._exit(status)
    raise AssertionError("not reached")


def _state(process: int) -> int | None:
    """Return the exit status of a kernel as ``subprocess`` has it; nothing while it runs."""
    try:
        ended, status = os.waitpid(process, os.WNOHANG)
    except ChildProcessError:
        return 0
    return os.waitstatus_to_exitcode(status) if ended else None


def _serve(connection: socket.socket, modules: list[str]) -> None:
    for name in modules:
        with contextlib.suppress(ImportError):
            importlib.import_module(name)
    gc.collect()
    # Shared pages stay shared when a kernel collects its garbage.
    gc.freeze()
    threads = _threads()
    living: set[int] = set()
    with connection.makefile("rw", encoding="utf-8") as lines:
        print(json.dumps({"threads": threads}), file=lines, flush=True)
        for line in lines:
            request = json.loads(line)
            if "ask" in request:
                state = _state(request["ask"])
                if state is not None:
                    living.discard(request["ask"])
                answer: dict[str, Any] = {"state": state}
            else:
                answer = {"process": _fork(request, connection)}
                living.add(answer["process"])
            print(json.dumps(answer), file=lines, flush=True)
    for process in living:
        with contextlib.suppress(OSError):
            os.killpg(process, signal.SIGKILL)


if __name__ == "__main__":
    # An interrupt is for the build, which then closes the socket.
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    _serve(socket.socket(fileno=int(sys.argv[1])), sys.argv[2:])
