"""What is made from the pages, built beside the last good one and put in its place only when it is sound.

That of the site is the build of ``jupyter-book build .``: the same configuration, the same pages, warnings as errors.
"""

from __future__ import annotations

import argparse
import contextlib
import fcntl
import filecmp
import functools
import gc
import io
import os
import re
import shutil
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from carta.files import find_root
from carta.site import receipts
from carta.site.waiting import ChangedFirst, write_start_page

if TYPE_CHECKING:
    from sphinx.application import Sphinx

#: Colours for a terminal, in a warning.
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")

#: Event of a build that waits for a change: what takes time and does not depend on the change is done in it.
PREPARE = "carta-prepare"

#: Files of a build that are of no use on the site.
_NOT_PUBLISHED = {".buildinfo", ".doctrees", ".typst"}


class BuildError(Exception):
    """Nothing was built; the last good result is still in place. The text says what is wrong and where."""


@dataclass(frozen=True)
class BuildResult:
    """What a build changed."""

    #: Folder of what was built.
    out: Path
    #: Files that are new or have new content, relative to ``out``, in order.
    changed: list[str]
    #: Files that are gone.
    removed: list[str]
    seconds: float
    warnings: list[str] = field(default_factory=list)
    #: Whether a page has changed that was not shown before the end.
    more: bool = True


@dataclass(frozen=True)
class Output:
    """One of the things that are built from the pages."""

    #: Its name in messages.
    name: str
    #: Name of the Sphinx builder.
    builder: str
    #: Where it goes when not told, under ``_build``.
    folder: str
    #: Module that brings the builder. It is no part of the configuration, a change of which would make Sphinx read
    #: every page again.
    extension: str | None = None
    #: Values of the configuration that the extension brings.
    settings: Mapping[str, object] = field(default_factory=dict)
    #: Folder in the builder's own that holds what is finished; all of it where not given.
    finished: str = ""
    #: Says why a build that ran to its end is no use, or nothing.
    refusal: Callable[[Sphinx], str | None] = lambda app: None


SITE = Output("site", "html", "html")


def build(
    output: Output,
    root: Path,
    *,
    out: Path | None = None,
    strict: bool = True,
    quiet: bool = False,
    progress: Callable[[str], None] | None = None,
    ready: Callable[[], None] | None = None,
    shown: Callable[[], None] = lambda: None,
) -> BuildResult:
    """Build an output of the project at ``root``; all outputs share what was read and executed.

    Args:
        output: what is built.
        root: the project's folder, with ``_config.yml`` and ``_toc.yml``.
        out: where it goes; the output's folder under ``root/_build`` where not given.
        strict: whether a warning makes the build fail.
        quiet: whether to print nothing on the way.
        progress: takes each line of progress instead of standard output.
        ready: called when all that does not depend on the pages' text is done (imports, settings, evidence, what is
            remembered of the last build); the build goes on when it returns. Of the files only those of pages may
            have changed meanwhile.
        shown: called by a build that waited, when the changed pages lie in ``out`` and the rest is still being made.

    Raises:
        BuildError: when the build fails; ``out`` is as it was.
    """
    root = root.resolve()
    out = (out or root / "_build" / output.folder).resolve()
    work = root / "_build" / ".carta"
    for name in ("_config.yml", "_toc.yml"):
        if not (root / name).is_file():
            raise BuildError(
                f"{root / name}: the file is missing. A {output.name} needs _config.yml and _toc.yml."
            )
    work.mkdir(parents=True, exist_ok=True)
    started = time.monotonic()
    warnings = io.StringIO()
    receipt = work / f"{output.builder}-receipt.json"
    asked = {"out": out.as_posix(), "strict": strict, **output.settings}
    with contextlib.ExitStack() as stack:
        lock = stack.enter_context(_alone(work / "lock"))
        made_from = None
        first: ChangedFirst | None = None
        if ready is None:
            made_from = receipts.sources(root, asked)
            last = receipts.read(receipt)
            if last is not None and (last.sources, last.result) == (made_from, receipts.result(out)):
                (progress or (lambda line: None if quiet else print(line)))(
                    "nothing has changed since the last build"
                )
                return BuildResult(out, [], [], time.monotonic() - started, last.warnings)
        try:
            with _told(warnings):
                app = _prepare(stack, output, root, work, strict, _status_stream(quiet, progress), warnings)
                if ready is not None:
                    remembered = _remembered(work)
                    app.emit(PREPARE)
                    write_start_page(app)
                    first = ChangedFirst(app, out, lambda: not (strict and _warned(warnings)), shown)
                    fcntl.flock(lock, fcntl.LOCK_UN)
                    ready()
                    started = time.monotonic()
                    fcntl.flock(lock, fcntl.LOCK_EX)
                    if _remembered(work) != remembered:
                        # Another build has come between, so what was prepared is of no use.
                        stack.pop_all().close()
                        return build(output, root, out=out, strict=strict, quiet=quiet, progress=progress)
                app.build()
            _refuse(app, output, strict, _warned(warnings))
        except BaseException:
            if first is not None:
                first.put_back()
            raise
        found = _warned(warnings)
        changed, removed = _publish(work / output.builder / output.finished, out)
        if made_from is None:
            # What was read while this build waited may be of any moment.
            receipt.unlink(missing_ok=True)
        else:
            receipts.write(receipt, receipts.Receipt(made_from, receipts.result(out), found))
    shown_before = set() if first is None else first.names
    # A page that is open needs no second look for what searching finds.
    more = not shown_before or any(name.endswith(".html") for name in (*changed, *removed))
    changed = sorted({*changed, *shown_before})
    return BuildResult(out, changed, removed, time.monotonic() - started, found, more)


#: Builds the site of the project at ``root``, into ``root/_build/html`` where not told; see :func:`build`.
build_html = functools.partial(build, SITE)


@contextlib.contextmanager
def _told(warnings: io.StringIO) -> Iterator[None]:
    """Say of whatever goes wrong what it is, with the warnings so far.

    Raises:
        BuildError: in place of every other exception.
    """
    from sphinx.errors import SphinxError

    try:
        yield
    except BuildError:
        raise
    except SphinxError as error:
        raise BuildError(failure(f"{error.category}: {error}", _warned(warnings))) from error
    except Exception as error:
        raise BuildError(failure(f"{type(error).__name__}: {error}", _warned(warnings))) from error


def _refuse(app: Sphinx, output: Output, strict: bool, warnings: list[str]) -> None:
    """Refuse what came of a build that ran to its end, where it is no use.

    Raises:
        BuildError: saying why.
    """
    if refused := output.refusal(app):
        raise BuildError(refused)
    if app.statuscode or (strict and warnings):
        raise BuildError(failure(f"The {output.name} has warnings, and none is allowed.", warnings))


def _look_past_dead_references() -> None:
    """Keep sphinx-external-toc from stumbling over a weak reference whose object is gone.

    It asks every object of the process whether it is a collector, and a dead proxy answers with an exception.
    """
    import gc
    from types import SimpleNamespace

    from sphinx.environment.collectors.toctree import TocTreeCollector
    from sphinx_external_toc import collectors

    living = SimpleNamespace(
        get_objects=lambda: [o for o in gc.get_objects() if issubclass(type(o), TocTreeCollector)]
    )
    vars(collectors)["gc"] = living


def _remembered(work: Path) -> tuple[int, int, int] | None:
    """Return what tells one state of what Sphinx remembers from another."""
    try:
        status = (work / "doctrees" / "environment.pickle").stat()
    except FileNotFoundError:
        return None
    return status.st_ino, status.st_mtime_ns, status.st_size


def _prepare(
    stack: contextlib.ExitStack,
    output: Output,
    root: Path,
    work: Path,
    strict: bool,
    status: TextIO | None,
    warnings: TextIO,
) -> Sphinx:
    """Return the build into ``work/BUILDER``, with all done that comes before the pages are looked at.

    ``stack`` keeps what the build has changed in docutils until it is closed.
    """
    _look_past_dead_references()
    from jupyter_book.config import get_final_config  # type: ignore[import-untyped]
    from sphinx.application import Sphinx
    from sphinx.util.console import nocolor
    from sphinx.util.docutils import docutils_namespace, patch_docutils

    with contextlib.redirect_stdout(warnings):
        # It prints what is wrong with _config.yml.
        config, _ = get_final_config(
            user_yaml=root / "_config.yml",
            cli_config={"external_toc_path": (root / "_toc.yml").as_posix(), "latex_individualpages": False},
            sourcedir=root,
        )
    if status is None or not status.isatty():
        nocolor()

    class Application(Sphinx):
        def preload_builder(self, name: str) -> None:
            if output.extension is not None:
                self.setup_extension(output.extension)
            super().preload_builder(name)

    stack.enter_context(patch_docutils(None))
    stack.enter_context(docutils_namespace())
    return Application(
        srcdir=root,
        confdir=None,
        outdir=work / output.builder,
        doctreedir=work / "doctrees",
        buildername=output.builder,
        confoverrides={**config, **output.settings},
        status=status,
        warning=warnings,
        warningiserror=strict,
        keep_going=True,
    )


class _Lines(io.TextIOBase):
    """A stream that gives whole lines to a function."""

    def __init__(self, take: Callable[[str], None]) -> None:
        self._take = take
        self._rest = ""

    def write(self, text: str) -> int:
        *lines, self._rest = (self._rest + text).split("\n")
        for line in lines:
            if plain := _COLOURS.sub("", line.rpartition("\r")[2]).strip():
                self._take(plain)
        return len(text)


def _status_stream(quiet: bool, progress: Callable[[str], None] | None) -> TextIO | None:
    if progress is not None:
        return _Lines(progress)  # type: ignore[return-value]
    return None if quiet else sys.stdout


def _warned(stream: io.StringIO) -> list[str]:
    """Return the warnings, each once, without colours."""
    lines = [_COLOURS.sub("", line) for line in stream.getvalue().splitlines()]
    return list(dict.fromkeys(line for line in lines if line.strip()))


def failure(what: str, warnings: list[str]) -> str:
    """Return what went wrong with the lines that tell more."""
    return "\n".join([what, *warnings])


@contextlib.contextmanager
def _alone(lock: Path) -> Iterator[TextIO]:
    """Wait until no other build of the project runs, and give the open lock."""
    with lock.open("w") as stream:
        fcntl.flock(stream, fcntl.LOCK_EX)
        yield stream


def _publish(staged: Path, out: Path) -> tuple[list[str], list[str]]:
    """Make ``out`` equal to what was staged; files with the same content keep their time.

    New files go in before old ones go out, pages last, so that a reader of the running site never meets a
    page whose files are missing.
    """
    new = {path.relative_to(staged).as_posix(): path for path in _files(staged)}
    old = {path.relative_to(out).as_posix(): path for path in _files(out)} if out.is_dir() else {}
    changed = sorted(
        name
        for name, path in new.items()
        if name not in old or not filecmp.cmp(path, old[name], shallow=False)
    )
    for name in sorted(changed, key=lambda name: (name.endswith(".html"), name)):
        target = out / name
        if target.is_dir() and not target.is_symlink():
            shutil.rmtree(target)
        target.parent.mkdir(parents=True, exist_ok=True)
        temporary = target.with_name(f".{target.name}.new")
        shutil.copyfile(new[name], temporary)
        temporary.replace(target)
    removed = sorted(old.keys() - new.keys())
    for name in removed:
        (out / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            (out / name).parent.rmdir()
    return changed, removed


def _files(folder: Path) -> Iterator[Path]:
    for path in folder.rglob("*"):
        if path.is_file() and _NOT_PUBLISHED.isdisjoint(path.relative_to(folder).parts):
            yield path


#: What a build that waited says when the changed pages can be seen.
SHOWN = "shown"


def _wait() -> None:
    # What is alive now stays so: the collector need not look at it often in the second that counts.
    gc.collect()
    gc.set_threshold(50_000, 20, 100)
    print("ready", flush=True)
    if not sys.stdin.readline():
        # Whoever would say go is gone.
        sys.exit(1)


def _step_back() -> None:
    """Say that the changed page can be seen, and leave the machine to the browser that is to show it."""
    print(SHOWN, flush=True)
    os.nice(10)


def main() -> int:
    """Build the site of the project around the working folder, or the one named; return the exit status."""
    parser = argparse.ArgumentParser(description=main.__doc__)
    parser.add_argument("root", nargs="?", type=Path)
    parser.add_argument("--quiet", action="store_true")
    parser.add_argument(
        "--wait",
        action="store_true",
        help="say 'ready' when prepared, and go on after a line on standard input",
    )
    arguments = parser.parse_args()
    try:
        result = build_html(
            arguments.root or find_root(),
            quiet=arguments.quiet,
            ready=_wait if arguments.wait else None,
            shown=_step_back,
        )
    except BuildError as error:
        print(error, file=sys.stderr)
        return 1
    if result.more:
        print(SHOWN)
    print(f"{result.out}: {len(result.changed)} files changed in {result.seconds:.1f} s", flush=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
