"""``carta simulate kinetics``: run the minimal model of the immune reset, for one typical or many virtual patients."""

from __future__ import annotations

import csv
import io
import json
import os
import sys
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carta.commands.failure import Failure

if TYPE_CHECKING:
    from carta.models.kinetics.scenarios import Scenario
    from carta.models.kinetics.settings import Library

_FORMATS = ("text", "json", "csv")
_DISCLAIMER = "A teaching model, not a forecast: settings marked calibrated or assumed are no evidence."


@click.command()
@click.option(
    "--model",
    "--scenario",
    "model",
    default="cd19",
    show_default=True,
    help="A treatment by name (cd19, bcma, both, rituximab, mrna-ex-vivo, mrna-in-vivo), or a YAML file with "
    "'scenario' and 'settings'.",
)
@click.option(
    "--set", "changes", multiple=True, metavar="NAME=VALUE", help="Set a constant of the model (repeatable)."
)
@click.option("--days", type=click.FloatRange(30, 3650), default=730, show_default=True)
@click.option(
    "--n", type=click.IntRange(0), default=0, show_default=True, help="Virtual patients; 0: the typical one."
)
@click.option("--seed", type=click.IntRange(0), default=1, show_default=True)
@click.option(
    "--spread",
    type=click.Choice(["standard-deviation", "variance"]),
    default="standard-deviation",
    show_default=True,
    help="How the published between-subject column is read; neither is confirmed.",
)
@click.option("--curves", is_flag=True, help="Give the curves of the typical patient, not the measures.")
@click.option(
    "--targets", is_flag=True, help="Tell which observations the model reproduces, and nothing else."
)
@click.option("--executor", type=click.Choice(["local", "dask"]), default="local", show_default=True)
@click.option("--scheduler", metavar="ADDRESS", help="Of the Dask scheduler: tcp://HOST:PORT.")
@click.option("--format", "form", type=click.Choice(_FORMATS), default="text", show_default=True)
@click.option(
    "--root", type=click.Path(file_okay=False, path_type=Path), help="The project's folder, for its evidence."
)
@click.option("--quiet", is_flag=True, help="Print results and errors only.")
def kinetics(
    model: str,
    changes: tuple[str, ...],
    days: float,
    n: int,
    seed: int,
    spread: str,
    curves: bool,
    targets: bool,
    executor: str,
    scheduler: str | None,
    form: str,
    root: Path | None,
    quiet: bool,
) -> None:
    """Run the minimal model of the immune reset.

    Without --n: the measures of the typical patient, or with --curves the curves. With --n: quantiles of the measures
    over virtual patients. The same settings and seed give the same numbers on any executor. Exit code 2: the model or
    the executor cannot be used.

    Example: carta simulate kinetics --model cd19 --set dose=1e8 --n 1000 --seed 1 --format json
    """
    if curves and n:
        raise click.UsageError("--curves is for the typical patient: leave out --n.")
    try:
        from carta.evidence import EvidenceError, load
        from carta.files import ProjectNotFoundError
        from carta.models.ensembles import EnsembleError
        from carta.models.executors import ExecutorError
        from carta.models.kinetics.settings import Library, SettingError
        from carta.models.kinetics.solution import SolverError
    except ModuleNotFoundError as error:
        raise Failure(f"{error.name} is not installed: pip install 'carta[models]'") from error
    try:
        evidence = load(root)
        library = Library(evidence)
        if targets:
            content = _targets(evidence)
        else:
            chosen = _scenario(library, model, changes)
            content = _header(library, chosen)
            if curves:
                content |= _curves(chosen, days)
            elif n:
                content |= _patients(
                    evidence, library, chosen, days, n, seed, spread, executor, scheduler, quiet
                )
            else:
                content |= _typical(library, chosen, days)
    except ModuleNotFoundError as error:
        raise Failure(f"{error.name} is not installed: pip install 'carta[models]'") from error
    except EvidenceError as error:
        raise Failure(f"the evidence base cannot be used:\n{error}") from error
    except (ProjectNotFoundError, SettingError, SolverError, EnsembleError, ExecutorError) as error:
        raise Failure(str(error)) from error
    click.echo({"json": _json, "csv": _csv, "text": _text}[form](content), nl=False)
    if not quiet and form != "text":
        click.echo(_DISCLAIMER, err=True)


def _scenario(library: Library, model: str, changes: tuple[str, ...]) -> Scenario:
    from carta.models.kinetics.scenarios import scenario
    from carta.models.kinetics.settings import SettingError

    path = Path(model)
    values: dict[str, float] = {}
    name = model
    if path.suffix in (".yaml", ".yml") or path.is_file():
        name, values = _read(path)
    for change in changes:
        key, sign, text = change.partition("=")
        try:
            values[key.strip()] = float(text)
        except ValueError:
            sign = ""
        if not sign:
            raise SettingError(f"--set {change}: write NAME=VALUE with a number, such as --set dose=1e8")
    chosen = scenario(library, name)
    return chosen.with_values(**values) if values else chosen


def _read(path: Path) -> tuple[str, dict[str, float]]:
    """Return scenario and settings of a model file."""
    import yaml

    from carta.models.kinetics.settings import SettingError

    try:
        content = yaml.safe_load(path.read_text(encoding="utf-8"))
    except OSError as error:
        raise SettingError(f"{path}: it cannot be read: {error.strerror or error}") from error
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        mark = getattr(error, "problem_mark", None)
        line = f":{mark.line + 1}" if mark is not None else ""
        raise SettingError(f"{path}{line}: it is no valid YAML") from error
    if (
        not isinstance(content, dict)
        or not set(content) <= {"scenario", "settings"}
        or "scenario" not in content
    ):
        raise SettingError(f"{path}: it must hold 'scenario' and may hold 'settings', nothing else")
    settings = content.get("settings") or {}
    if not isinstance(settings, dict):
        raise SettingError(f"{path}: 'settings' must map names of constants to numbers")
    values = {}
    for name, value in settings.items():
        # YAML reads 1e8 as text: a number in it needs a point.
        try:
            values[str(name)] = float(value)
        except (TypeError, ValueError):
            raise SettingError(f"{path}: settings: {name}: {value!r} is no number") from None
    return str(content["scenario"]), values


def _header(library: Library, chosen: Scenario) -> dict[str, Any]:
    held = chosen.settings.held
    return {
        "model": "minimal model of the immune reset",
        "disclaimer": _DISCLAIMER,
        "scenario": chosen.name,
        "title": chosen.title,
        "warning": chosen.warning,
        "limits": library.limits,
        "doses": [dose._asdict() for dose in chosen.doses],
        "settings": {
            name: {
                "value": setting.value,
                "unit": setting.unit,
                "status": setting.status,
                "record": setting.record,
                "sources": list(setting.sources),
            }
            for name, setting in held.items()
        },
    }


def _typical(library: Library, chosen: Scenario, days: float) -> dict[str, Any]:
    from carta.models.kinetics.measures import as_records, grid, summary
    from carta.models.kinetics.run import simulate

    solution = simulate(chosen, times=grid(days))
    return {"rows": as_records(summary(solution, library.aplasia_threshold))}


def _curves(chosen: Scenario, days: float) -> dict[str, Any]:
    from carta.models.kinetics.measures import grid
    from carta.models.kinetics.run import simulate
    from carta.models.kinetics.system import READOUTS, STATE_NAMES

    solution = simulate(chosen, times=grid(days, 1.0))
    columns = {name: solution.state(name) for name in STATE_NAMES}
    columns |= {name: solution.readout(name) for name in READOUTS}
    rows = [
        {"day": float(day), **{name: float(values[row]) for name, values in columns.items()}}
        for row, day in enumerate(solution.times)
    ]
    return {"events": [event._asdict() for event in solution.events], "rows": rows}


def _patients(
    evidence: Any,
    library: Library,
    chosen: Scenario,
    days: float,
    n: int,
    seed: int,
    spread: str,
    executor: str,
    scheduler: str | None,
    quiet: bool,
) -> dict[str, Any]:
    from carta.models.executors import open_executor
    from carta.models.kinetics.measures import grid
    from carta.models.kinetics.patients import draw_patients, measure_patients, quantiles, spreads

    varied = spreads(evidence, "variance" if spread == "variance" else "standard-deviation")
    patients = draw_patients(chosen, varied, n, seed)
    # The compiled model leaves the interpreter free, so threads serve this machine without a copy of each result.
    local = ThreadPoolExecutor(os.cpu_count() or 1)
    with local if executor == "local" else open_executor(executor, scheduler) as workers:
        measured = measure_patients(
            patients, grid(days), library.aplasia_threshold, executor=workers, progress=_progress(quiet)
        )
    return {
        "n": n,
        "seed": seed,
        "spread": spread,
        "varied": [
            {"constant": each.constant, "sigma_log": each.sigma, "status": each.status, "note": each.note}
            for each in varied
        ],
        "rows": quantiles(measured),
    }


def _targets(evidence: Any) -> dict[str, Any]:
    from dataclasses import asdict

    from carta.models.kinetics.targets import check_targets

    rows = [asdict(result) for result in check_targets(evidence)]
    return {"model": "minimal model of the immune reset", "disclaimer": _DISCLAIMER, "rows": rows}


def _progress(quiet: bool) -> Callable[[int, int], None] | None:
    if quiet or not sys.stderr.isatty():
        return None

    def show(done: int, total: int) -> None:
        click.echo(f"\r{done} of {total} patients", nl=done == total, err=True)

    return show


def _json(content: dict[str, Any]) -> str:
    return json.dumps(content, indent=2, ensure_ascii=False, allow_nan=False) + "\n"


def _csv(content: dict[str, Any]) -> str:
    stream = io.StringIO()
    rows = [
        {
            key: " ".join(map(str, value)) if isinstance(value, list | tuple) else value
            for key, value in row.items()
        }
        for row in content["rows"]
    ]
    writer = csv.DictWriter(stream, list(rows[0]), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return stream.getvalue()


def _text(content: dict[str, Any]) -> str:
    lines = [content["disclaimer"]]
    if content.get("warning"):
        lines.append(content["warning"])
    if "title" in content:
        lines.append(f"{content['title']} ({content['scenario']})")
        settings = content["settings"].items()
        for status in ("calibrated", "assumed", "chosen"):
            names = [f"{name} = {held['value']:.4g}" for name, held in settings if held["status"] == status]
            if names:
                lines.append(f"  {status}: {', '.join(names)}")
    for row in content["rows"]:
        if "verdict" in row:
            lines.append(f"{row['label']:5} {row['verdict']:7} {row['what']}: {row['said']}")
        elif "q50" in row:
            middle = (
                "none" if row["q50"] is None else f"{row['q50']:.4g} ({row['q5']:.4g} to {row['q95']:.4g})"
            )
            lines.append(f"{row['what']}: {middle} {row['unit']}; in {row['occurred']} of {row['patients']}")
        elif "measure" in row:
            value = "does not occur" if row["value"] is None else f"{row['value']:.4g} {row['unit']}"
            lines.append(f"{row['what']}: {value}")
        else:
            lines.append("  ".join(f"{name}={value:.4g}" for name, value in row.items()))
    return "\n".join(lines) + "\n"
