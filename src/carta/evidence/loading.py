"""Reading the evidence base: text files in, typed records out, or a list of what is wrong and where."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

import yaml
from pydantic import BaseModel, ValidationError

from carta.evidence import appraisals, records
from carta.evidence.appraisals import Appraisal, Certainty
from carta.evidence.records import (
    Claim,
    ClaimFile,
    Notice,
    NoticeFile,
    ParameterFile,
    ScreeningRound,
    Study,
    Trial,
    Vocabulary,
    WatchFile,
)
from carta.evidence.yaml_files import error_line, line_of, parse
from carta.files import cached, digest
from carta.findings import Finding, as_text, relative_to_project, sort_findings

M = TypeVar("M", bound=BaseModel)


class EvidenceError(Exception):
    """The evidence base cannot be read; ``findings`` say where and how to mend it."""

    def __init__(self, findings: list[Finding]) -> None:
        super().__init__(as_text(findings))
        self.findings = findings


@dataclass(frozen=True)
class Records:
    """All records, as the files hold them, in the order of their names."""

    vocabulary: Vocabulary
    studies: Mapping[str, Study]
    trials: Mapping[str, Trial]
    parameters: Mapping[str, ParameterFile]
    claim_files: Mapping[str, ClaimFile]
    #: Risk of bias, by the key of the study.
    appraisals: Mapping[str, Appraisal]
    #: Certainty of outcomes, by the name of the file.
    certainties: Mapping[str, Certainty]
    #: File of each record, relative to the root: ``("study", key)`` to path.
    files: Mapping[tuple[str, str], str]
    #: What publishers said about a source after it came out, by its key.
    notices: Mapping[str, Sequence[Notice]] = field(default_factory=dict)
    #: Which source was last asked for news, and when.
    watch: WatchFile = field(default_factory=WatchFile)
    #: What each search found and what was decided, by the name of the file.
    screening: Mapping[str, ScreeningRound] = field(default_factory=dict)

    @property
    def claims(self) -> dict[str, Claim]:
        """All claims, by their identifier."""
        return {name: claim for file in self.claim_files.values() for name, claim in file.claims.items()}


@dataclass
class Reading:
    """What came of reading a base: the records that are sound, and findings on the others."""

    records: Records
    findings: list[Finding] = field(default_factory=list)


#: Folder (or file) under ``evidence/`` and the model of a file in it.
_KINDS: dict[str, tuple[str, type[BaseModel]]] = {
    "study": ("studies", Study),
    "trial": ("trials", Trial),
    "parameters": ("parameters", ParameterFile),
    "claims": ("claims", ClaimFile),
    "appraisal": ("appraisals", Appraisal),
    "certainty": ("certainty", Certainty),
    "screening": ("screening", ScreeningRound),
}

#: Single files under ``evidence/``; all but the vocabulary may be absent.
_SINGLE: dict[str, tuple[str, type[BaseModel]]] = {
    "vocabulary": ("vocabulary.yaml", Vocabulary),
    "notices": ("notices.yaml", NoticeFile),
    "watch": ("watch.yaml", WatchFile),
}


def _source_files(evidence: Path) -> Iterator[tuple[str, Path]]:
    for kind, (name, _) in _SINGLE.items():
        if kind == "vocabulary" or (evidence / name).exists():
            yield kind, evidence / name
    for kind, (folder, _) in _KINDS.items():
        for path in sorted((evidence / folder).glob("*.y*ml")):
            yield kind, path


def read_base(root: Path, *, cache: Path | None = None, use_cache: bool = True) -> Reading:
    """Read and validate every record under ``root/evidence``.

    What was parsed is remembered, keyed on the content of all files and on the record definitions.
    Never raises for bad content: a file that cannot be used is left out and has a finding.
    """
    evidence = root / "evidence"
    findings: list[Finding] = []
    contents: list[tuple[str, Path, bytes]] = []
    for kind, path in _source_files(evidence):
        try:
            contents.append((kind, path, path.read_bytes()))
        except OSError as error:
            findings.append(
                Finding(
                    "evidence/unreadable",
                    "error",
                    relative_to_project(path, root),
                    1,
                    f"The file cannot be read: {error.strerror}.",
                    "Restore the file, or its rights.",
                )
            )
    if findings:
        return Reading(_empty(), findings)
    key = digest(
        Path(records.__file__).read_bytes(),
        Path(appraisals.__file__).read_bytes(),
        Path(__file__).read_bytes(),
        *(part for _, path, raw in contents for part in (path.relative_to(root).as_posix(), raw)),
    )
    if not use_cache:
        return _parse_all(contents, root)
    return cached(f"evidence-{digest(str(root.resolve()))}", key, lambda: _parse_all(contents, root), cache)


def _empty() -> Records:
    nothing: dict[str, Any] = {name: {} for name in Vocabulary.model_fields if name != "names"}
    return Records(Vocabulary(**nothing), {}, {}, {}, {}, {}, {}, {})


def _parse_all(contents: list[tuple[str, Path, bytes]], root: Path) -> Reading:
    findings: list[Finding] = []
    vocabulary = _empty().vocabulary
    notices: dict[str, list[Notice]] = {}
    watch = WatchFile()
    collected: dict[str, dict[str, Any]] = {kind: {} for kind in _KINDS}
    files: dict[tuple[str, str], str] = {}
    claim_lines: dict[str, str] = {}
    for kind, path, raw in contents:
        name = path.stem
        model = (_SINGLE.get(kind) or _KINDS[kind])[1]
        record, found = _parse_one(path, raw, model, root)
        findings.extend(found)
        if record is None:
            continue
        relative = relative_to_project(path, root)
        if isinstance(record, Vocabulary):
            vocabulary = record
            continue
        if isinstance(record, NoticeFile):
            notices = record.notices
            files[kind, name] = relative
            continue
        if isinstance(record, WatchFile):
            watch = record
            files[kind, name] = relative
            continue
        if kind == "trial" and (problem := _wrong_trial_name(name)):
            findings.append(
                Finding("evidence/nct", "error", relative, 1, problem, "Name the file after the NCT number.")
            )
            continue
        if isinstance(record, ClaimFile):
            for claim in record.claims:
                if claim in claim_lines:
                    findings.append(
                        Finding(
                            "evidence/duplicate-claim",
                            "error",
                            relative,
                            line_of(path, ("claims", claim)),
                            f"The claim {claim} stands also in {claim_lines[claim]}.",
                            "Give it another identifier.",
                        )
                    )
                claim_lines[claim] = relative
        collected[kind][name] = record
        files[kind, name] = relative
    base = Records(
        vocabulary=vocabulary,
        studies=collected["study"],
        trials=collected["trial"],
        parameters=collected["parameters"],
        claim_files=collected["claims"],
        appraisals=collected["appraisal"],
        certainties=collected["certainty"],
        files=files,
        notices=notices,
        watch=watch,
        screening=collected["screening"],
    )
    return Reading(base, sort_findings(findings))


def _wrong_trial_name(name: str) -> str | None:
    try:
        records._nct(name)
    except ValueError as error:
        return f"The file's name {name!r} {error}."
    return None


def _parse_one(path: Path, raw: bytes, model: type[M], root: Path) -> tuple[M | None, list[Finding]]:
    relative = relative_to_project(path, root)

    def finding(rule: str, line: int, message: str, mend: str) -> Finding:
        return Finding(f"evidence/{rule}", "error", relative, line, message, mend)

    try:
        text = raw.decode("utf-8")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        return None, [finding("encoding", line, "The file is not UTF-8.", "Save it as UTF-8.")]
    try:
        content = parse(text)
    except yaml.YAMLError as error:
        problem = getattr(error, "problem", None) or str(error).splitlines()[0]
        return None, [
            finding(
                "yaml",
                error_line(error),
                f"The file is not sound YAML: {problem}.",
                "Mend the line: check its indentation, quotes and colons.",
            )
        ]
    if not isinstance(content, dict):
        return None, [finding("schema", 1, "The file holds no record.", "Write fields as 'name: value'.")]
    try:
        return model.model_validate(content), []
    except ValidationError as error:
        return None, [
            finding(
                "schema",
                line_of(path, [step for step in problem["loc"] if not str(step).startswith("function-")]),
                _in_words(problem),
                _mend(problem, model),
            )
            for problem in error.errors()
        ]


def _in_words(problem: Any) -> str:
    place = ".".join(str(step) for step in problem["loc"]) or "the record"
    message = problem["msg"].removeprefix("Value error, ")
    if problem["type"] == "extra_forbidden":
        return f"{place}: there is no such field."
    if problem["type"] == "missing":
        return f"{place}: the field is missing."
    if problem["type"] == "value_error":
        return f"{place} {message}."
    return f"{place}: {message} (found {str(problem.get('input'))[:60]!r})."


def _mend(problem: Any, model: type[BaseModel]) -> str:
    if problem["type"] == "extra_forbidden":
        return f"Check its spelling against evidence/schema/{_schema_name(model)}."
    if problem["type"] == "missing":
        return "Add the field."
    return "Correct the value, or leave the field out where it is not known."


def _schema_name(model: type[BaseModel]) -> str:
    return next(f"{kind}.schema.json" for kind, (_, known) in {**_KINDS, **_SINGLE}.items() if known is model)


def schemas() -> dict[str, dict[str, Any]]:
    """Return the JSON Schema of each kind of file, by file name, for editors."""
    models = {kind: model for kind, (_, model) in {**_KINDS, **_SINGLE}.items()}
    result = {}
    for kind, model in models.items():
        schema = model.model_json_schema()
        schema["$schema"] = "https://json-schema.org/draft/2020-12/schema"
        result[f"{kind}.schema.json"] = schema
    return result
