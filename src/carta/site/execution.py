"""Notebooks are executed before pages are read, and exactly those whose outputs could have changed.

MyST-NB's cache sees the code cells alone. Here a notebook is stale also when an answer it got from the
evidence, a project file it read or a module of ours that it had loaded has changed. What was executed goes
into that cache, where MyST-NB finds it and executes nothing itself.
"""

from __future__ import annotations

import contextlib
import json
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Any, cast

from jupyter_cache import get_cache
from jupyter_cache.base import CacheBundleIn
from myst_nb.core.read import create_nb_reader
from nbformat import NotebookNode
from sphinx.errors import SphinxError
from sphinx.util import logging

from carta.files import digest
from carta.site.as_of import filled
from carta.site.build import PREPARE
from carta.site.kernel_fork import KernelServer
from carta.site.lanes import run_all
from carta.site.notebook_run import PROBE, PYTHON, Notebook, NotebookError, Run, run_notebook
from carta.site.notebook_state import (
    Execution,
    FileDigests,
    read_seconds,
    read_state,
    write_seconds,
    write_state,
)
from carta.site.project import Project, project_of

if TYPE_CHECKING:
    from collections.abc import Set

    from sphinx.application import Sphinx
    from sphinx.config import Config
    from sphinx.environment import BuildEnvironment

logger = logging.getLogger(__name__)

#: Prefix under which MyST-NB keeps what ``glue`` stores, in the outputs' metadata.
_GLUED = "scrapbook"


class ExecutionFailedError(SphinxError):
    """Notebooks did not run to their end."""

    category = "Notebook error"


def _set_cache_path(app: Sphinx, config: Config) -> None:
    # MyST-NB takes a relative path from the working folder; one absolute place serves every builder.
    chosen = config.nb_execution_cache_path
    path = Path(chosen) if chosen else Path("_build") / ".jupyter_cache"
    config.nb_execution_cache_path = str(path if path.is_absolute() else Path(app.srcdir) / path)


def _execute_stale(
    app: Sphinx, env: BuildEnvironment, added: Set[str], changed: Set[str], removed: Set[str]
) -> list[str]:
    """Execute what is stale, and let the project know all outputs; no page is named stale here."""
    if not app.config.carta_execution:
        return []
    project = project_of(app)
    notebooks = _notebooks(app, env)
    cache_folder = Path(env.mystnb_config.execution_cache_path)  # type: ignore[attr-defined]
    # Without a notebook no cache is made.
    if not notebooks:
        return []
    state_file = _state_file(cache_folder)
    state = read_state(state_file)
    cache = get_cache(str(cache_folder))
    # The database is made by whoever first asks; make it before MyST-NB and any other process do.
    cache.list_cache_records()
    digests = FileDigests()
    surroundings = [digests.of(str(project.root / "requirements.lock")), digests.of(str(PROBE)), PYTHON]
    keys = {notebook.docname: _key(notebook.content, surroundings) for notebook in notebooks}
    stale = [
        notebook
        for notebook in notebooks
        if keys[notebook.docname] not in _sound
        and (
            (reason := _why_stale(state.get(notebook.docname), keys[notebook.docname], project, digests))
            or not _is_cached(cache, notebook.content)
        )
        if _say(notebook, reason)
    ]
    for notebook in stale:
        state.pop(notebook.docname, None)
        _remove_from_cache(cache, notebook.content)
    if stale:
        # Whatever happens from here on, nothing stale is remembered as sound.
        write_state(state_file, state)
    failures = []
    seconds_file = state_file.with_name("seconds.json")
    seconds = read_seconds(seconds_file)

    def run_one(notebook: Notebook, server: KernelServer | None, converter: str | None) -> Run:
        return run_notebook(notebook, project.root, project.evidence.day, server, converter)

    for notebook, done in run_all(stale, seconds, run_one):
        try:
            run = done.result()
        except NotebookError as error:
            failures.append(str(error))
            continue
        logger.info(
            "carta: executed %s in %.1f s, its cells in %.2f s",
            notebook.docname,
            run.seconds,
            run.cell_seconds,
        )
        cache.cache_notebook_bundle(
            CacheBundleIn(run.content, str(notebook.path), data={"execution_seconds": run.seconds}),
            check_validity=False,
            overwrite=True,
        )
        state[notebook.docname] = _remember(run, keys[notebook.docname], project.root.resolve())
        seconds[notebook.docname] = run.seconds
    if stale:
        write_seconds(seconds_file, seconds)
    state = {docname: execution for docname, execution in state.items() if docname in keys}
    if stale or set(state) != set(read_state(state_file)):
        write_state(state_file, state)
    if failures:
        raise ExecutionFailedError("\n".join(failures))
    for docname, execution in state.items():
        project.notebook_outputs[docname] = execution.outputs
        project.glued[docname] = execution.glued
    if project.evidence.day is not None:
        for notebook in notebooks:
            _cache_as_read(app, env, cache, notebook)
    return []


def _cache_as_read(app: Sphinx, env: BuildEnvironment, cache: Any, notebook: Notebook) -> None:
    """Let MyST-NB find the outputs also where words stand in place of values: a caption is part of its key."""
    text = notebook.path.read_text(encoding="utf-8")
    read = filled(project_of(app), notebook.docname, text)
    if read == text:
        return
    reader = create_nb_reader(str(notebook.path), env.myst_config, env.mystnb_config, read)  # type: ignore[attr-defined]
    content = cast("NotebookNode", reader.read(read)) if reader else notebook.content
    executed = cache.get_cache_bundle(cache.match_cache_notebook(notebook.content).pk).nb
    for cell, done in zip(_code(content), _code(executed), strict=True):
        cell.outputs, cell.execution_count = done.outputs, done.execution_count
    cache.cache_notebook_bundle(
        CacheBundleIn(content, str(notebook.path)), check_validity=False, overwrite=True
    )


def _code(content: NotebookNode) -> list[NotebookNode]:
    return [cell for cell in content.cells if cell.cell_type == "code"]


def _notebooks(app: Sphinx, env: BuildEnvironment) -> list[Notebook]:
    """Return the pages with code that MyST-NB would take from its cache, in the order of their names."""
    found = []
    for docname in sorted(env.found_docs):
        path = Path(env.doc2path(docname))
        config = env.mystnb_config  # type: ignore[attr-defined]
        try:
            content = _read(env, path)
        except Exception:  # noqa: BLE001  whatever is wrong with the page, reading it will say so
            continue
        if content is None:
            continue
        overrides = dict(content.metadata.get(config.metadata_key, {}))
        mode = overrides.get("execution_mode", config.execution_mode)
        excluded = any(
            PurePosixPath(path.as_posix()).match(pattern) for pattern in config.execution_excludepatterns
        )
        if mode == "cache" and not excluded and any(cell.cell_type == "code" for cell in content.cells):
            timeout = overrides.get("execution_timeout", config.execution_timeout)
            found.append(Notebook(docname, path, content, timeout if timeout and timeout > 0 else None))
    return found


#: Pages read in this process, by their path and text, for the build that waits for a change of one of them.
_pages: dict[tuple[Path, str], NotebookNode | None] = {}


def _read(env: BuildEnvironment, path: Path) -> NotebookNode | None:
    """Return a page as a notebook; nothing where it is none. Nobody changes what is returned."""
    text = path.read_text(encoding="utf-8")
    if (path, text) not in _pages:
        reader = create_nb_reader(str(path), env.myst_config, env.mystnb_config, text)  # type: ignore[attr-defined]
        _pages[path, text] = None if reader is None else reader.read(text)
    return _pages[path, text]


def _prepare(app: Sphinx) -> None:
    """Read all pages, and ask again what the notebooks asked."""
    for docname in app.env.all_docs:
        with contextlib.suppress(Exception):
            # Whatever is wrong with the page, reading it will say so.
            _read(app.env, Path(app.env.doc2path(docname)))
    project = project_of(app)
    cache_folder = Path(app.env.mystnb_config.execution_cache_path)  # type: ignore[attr-defined]
    state = read_state(_state_file(cache_folder))
    for execution in state.values():
        for question in execution.questions:
            project.ask(question)
    cache = get_cache(str(cache_folder))
    digests = FileDigests()
    _sound.clear()
    for notebook in _notebooks(app, app.env):
        known = state.get(notebook.docname)
        if (
            known is not None
            and not _why_stale(known, known.key, project, digests)
            and _is_cached(cache, notebook.content)
        ):
            _sound.add(known.key)


def _state_file(cache_folder: Path) -> Path:
    return cache_folder.with_name(f"{cache_folder.name}-carta") / "notebooks.json"


def _key(content: NotebookNode, surroundings: list[str]) -> str:
    cells = [[cell.source, dict(cell.metadata)] for cell in content.cells if cell.cell_type == "code"]
    kernel = content.metadata.get("kernelspec", {})
    return digest(json.dumps([cells, kernel], sort_keys=True, default=str), *surroundings)


def _why_stale(known: Execution | None, key: str, project: Project, digests: FileDigests) -> str:
    """Return in words why a notebook must be executed; nothing where it need not."""
    if known is None:
        return "it was not executed yet"
    if known.key != key:
        return "its code or the environment has changed"
    if any(project.ask(question) != answer for question, answer in known.questions.items()):
        return "the evidence that it asks for has changed"
    for file, then in known.files.items():
        # Joined with an absolute path, the root falls away.
        if digests.of(str(project.root / file)) != then:
            return f"{file} has changed"
    return ""


def _say(notebook: Notebook, reason: str) -> bool:
    logger.info("carta: executing %s: %s", notebook.docname, reason or "its outputs are gone")
    return True


#: Keys of notebooks that a build that waits has found sound before; of the files only pages may have changed since.
_sound: set[str] = set()


def _is_cached(cache: Any, content: NotebookNode) -> bool:
    try:
        record = cache.match_cache_notebook(content)
    except KeyError:
        return False
    # Its file need not be read and validated for that.
    return bool(cache._get_notebook_path_cache(record.hashkey).is_file())


def _remove_from_cache(cache: Any, content: NotebookNode) -> None:
    try:
        cache.remove_cache(cache.match_cache_notebook(content).pk)
    except (KeyError, OSError):
        return


def _remember(run: Run, key: str, root: Path) -> Execution:
    digests = FileDigests()
    outputs = [
        [dict(output) for output in cell.outputs] for cell in run.content.cells if cell.cell_type == "code"
    ]
    glued = {}
    for output in (output for cell in outputs for output in cell):
        stored = cast("dict[str, Any]", output.get("metadata", {})).get(_GLUED, {})
        if "name" in stored:
            glued[str(stored["name"])] = _digest_json(output.get("data"))
    return Execution(
        key=key,
        questions=run.questions,
        files={
            _within(file, root): digests.of(file) if _older(file, run.began) else "changed"
            for file in run.files
        },
        outputs=_digest_json(outputs),
        glued=glued,
    )


def _within(file: str, root: Path) -> str:
    """Return the path relative to the project, so that a copy of the project looks at its own files."""
    path = Path(file)
    return path.relative_to(root).as_posix() if path.is_relative_to(root) else file


def _older(file: str, moment: float) -> bool:
    try:
        return Path(file).stat().st_mtime < moment
    except OSError:
        return False


def _digest_json(value: Any) -> str:
    return digest(json.dumps(value, sort_keys=True, ensure_ascii=False, default=str))


def setup(app: Sphinx) -> None:
    """Execute when the pages are known and none is read yet.

    With ``carta_execution`` off, MyST-NB executes each notebook when it reads the page, as in any other book.
    """
    app.add_config_value("carta_execution", True, "", types=[bool])
    app.connect("config-inited", _set_cache_path)
    app.connect(PREPARE, _prepare)
    # Before staleness is judged, for pages that show outputs.
    app.connect("env-get-outdated", _execute_stale, priority=400)
