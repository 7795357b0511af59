"""Python for the browser: the npm package ``pyodide``, found where Node.js would find it."""

from __future__ import annotations

from pathlib import Path

#: What a browser needs of the package, and nothing more.
FILES = ("pyodide.mjs", "pyodide.asm.mjs", "pyodide.asm.wasm", "python_stdlib.zip", "pyodide-lock.json")


def find_pyodide(start: Path) -> Path | None:
    """Return the folder of the package in ``node_modules`` of ``start`` or of a folder above it.

    None where there is none, or where a file of it is missing.
    """
    for folder in (start, *start.parents):
        package = folder / "node_modules" / "pyodide"
        if package.is_dir():
            return package if all((package / name).is_file() for name in FILES) else None
    return None
