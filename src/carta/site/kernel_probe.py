"""Runs inside a notebook's kernel before its first cell: notes the project's files that the notebook reads.

A script of its own that needs nothing but the standard library; it is never imported by the build.
"""

# The watch runs at every opening of a file, so it keeps to plain strings.
# ruff: noqa: PTH113, PTH118, PTH123

from __future__ import annotations


def _start() -> None:
    import json
    import os
    import sys
    import threading

    root = os.path.realpath(os.environ["CARTA_ROOT"])
    target = os.environ["CARTA_TRACE"] + ".files"
    outside = tuple(os.path.join(root, name) + os.sep for name in ("_build", ".git", "evidence"))
    opened: set[str] = set()
    busy = threading.local()

    def within(path: str) -> bool:
        return path.startswith(root + os.sep) and not path.startswith(outside) and "site-packages" not in path

    def watch(event: str, arguments: tuple[object, ...]) -> None:
        if event != "open" or getattr(busy, "on", False):
            return
        path, mode = arguments[0], arguments[1]
        if not isinstance(path, str | bytes | os.PathLike) or (isinstance(mode, str) and "r" not in mode):
            return
        busy.on = True
        try:
            name = os.path.realpath(os.fsdecode(path))
            if within(name):
                opened.add(name)
        except (OSError, ValueError):
            # A path that cannot be named was not read from the project either.
            pass
        finally:
            busy.on = False

    def report() -> None:
        from importlib.util import source_from_cache

        busy.on = True
        files = {name for name in opened if "__pycache__" not in name and os.path.isfile(name)}
        # Bytecode stands for its source; and a module may have been loaded before the watch began.
        for name in opened:
            if "__pycache__" in name:
                try:
                    files.add(source_from_cache(name))
                except ValueError:
                    continue
        for name, module in list(sys.modules.items()):
            file = getattr(module, "__file__", None)
            ours = name == "carta" or name.startswith("carta.")
            if isinstance(file, str) and (ours or within(os.path.realpath(file))):
                files.add(os.path.realpath(file))
        with open(target, "w", encoding="utf-8") as stream:
            json.dump(sorted(file for file in files if os.path.isfile(file)), stream)

    def plainly(number: object, printer: object, cycle: bool) -> None:
        # NumPy 2 shows a number as "np.float64(8.0)", which glue could not format, and no reader wants.
        printer.text(repr(number.item()))  # type: ignore[attr-defined]

    plain = get_ipython().display_formatter.formatters["text/plain"]  # type: ignore[name-defined]  # noqa: F821
    for name in ("float32", "float64", "int32", "int64"):
        plain.for_type_by_name("numpy", name, plainly)
        # IPython has a printer of its own ready where NumPy was imported before the shell began.
        if "numpy" in sys.modules:
            plain.for_type(getattr(sys.modules["numpy"], name), plainly)

    sys.addaudithook(watch)
    sys.modules["_carta_probe"] = type(sys)("_carta_probe")
    sys.modules["_carta_probe"].report = report  # type: ignore[attr-defined]


_start()
del _start
