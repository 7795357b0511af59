"""``carta simulate economics``: run anyone's cohort state-transition model."""

from __future__ import annotations

import contextlib
import csv
import io
import json
import sys
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carta.commands.failure import Failure

if TYPE_CHECKING:
    from carta.models.economics import Model
    from carta.models.economics.source import Source

_FORMATS = ("text", "json", "csv")


@click.command()
@click.option(
    "--model",
    "model_file",
    type=click.Path(path_type=Path),
    help="A model file, or the name of one of CARTA's (lupus-us, ...).",
)
@click.option(
    "--n", type=click.IntRange(0), default=1000, show_default=True, help="Draws; 0: base case alone."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option(
    "--threshold", "thresholds", type=click.FloatRange(0), multiple=True, help="Price of a QALY (repeatable)."
)
@click.option("--scenario", help="Run this scenario of the model in place of the base case.")
@click.option(
    "--set", "settings", multiple=True, metavar="NAME=VALUE", help="Hold a parameter at a value (repeatable)."
)
@click.option("--tornado", is_flag=True, help="Add one-way analyses of every parameter with limits.")
@click.option(
    "--evppi", is_flag=True, help="Add the expected value of perfect information on each parameter."
)
@click.option(
    "--threshold-of",
    metavar="NAME",
    help="Add the value of this parameter at which each strategy breaks even.",
)
@click.option("--executor", type=click.Choice(["local", "dask"]), default="local", show_default=True)
@click.option("--scheduler", metavar="ADDRESS", help="Of the Dask scheduler: tcp://HOST:PORT.")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option("--schema", is_flag=True, help="Print the JSON Schema of a model file, and do nothing else.")
@click.option(
    "--root", type=click.Path(file_okay=False, path_type=Path), help="The project's folder, for its evidence."
)
@click.option("--quiet", is_flag=True, help="Print results and errors only.")
def economics(
    model_file: Path | None,
    n: int,
    seed: int,
    thresholds: tuple[float, ...],
    scenario: str | None,
    settings: tuple[str, ...],
    tornado: bool,
    evppi: bool,
    threshold_of: str | None,
    executor: str,
    scheduler: str | None,
    form: str,
    schema: bool,
    root: Path | None,
    quiet: bool,
) -> None:
    """Run a cohort state-transition model: base case, draws, and what decides.

    The same file, number of draws and seed give the same numbers on any executor. Exit code 2: the model or the
    executor cannot be used.

    Example: carta simulate economics --model lupus-us --n 10000 --seed 1 --format json
    """
    try:
        if schema:
            from carta.models.economics.description import schema as model_schema

            click.echo(json.dumps(model_schema(), indent=2))
            return
        if model_file is None:
            raise click.UsageError("Give a model: --model FILE.")
        content = _simulate(
            model_file,
            n,
            seed,
            thresholds,
            scenario,
            settings,
            tornado,
            evppi,
            threshold_of,
            executor,
            scheduler,
            root,
            quiet,
        )
    except ModuleNotFoundError as error:
        raise Failure(f"{error.name} is not installed: pip install 'carta[models]'") from error
    click.echo({"json": _json, "csv": _csv, "text": _text}[form](content), nl=False)


def _simulate(
    model_file: Path,
    n: int,
    seed: int,
    thresholds: tuple[float, ...],
    scenario: str | None,
    settings: tuple[str, ...],
    tornado: bool,
    evppi: bool,
    threshold_of: str | None,
    executor: str,
    scheduler: str | None,
    root: Path | None,
    quiet: bool,
) -> dict[str, Any]:
    from carta.models.economics import ModelError
    from carta.models.economics.probabilistic import run_probabilistic
    from carta.models.economics.report import base_report, probabilistic_report
    from carta.models.economics.sensitivity import with_scenario
    from carta.models.executors import ExecutorError, open_executor

    try:
        model, source = _read(model_file, root)
        model, fixed = with_scenario(model, scenario)
        fixed |= _settings(settings, model)
        if threshold_of is not None and threshold_of not in model.parameters:
            raise Failure(f"the model has no parameter {threshold_of!r}")
        prices = tuple(thresholds) or tuple(model.thresholds)
        content = base_report(
            model,
            prices,
            fixed=fixed,
            scenario=scenario,
            tornado=tornado,
            threshold_of=threshold_of,
            source=source,
        )
        if n:
            with contextlib.ExitStack() as stack:
                # Here threads are quicker than processes, and a run that stays in one process needs neither.
                chosen = (
                    stack.enter_context(open_executor(executor, scheduler)) if executor == "dask" else None
                )
                result = run_probabilistic(
                    model, n, seed, executor=chosen, progress=_progress(quiet), source=source, fixed=fixed
                )
            content["probabilistic"] = probabilistic_report(model, result, prices, evppi=evppi)
    except ModelError as error:
        raise Failure(f"the model cannot be used:\n{error}") from error
    except ExecutorError as error:
        raise Failure(str(error)) from error
    except KeyError as error:
        raise Failure(str(error.args[0])) from error
    return content


def _read(model_file: Path, root: Path | None) -> tuple[Model, Source]:
    from carta.files import ProjectNotFoundError, find_root
    from carta.models.economics.carta_models import evidence_lookup, model_path
    from carta.models.economics.reading import read_model

    place: Path | None
    try:
        place = find_root(root)
    except ProjectNotFoundError:
        place = None
    path = model_file
    if not path.exists() and place is not None and path.suffix == "" and len(path.parts) == 1:
        path = model_path(place, path.name)
    return read_model(path, facts=evidence_lookup(place) if place else None, root=Path.cwd())


def _settings(settings: tuple[str, ...], model: Model) -> dict[str, float]:
    result = {}
    for setting in settings:
        name, separator, value = setting.partition("=")
        if name not in model.parameters:
            raise Failure(f"--set {setting}: the model has no parameter {name!r}")
        try:
            result[name] = float(value) if separator else float("nan")
        except ValueError as error:
            raise Failure(f"--set {setting}: {value!r} is no number") from error
        if not separator:
            raise Failure(f"--set {setting}: write NAME=VALUE")
    return result


def _progress(quiet: bool) -> Callable[[int, int], None] | None:
    if quiet or not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        click.echo(f"\r{done} of {total} blocks of draws", nl=done == total, err=True)

    return show


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False) + "\n"


def _csv(content: dict[str, Any]) -> str:
    """One row a strategy: base case, and means and 95 % intervals over the draws."""
    rows = []
    drawn = content.get("probabilistic", {}).get("strategies", {})
    for name, row in content["strategies"].items():
        flat = {"strategy": name, **{key: row[key] for key in ("cost", "effect", "life_years")}}
        for key in ("cost", "effect"):
            for part in ("mean", "low", "high"):
                flat[f"{key}_{part}"] = drawn[name][key][part] if name in drawn else ""
        rows.append(flat)
    stream = io.StringIO()
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def _text(content: dict[str, Any]) -> str:
    from carta.models.economics.report import text_report

    return text_report(content)
