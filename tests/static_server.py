"""A folder of pages, served on this machine while a test runs."""

from __future__ import annotations

import gzip
import io
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from functools import lru_cache, partial
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any


class _Quiet(SimpleHTTPRequestHandler):
    def log_message(self, *_: object) -> None:
        return None


class _Compressed(_Quiet):
    """As hosts serve: text compressed, one connection for many files."""

    protocol_version = "HTTP/1.1"

    def send_head(self) -> Any:
        """Answer with the head, and return the content."""
        path = Path(self.translate_path(self.path))
        kind = self.guess_type(str(path))
        text = kind.startswith("text/") or kind.partition(";")[0].endswith(("javascript", "json", "xml"))
        if not (path.is_file() and text and "gzip" in self.headers.get("Accept-Encoding", "")):
            return super().send_head()
        content = _compress(path, path.stat().st_mtime_ns)
        self.send_response(200)
        self.send_header("Content-Type", kind)
        self.send_header("Content-Encoding", "gzip")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        return io.BytesIO(content)


@lru_cache(maxsize=256)
def _compress(path: Path, changed: int) -> bytes:
    return gzip.compress(path.read_bytes(), 6)


class _Server(ThreadingHTTPServer):
    daemon_threads = True

    def handle_error(self, *_: object) -> None:
        """Say nothing of a browser that left before a file was whole."""


@contextmanager
def serving(folder: Path, *, compressed: bool = False) -> Iterator[str]:
    """Serve a folder and give its address, without a slash at the end."""
    handler = _Compressed if compressed else _Quiet
    server = _Server(("127.0.0.1", 0), partial(handler, directory=str(folder)))
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield f"http://127.0.0.1:{server.server_address[1]}"
    finally:
        server.shutdown()
        server.server_close()
        thread.join()
