"""Reading a model file: text in, a sound :class:`Model` out, or findings that name file and line.

Before it is validated, three kinds of mapping are replaced by what they stand for:

``{fact: key:id, field: mean}``
    a number of the evidence base (fields: ``point``, the default; ``low``, ``high``, ``ci95``, ``range``,
    ``iqr``, ``sd``, ``events``, ``n``); a parameter that uses one lists the fact among its ``facts``;
``{csv: FILE, x: COLUMN, y: COLUMN}``
    in a table: two columns of a CSV file beside the model (lines that begin with ``#`` are comments);
``extends: FILE``
    at the top: another model file that this one changes, mapping by mapping; of several, later ones change earlier.
"""

from __future__ import annotations

import csv
from collections.abc import Callable
from pathlib import Path
from typing import Any, cast

import yaml
from pydantic import ValidationError

from carta.evidence.yaml_files import error_line, parse
from carta.findings import Finding, relative_to_project
from carta.models.economics.checks import check_model
from carta.models.economics.description import Model
from carta.models.economics.errors import ModelError
from carta.models.economics.source import Source

#: Gives the value of a field of a fact, or raises KeyError with a sentence.
FactLookup = Callable[[str, str], float | list[float]]


def read_model(
    path: Path, *, facts: FactLookup | None = None, root: Path | None = None
) -> tuple[Model, Source]:
    """Read a model file.

    Args:
        path: the YAML file.
        facts: how to look up a fact; without it, a model that names one is an error.
        root: folder to which findings name files.

    Raises:
        ModelError: when the file cannot be used; its findings name file, line and mend.
    """
    place = root or Path.cwd()
    files: list[Path] = []
    content = _read_raw(path, place, files)
    source = Source(tuple(files), place)
    resolver = _Resolver(source, facts)
    content = resolver.resolve(content, ())
    if resolver.findings:
        raise ModelError(resolver.findings)
    try:
        model = Model.model_validate(content)
    except ValidationError as error:
        raise ModelError([_in_words(problem, source) for problem in error.errors()]) from error
    findings = check_model(model, source)
    if findings:
        raise ModelError(findings)
    return model, source


def _read_raw(path: Path, root: Path, files: list[Path]) -> dict[str, Any]:
    name = relative_to_project(path, root)

    def stop(rule: str, line: int, message: str, mend: str) -> ModelError:
        return ModelError([Finding(f"model/{rule}", "error", name, line, message, mend)])

    if path in files or len(files) > 50:
        raise stop(
            "extends", 1, "The file is extended twice, or by itself.", "Break the circle of 'extends'."
        )
    files.append(path)
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise stop(
            "unreadable", 1, f"The file cannot be read: {error.strerror}.", "Check its name and rights."
        ) from error
    except UnicodeDecodeError as error:
        raise stop("encoding", 1, "The file is not UTF-8.", "Save it as UTF-8.") from error
    try:
        content = parse(text)
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        raise stop(
            "yaml",
            error_line(error),
            f"The file is not sound YAML: {problem}.",
            "Mend indentation, quotes or colons.",
        ) from error
    if not isinstance(content, dict):
        raise stop("schema", 1, "The file holds no model.", "Write fields as 'name: value'.")
    content = cast("dict[str, Any]", _anchor_csv(content, path.parent))
    parents = content.pop("extends", [])
    base: dict[str, Any] = {}
    for parent in [parents] if isinstance(parents, str) else parents:
        base = _merge(base, _read_raw(path.parent / str(parent), root, files))
    return _merge(base, content)


def _anchor_csv(content: Any, folder: Path) -> Any:
    """Write the folder of the file into each csv reference, which a child file may inherit."""
    if isinstance(content, dict):
        if isinstance(content.get("csv"), str):
            content = {**content, "csv": str(folder / content["csv"])}
        return {key: _anchor_csv(value, folder) for key, value in content.items()}
    return content


def _merge(base: dict[str, Any], change: dict[str, Any]) -> dict[str, Any]:
    result = dict(base)
    for key, value in change.items():
        old = result.get(key)
        replaces = isinstance(value, dict) and ({"fact", "csv", "value"} & value.keys())
        result[key] = (
            _merge(old, value)
            if isinstance(old, dict) and isinstance(value, dict) and not replaces
            else value
        )
    return result


class _Resolver:
    """Puts numbers in the place of references to facts and CSV columns."""

    def __init__(self, source: Source, facts: FactLookup | None) -> None:
        self.source = source
        self.facts = facts
        self.findings: list[Finding] = []
        self._named: list[str] = []

    def resolve(self, content: Any, location: tuple[str | int, ...]) -> Any:
        if isinstance(content, list):
            return [self.resolve(item, (*location, i)) for i, item in enumerate(content)]
        if not isinstance(content, dict):
            return content
        if "fact" in content and content.keys() <= {"fact", "field"}:
            return self._fact(str(content["fact"]), str(content.get("field", "point")), location)
        if "csv" in content:
            return self._csv(content, location)
        is_parameter = len(location) == 2 and location[0] == "parameters"
        if is_parameter:
            self._named = []
        result = {key: self.resolve(value, (*location, str(key))) for key, value in content.items()}
        if is_parameter and self._named:
            result["facts"] = list(dict.fromkeys([*self._named, *result.get("facts", [])]))
        return result

    def _fact(self, name: str, field_name: str, location: tuple[str | int, ...]) -> Any:
        self._named.append(name)
        try:
            if self.facts is None:
                raise KeyError("No evidence base is at hand to look it up in.")
            return self.facts(name, field_name)
        except KeyError as error:
            message = str(error.args[0]) if error.args else "It is not in the evidence base."
            self.findings.append(
                self.source.finding(
                    "fact",
                    location,
                    f"The fact {name} cannot be used: {message}",
                    "Name a fact with that field.",
                )
            )
            return 0.0

    def _csv(self, content: dict[str, Any], location: tuple[str | int, ...]) -> Any:
        rest = {key: value for key, value in content.items() if key not in ("csv", "x", "y")}
        try:
            with Path(str(content["csv"])).open(encoding="utf-8", newline="") as stream:
                rows = list(csv.DictReader(line for line in stream if not line.startswith("#")))
            columns = {
                axis: [float(row[str(content[axis])]) for row in rows if row[str(content[axis])] != ""]
                for axis in ("x", "y")
            }
        except (OSError, KeyError, ValueError, TypeError) as error:
            self.findings.append(
                self.source.finding(
                    "csv",
                    location,
                    f"The columns cannot be read from {Path(str(content['csv'])).name}: {error}.",
                    "Give csv, x and y: a file beside the model, and the names of two of its columns.",
                )
            )
            return {**rest, "x": [0.0], "y": [0.0]}
        return {**rest, **columns}


def _in_words(problem: Any, source: Source) -> Finding:
    # Steps that pydantic adds for the branch of a union are not in the file.
    skipped = {"Transition", "literal['rest']", "float", "str"}
    location = [
        step for step in problem["loc"] if str(step) not in skipped and not str(step).startswith("function-")
    ]
    place = ".".join(str(step) for step in location) or "the model"
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        return source.finding(
            "schema", location, f"{place}: there is no such field.", "Check its spelling in the schema."
        )
    if problem["type"] == "missing":
        return source.finding("schema", location, f"{place}: the field is missing.", "Add the field.")
    if problem["type"] == "value_error":
        return source.finding("schema", location, f"{place} {message}.", "Correct it.")
    found = str(problem.get("input"))[:60]
    return source.finding("schema", location, f"{place}: {message} (found {found!r}).", "Correct the value.")
