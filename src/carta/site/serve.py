"""Live preview: the site on this machine, built again and shown again whenever a source changes.

Each build is a process of its own, so that a change of our own code takes effect too. A build that fails
says why and leaves the last good pages in place.
"""

from __future__ import annotations

import subprocess
import sys
import threading
import webbrowser
from collections.abc import Callable
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

#: What a change of makes the site stale.
_WATCHED = ("book", "evidence", "src", "references.bib", "_config.yml", "_toc.yml")
_IGNORED = {"__pycache__", ".ipynb_checkpoints", "_build"}

#: Seconds between two looks at the files.
_INTERVAL = 1.0

_VERSION_PATH = "/-/carta-version"

#: Put into pages only when they are served from here.
_RELOAD = f"""<script>
(() => {{
  let seen = null;
  setInterval(async () => {{
    try {{
      const version = await (await fetch("{_VERSION_PATH}", {{cache: "no-store"}})).text();
      if (seen !== null && version !== seen) location.reload();
      seen = version;
    }} catch {{ /* the preview was stopped */ }}
  }}, 1000);
}})();
</script>
""".encode()

Snapshot = dict[str, tuple[int, int]]


def _print(text: str) -> None:
    # At once, also into a pipe: whoever waits for the address must not wait for a full buffer.
    print(text, flush=True)


def snapshot(root: Path) -> Snapshot:
    """Return time and size of every watched file."""
    found: Snapshot = {}
    for name in _WATCHED:
        place = root / name
        for path in (place,) if place.is_file() else place.rglob("*"):
            if _IGNORED.isdisjoint(path.parts) and not path.name.startswith("."):
                try:
                    status = path.stat()
                except FileNotFoundError:
                    continue
                if path.is_file():
                    found[str(path)] = (status.st_mtime_ns, status.st_size)
    return found


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
        #: Counts successful builds.
        self.version = 0
        self._stop = threading.Event()
        self._build: subprocess.Popen[str] | None = None
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

    def __enter__(self) -> Preview:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        if self._build is not None and self._build.poll() is None:
            self._build.terminate()
        self.server.shutdown()
        self.server.server_close()

    def run(self) -> None:
        """Serve until interrupted."""
        with self:
            try:
                self._stop.wait()
            except KeyboardInterrupt:
                self.say("Stopped.")

    def _watch(self) -> None:
        seen: Snapshot | None = None
        while not self._stop.is_set():
            now = snapshot(self.root)
            if now != seen:
                # Taken before the build: a change during it starts another.
                seen = now
                self._rebuild()
            self._stop.wait(self.interval)

    def _rebuild(self) -> None:
        self.say("Building …")
        self._build = subprocess.Popen(
            [sys.executable, "-m", "carta.site.build", "--quiet", str(self.root)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        out, errors = self._build.communicate()
        if self._stop.is_set():
            return
        if self._build.returncode == 0:
            self.version += 1
            self.say(out.strip())
        else:
            self.say(f"{errors.strip()}\nThe last good pages stay in place.")


class _Handler(SimpleHTTPRequestHandler):
    preview: Preview

    def do_GET(self) -> None:
        """Serve a file, the number of the last build, or a page with the script that reloads it."""
        path = urlsplit(self.path).path
        if path == _VERSION_PATH:
            self._send(str(self.preview.version).encode(), "text/plain")
            return
        target = Path(self.translate_path(self.path))
        if target.is_dir() and path.endswith("/"):
            target /= "index.html"
        if target.suffix == ".html" and target.is_file():
            page = target.read_bytes()
            head, end, tail = page.rpartition(b"</body>")
            self._send(head + _RELOAD + end + tail, "text/html; charset=utf-8")
            return
        if not target.exists() and not self.preview.version:
            waiting = b"<!DOCTYPE html><title>Building</title><body><p>The site is being built.</p>"
            self._send(waiting + _RELOAD + b"</body>", "text/html; charset=utf-8")
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
