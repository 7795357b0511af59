"""One way to start a browser in tests: the machine's own Chromium, silent and offline."""

from __future__ import annotations

import os
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

from needs import lacking

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Playwright

#: Names under which distributions install Chromium, in order of preference.
_NAMES = ("chromium", "chromium-browser", "google-chrome")

#: Without these Chromium needs a sandbox and a GPU, and calls its maker's servers by itself.
_ARGS = (
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)


def find_chromium() -> Path | None:
    """Return the browser: ``$CARTA_CHROMIUM`` if set, else the first of the usual names, else None."""
    chosen = os.environ.get("CARTA_CHROMIUM")
    candidates = (chosen,) if chosen else (*_NAMES, *(f"/usr/bin/{name}" for name in _NAMES))
    for candidate in candidates:
        found = shutil.which(candidate)
        if found:
            return Path(found)
    return None


def launch_chromium(playwright: Playwright) -> Browser:
    """Start Chromium without a window.

    A machine without it skips the test and says so; in CI (``CI=true``) the test fails instead.
    """
    path = find_chromium()
    if path is None:
        message = "no Chromium found: install the package chromium, or set CARTA_CHROMIUM to its path"
        lacking(message)
    return playwright.chromium.launch(executable_path=str(path), args=list(_ARGS))
