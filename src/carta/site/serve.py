"""Live preview: the site on this machine, built again and shown again whenever a source changes.

Each build is a process of its own, so that a change of our own code takes effect too. The process of the next build
is started ahead: it imports everything, reads settings and evidence, takes up what is remembered of the last build, and
waits. So a changed page is shown within about a second; a change of anything else takes a new process. A build that
fails says why and leaves the last good pages in place.
"""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import tempfile
import threading
import webbrowser
from collections.abc import Callable
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from carta.site.build import SHOWN

#: What a change of makes the site stale.
_WATCHED = ("book", "evidence", "src", "references.bib", "_config.yml", "_toc.yml")
_IGNORED = {"__pycache__", ".ipynb_checkpoints", "_build"}

#: Files of pages: a build that waits takes up a change of them. Code beside them may be imported while it waits.
_PAGES = "book"
_PAGE = ".md"

#: Seconds between two looks at the files.
_INTERVAL = 0.1

_VERSION_PATH = "/-/carta-version"
_SCRIPT_PATH = "/-/carta-reload.js"

#: Put into pages only when they are served from here; a file, for pages that allow no script in the page itself.
_RELOAD = '<script src="{script}" data-version="{version}"></script>\n'
# The answer to each question comes when there is news, or after a while.
_SCRIPT = f"""(async ({{version}}) => {{
  for (;;) {{
    try {{
      const answer = await fetch("{_VERSION_PATH}?seen=" + version, {{cache: "no-store"}});
      if (await answer.text() !== version) return location.reload();
    }} catch {{
      // The preview was stopped, and may come back.
      await new Promise((done) => setTimeout(done, 1000));
    }}
  }}
}})(document.currentScript.dataset);
""".encode()
#: Seconds after which a question without news is answered.
_PATIENCE = 20.0

Snapshot = dict[str, tuple[int, int]]


def _print(text: str) -> None:
    # At once, also into a pipe: whoever waits for the address must not wait for a full buffer.
    print(text, flush=True)


def snapshot(root: Path) -> Snapshot:
    """Return time and size of every watched file."""
    found: Snapshot = {}
    for name in _WATCHED:
        _look(str(root / name), found)
    return found


def _look(path: str, found: Snapshot) -> None:
    # Several times a second over all sources, so without an object for each path.
    try:
        with os.scandir(path) as entries:
            for entry in entries:
                if entry.name.startswith(".") or entry.name in _IGNORED:
                    continue
                if entry.is_dir(follow_symlinks=False):
                    _look(entry.path, found)
                else:
                    status = entry.stat()
                    found[entry.path] = (status.st_mtime_ns, status.st_size)
    except NotADirectoryError:
        status = Path(path).stat()
        found[path] = (status.st_mtime_ns, status.st_size)
    except FileNotFoundError:
        # Removed since it was listed; the next look will not find it either.
        pass


def only_pages_changed(root: Path, then: Snapshot, now: Snapshot) -> bool:
    """Return whether nothing but the text of pages that were there before has changed."""
    if then.keys() != now.keys():
        return False
    pages = f"{root / _PAGES}{os.sep}"
    return all(path.startswith(pages) and path.endswith(_PAGE) for path in now if then[path] != now[path])


class Preview:
    """A served site with its watcher. Use as a context manager, or call :meth:`run`."""

    def __init__(
        self,
        root: Path,
        port: int = 8000,
        *,
        say: Callable[[str], None] = _print,
        interval: float = _INTERVAL,
    ) -> None:
        self.root = root.resolve()
        self.say = say
        self.interval = interval
        #: Counts what was shown.
        self.version = 0
        self._news = threading.Condition()
        self._stop = threading.Event()
        self._build: subprocess.Popen[str] | None = None
        #: What goes wrong in it.
        self._errors = tempfile.TemporaryFile("w+", encoding="utf-8")  # noqa: SIM115  closed on exit
        preview = self

        class Handler(_Handler):
            def __init__(self, *arguments: Any, **options: Any) -> None:
                self.preview = preview
                super().__init__(*arguments, directory=str(preview.root / "_build" / "html"), **options)

        self.server = ThreadingHTTPServer(("127.0.0.1", port), Handler)
        self.server.daemon_threads = True
        self._threads = [
            threading.Thread(target=self.server.serve_forever, daemon=True),
            threading.Thread(target=self._watch, daemon=True),
        ]

    @property
    def address(self) -> str:
        """Where the site is."""
        return f"http://127.0.0.1:{self.server.server_address[1]}/"

    def version_after(self, seen: str) -> int:
        """Return the version as soon as it is another than the one that was seen, or after a while."""
        with self._news:
            self._news.wait_for(lambda: str(self.version) != seen or self._stop.is_set(), _PATIENCE)
        return self.version

    def _show(self) -> None:
        with self._news:
            self.version += 1
            self._news.notify_all()

    def __enter__(self) -> Preview:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        with self._news:
            self._news.notify_all()
        if self._build is not None and self._build.poll() is None:
            self._build.terminate()
        self.server.shutdown()
        self.server.server_close()
        self._errors.close()

    def run(self) -> None:
        """Serve until interrupted."""
        with self:
            try:
                self._stop.wait()
            except KeyboardInterrupt:
                self.say("Stopped.")

    def _watch(self) -> None:
        seen: Snapshot | None = None
        # Taken before the waiting build was started: it knows this state of all files.
        prepared: Snapshot = {}
        while not self._stop.is_set():
            now = snapshot(self.root)
            if now != seen:
                # Taken before the build: a change during it starts another.
                seen = now
                if not only_pages_changed(self.root, prepared, now):
                    self._end_build()
                    self._start_build()
                self._rebuild()
                if self._stop.is_set():
                    return
                prepared = snapshot(self.root)
                self._start_build()
            self._stop.wait(self.interval)

    def _start_build(self) -> None:
        """Start the next build as far as it may go before anything has changed."""
        self._errors.seek(0)
        self._errors.truncate()
        self._build = subprocess.Popen(
            [sys.executable, "-m", "carta.site.build", "--quiet", "--wait", str(self.root)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # Not a pipe, which would fill up while the other is read.
            stderr=self._errors,
            text=True,
        )

    def _end_build(self) -> None:
        build = self._build
        if build is not None and build.poll() is None:
            build.terminate()
            build.communicate()

    def _rebuild(self) -> None:
        self.say("Building …")
        build = self._build
        assert build is not None
        assert build.stdin is not None
        assert build.stdout is not None
        with contextlib.suppress(BrokenPipeError):
            # Where it has failed already, it says so.
            build.stdin.write("go\n")
            build.stdin.close()
        said = ""
        for line in build.stdout:
            if line.strip() == SHOWN:
                self._show()
            else:
                said = line.strip()
        build.wait()
        if self._stop.is_set():
            return
        if build.returncode == 0:
            self.say(said)
        else:
            self._show()
            self._errors.seek(0)
            self.say(f"{self._errors.read().strip()}\nThe last good pages stay in place.")


class _Handler(SimpleHTTPRequestHandler):
    preview: Preview

    def do_GET(self) -> None:
        """Serve a file, the number of the last build, or a page with the script that reloads it."""
        _, _, path, asked, _ = urlsplit(self.path)
        if path == _VERSION_PATH:
            version = self.preview.version_after(asked.removeprefix("seen="))
            with contextlib.suppress(ConnectionError):
                # Whoever asked may have left meanwhile.
                self._send(str(version).encode(), "text/plain")
            return
        if path == _SCRIPT_PATH:
            self._send(_SCRIPT, "text/javascript")
            return
        # Taken before the page is read: what comes between is news.
        reload = _RELOAD.format(script=_SCRIPT_PATH, version=self.preview.version).encode()
        target = Path(self.translate_path(self.path))
        if target.is_dir() and path.endswith("/"):
            target /= "index.html"
        if target.suffix == ".html" and target.is_file():
            page = target.read_bytes()
            head, end, tail = page.rpartition(b"</body>")
            self._send(head + reload + end + tail, "text/html; charset=utf-8")
            return
        if not target.exists() and not self.preview.version:
            waiting = b"<!DOCTYPE html><title>Building</title><body><p>The site is being built.</p>"
            self._send(waiting + reload + b"</body>", "text/html; charset=utf-8")
            return
        super().do_GET()

    def _send(self, content: bytes, kind: str) -> None:
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Length", str(len(content)))
        self.send_header("Cache-Control", "no-store")
        self.end_headers()
        self.wfile.write(content)

    def end_headers(self) -> None:
        """Let the browser ask again for every file: all of them may have changed."""
        if not any(header.lower().startswith(b"cache-control") for header in self._headers_so_far()):
            self.send_header("Cache-Control", "no-cache")
        super().end_headers()

    def _headers_so_far(self) -> list[bytes]:
        return getattr(self, "_headers_buffer", [])

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing of each request."""


def serve(root: Path, port: int = 8000, open_browser: bool = True) -> None:
    """Build, serve and watch the project at ``root`` until interrupted.

    Raises:
        OSError: when the port is taken.
    """
    preview = Preview(root, port)
    preview.say(f"Serving {preview.address}  (Ctrl+C stops)")
    if open_browser:
        webbrowser.open(preview.address)
    preview.run()
