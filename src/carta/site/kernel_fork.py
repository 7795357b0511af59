"""Kernels forked from one process that has the heavy imports behind it, in place of a new interpreter for each.

Only libraries are imported ahead, and only those that the notebooks at hand name or that our own packages which they
name are built upon: a notebook depends on the same files as in a new interpreter, and importing a library early shows
in nothing but the time. Every build starts its own server. Forking is safe only while the server has one thread; where
it has more, and on systems other than Linux, kernels start as usual.
"""

from __future__ import annotations

import ast
import json
import os
import re
import signal
import socket
import subprocess
import sys
import threading
import time
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType
from typing import Any, Self, cast
from uuid import uuid4

from jupyter_client.connect import KernelConnectionInfo
from jupyter_client.manager import AsyncKernelManager
from jupyter_client.provisioning.local_provisioner import LocalProvisioner
from sphinx.util import logging

logger = logging.getLogger(__name__)

_SERVER = Path(__file__).with_name("kernel_server.py")

#: What every kernel has, forked or not: equal results on one and on many cores, two kernels that don't fight for the
#: cores, and (the second) no thread that a mere import of pandas would start.
KERNEL_ENVIRONMENT = {
    "OPENBLAS_NUM_THREADS": "1",
    "OMP_NUM_THREADS": "1",
    "MKL_NUM_THREADS": "1",
    "JE_ARROW_MALLOC_CONF": "background_thread:false",
    # The same hash order in every run, so that equal input gives equal output.
    "PYTHONHASHSEED": "0",
}

_KERNEL = ("ipykernel.kernelapp", "ipykernel.ipkernel", "ipykernel.zmqshell", "IPython.display", "nbformat")

_RECORDS = (
    "pydantic",
    "pydantic.main",
    "pydantic.json_schema",
    "pydantic.type_adapter",
    "yaml",
    "platformdirs",
)
_STATISTICS = ("numpy", "scipy.stats", "scipy.optimize", "scipy.special", "scipy.integrate", "pandas")

#: Libraries to import ahead when notebooks name the package before the colon.
_BEHIND: dict[str, tuple[str, ...]] = {
    "numpy": ("numpy",),
    "pandas": ("pandas",),
    "scipy": ("scipy.stats", "scipy.optimize"),
    "altair": ("altair", "pandas"),
    "myst_nb": ("myst_nb",),
    "carta.evidence": _RECORDS,
    "carta.bibliography": ("pybtex.database.input.bibtex", "stdnum.isbn", "stdnum.issn"),
    "carta.synthesis": (*_STATISTICS, *_RECORDS),
    "carta.figures": ("altair", "vl_convert", "jsonschema", *_STATISTICS, *_RECORDS),
    "carta.models": (*_STATISTICS, *_RECORDS),
}

_MAGIC = re.compile(r"^\s*[%!].*$", re.MULTILINE)


def imported_names(code: str) -> set[str]:
    """Names of modules that a cell's code imports; none where it is no Python."""
    try:
        tree = ast.parse(_MAGIC.sub("", code))
    except SyntaxError:
        return set()
    names = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            names.add(node.module)
    return names


def libraries(notebooks: Iterable[str]) -> list[str]:
    """Libraries that at least two of the notebooks, given as their code, would import."""
    wanted: Counter[str] = Counter()
    for code in notebooks:
        found: set[str] = set()
        for name in imported_names(code):
            for package, behind in _BEHIND.items():
                if name == package or name.startswith(f"{package}."):
                    found.update(behind)
        wanted.update(found)
    # In one order, so that each build does the same.
    return [name for name in dict.fromkeys(sum(_BEHIND.values(), ())) if wanted[name] >= 2]


class KernelServer:
    """The server, as a context manager. It is asked from several threads."""

    def __init__(self, modules: Iterable[str]) -> None:
        self._lock = threading.Lock()
        ours, theirs = socket.socketpair()
        environment = {**os.environ, **KERNEL_ENVIRONMENT}
        with theirs:
            self._process = subprocess.Popen(
                [sys.executable, str(_SERVER), str(theirs.fileno()), *_KERNEL, *modules],
                env=environment,
                pass_fds=[theirs.fileno()],
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                stderr=subprocess.DEVNULL,
            )
        self._lines = ours.makefile("rw", encoding="utf-8")
        self._socket = ours
        self._safe: bool | None = None

    @property
    def is_safe(self) -> bool:
        """Whether it may be forked; waits until it has imported everything."""
        with self._lock:
            if self._safe is None:
                try:
                    threads = json.loads(self._lines.readline())["threads"]
                    self._safe = threads == 1
                    if not self._safe:
                        logger.info("carta: %d threads after the imports; kernels start as usual", threads)
                except (OSError, ValueError):
                    self._safe = False
                    logger.info("carta: the kernel server did not start; kernels start as usual")
            return self._safe

    def ask(self, request: dict[str, Any]) -> dict[str, Any]:
        """Send a request and return the answer.

        Raises:
            OSError: the server is gone.
        """
        with self._lock:
            print(json.dumps(request), file=self._lines, flush=True)
            line = self._lines.readline()
        if not line:
            raise ConnectionResetError("the kernel server is gone")
        answer: dict[str, Any] = json.loads(line)
        return answer

    def manager(self) -> type[AsyncKernelManager]:
        """Return a class of kernel managers whose kernels come from here."""
        server = self

        class Manager(FileSocketManager):
            async def _async_pre_start_kernel(self, **options: Any) -> tuple[list[str], dict[str, Any]]:
                self.kernel_id = self.kernel_id or str(uuid4())
                if self.provisioner is None:
                    self.provisioner = _ForkProvisioner(
                        kernel_id=self.kernel_id, kernel_spec=self.kernel_spec, parent=self
                    )
                    self.provisioner.server = server
                return await super()._async_pre_start_kernel(**options)

        return Manager

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._lines.close()
        self._socket.close()
        try:
            self._process.wait(5)
        except subprocess.TimeoutExpired:
            # Still importing.
            self._process.kill()
            self._process.wait()


def start_server(notebooks: Iterable[str]) -> KernelServer | None:
    """Start a server for the notebooks, given as their code; none where it would not help or not be safe."""
    codes = list(notebooks)
    if len(codes) < 2 or not sys.platform.startswith("linux"):
        return None
    return KernelServer(libraries(codes))


class FileSocketManager(AsyncKernelManager):
    """A kernel manager whose kernels listen on files where the system has such sockets.

    A port is chosen before the kernel binds it, and on a busy machine another program may take it meanwhile.
    """

    if sys.platform != "win32":
        transport = "ipc"


class _Forked:
    """A forked kernel with the face of :class:`subprocess.Popen`."""

    stdin = stdout = stderr = None

    def __init__(self, server: KernelServer, pid: int) -> None:
        self.pid = pid
        self.returncode: int | None = None
        self._server = server

    def poll(self) -> int | None:
        if self.returncode is None:
            try:
                self.returncode = self._server.ask({"ask": self.pid})["state"]
            except (OSError, ValueError):
                self.returncode = -signal.SIGKILL
        return self.returncode

    def wait(self) -> int:
        while self.poll() is None:
            time.sleep(0.01)
        assert self.returncode is not None
        return self.returncode

    def send_signal(self, number: int) -> None:
        if self.poll() is None:
            os.kill(self.pid, number)

    def kill(self) -> None:
        self.send_signal(signal.SIGKILL)


class _ForkProvisioner(LocalProvisioner):
    server: KernelServer

    async def launch_kernel(self, cmd: list[str], **options: Any) -> KernelConnectionInfo:
        # Only our own interpreter's kernel can be forked.
        ours = cmd[:3] == [sys.executable, "-m", "ipykernel_launcher"]
        if not ours or not self.server.is_safe:
            return await super().launch_kernel(cmd, **options)
        log = options.get("stderr")
        try:
            answer = self.server.ask(
                {
                    "arguments": cmd[3:],
                    "environment": options["env"],
                    "folder": os.fspath(options.get("cwd") or Path.cwd()),
                    "log": os.devnull if log is None else log.name,
                }
            )
        except OSError:
            return await super().launch_kernel(cmd, **options)
        self.process = cast("subprocess.Popen[bytes]", _Forked(self.server, answer["process"]))
        self.pid = self.pgid = answer["process"]
        self.cwd = options.get("cwd")
        return self.connection_info
