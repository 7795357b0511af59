"""The files around the package agree with each other and name nothing of one machine."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import subprocess
import tomllib
from collections.abc import Iterable, Iterator
from fnmatch import fnmatch
from importlib import metadata
from pathlib import Path
from typing import Any

import click
import pytest
import yaml
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import carta
from carta.cli import main
from carta.evidence.loading import read_base
from carta.findings import as_text

ROOT = Path(__file__).resolve().parents[1]
PROJECT: dict[str, Any] = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
LOCK = (ROOT / "requirements.lock").read_text(encoding="utf-8")

#: Hosts packages come from. The lock must work with any index, and so must every other file.
REGISTRY_HOST = re.compile(
    r"\b(?:(?:pypi|pythonhosted|npmjs|debian)\.(?:org|com)|(?:anaconda|jsdelivr|unpkg)\.(?:org|net|com))\b"
)
#: The start of an absolute path on somebody's machine; not a part of an address or of a longer path.
MACHINE_PATH = re.compile(r"(?<![\w.~%$}/-])/(?:work|farm|root|home|Users)/\w")


def repository_files() -> list[Path]:
    """Every file that is, or would be, in the repository."""
    listing = subprocess.run(
        [
            "git",
            "-c",
            f"safe.directory={ROOT}",
            "ls-files",
            "-z",
            "--cached",
            "--others",
            "--exclude-standard",
        ],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if listing.returncode != 0:
        message = f"git cannot list this folder's files: {listing.stderr.strip()}"
        if os.environ.get("CI"):
            pytest.fail(message)
        pytest.skip(message)
    return [ROOT / name for name in listing.stdout.split("\0") if name and (ROOT / name).is_file()]


def foreign_names(text: str) -> list[str]:
    """Return ``line: text`` for each registry host or machine path that a file names."""
    return [
        f"{number}: {found.group()}"
        for number, line in enumerate(text.splitlines(), start=1)
        for found in (REGISTRY_HOST.search(line) or MACHINE_PATH.search(line),)
        if found
    ]


def lock_faults(lock: str) -> list[str]:
    """Return what a lock file has beside pinned packages with SHA-256 hashes."""
    faults = []
    for entry in lock.replace("\\\n", " ").splitlines():
        requirement, *hashes = (part.strip() for part in entry.split("--hash="))
        if not re.fullmatch(r"[a-z0-9][a-z0-9.-]*==[0-9][^\s;]*( ; .+)?", requirement):
            faults.append(f"no pinned package: {requirement}")
        elif not hashes or not all(re.fullmatch(r"sha256:[0-9a-f]{64}", value) for value in hashes):
            faults.append(f"no hash: {requirement}")
    return faults


def pinned(lock: str) -> list[Requirement]:
    """The packages of a lock, with version and marker."""
    return [Requirement(line.removesuffix("\\")) for line in lock.splitlines() if line[:1].isalnum()]


def declared() -> Iterator[Requirement]:
    """What the project asks for: its core, its extras (which may name each other), and what builds it."""
    yield from map(Requirement, PROJECT["dependencies"])
    for extra in PROJECT["optional-dependencies"].values():
        for requirement in map(Requirement, extra):
            if canonicalize_name(requirement.name) != PROJECT["name"]:
                yield requirement


def closure(requirements: Iterable[Requirement]) -> set[str]:
    """Names of the packages that these need here, found in what is installed."""
    waiting = [(requirement, "") for requirement in requirements]
    seen: set[tuple[str, str]] = set()
    while waiting:
        requirement, of_extra = waiting.pop()
        if requirement.marker and not requirement.marker.evaluate({"extra": of_extra}):
            continue
        for extra in {"", *requirement.extras}:
            node = (canonicalize_name(requirement.name), extra)
            if node in seen:
                continue
            seen.add(node)
            waiting += [(Requirement(text), extra) for text in metadata.requires(node[0]) or []]
    return {name for name, _ in seen}


def test_lock_has_a_hash_for_every_package() -> None:
    assert lock_faults(LOCK) == []
    assert lock_faults("--index-url somewhere\n") == ["no pinned package: --index-url somewhere"]
    assert lock_faults("click==8.1.7\n") == ["no hash: click==8.1.7"]
    assert lock_faults("click>=8 \\\n    --hash=sha256:" + 64 * "0") == ["no pinned package: click>=8"]


def test_lock_fits_what_the_project_asks_for() -> None:
    pins = pinned(LOCK)
    by_name: dict[str, list[Requirement]] = {}
    for pin in pins:
        by_name.setdefault(canonicalize_name(pin.name), []).append(pin)
    unmet = [
        str(wanted)
        for wanted in declared()
        if not by_name.get(canonicalize_name(wanted.name))
        or not all(
            wanted.specifier.contains(str(pin.specifier).removeprefix("=="))
            for pin in by_name[canonicalize_name(wanted.name)]
        )
    ]
    assert unmet == [], "run `make lock`"


def test_environment_is_the_lock() -> None:
    here = {pin.name: pin for pin in pinned(LOCK) if not pin.marker or pin.marker.evaluate()}
    installed = {name: metadata.version(name) for name in here}
    differing = [
        f"{pin} but {installed[name]}" for name, pin in here.items() if installed[name] not in pin.specifier
    ]
    assert differing == [], "run `make environment`"
    needed = closure(declared())
    assert sorted(needed - here.keys()) == [], "needed and not locked"
    assert sorted(here.keys() - needed) == [], "locked and needed by nothing"


def test_files_name_no_registry_and_no_machine() -> None:
    found = []
    for path in repository_files():
        try:
            text = path.read_text(encoding="utf-8")
        except UnicodeDecodeError:
            continue
        found += [f"{path.relative_to(ROOT)}:{place}" for place in foreign_names(text)]
    assert found == []


def test_registry_hosts_and_machine_paths_are_seen() -> None:
    host = ".".join(("files", "pythonhosted", "org"))
    path = "/".join(("", "home", "someone", "carta"))
    assert foreign_names(f"fine\nget https://{host}/x") == [f"2: {host.removeprefix('files.')}"]
    assert foreign_names(f"cd '{path}'") == [f"1: {path[:7]}"]
    address, folder = (
        "/".join(("https://www.example.org", "home", "page")),
        "/".join(("docs", "work", "plan")),
    )
    assert foreign_names(f"{address} and {folder}") == []


def test_every_file_a_document_names_exists() -> None:
    # What a build or a reader makes is not there in a fresh clone.
    made = ("_build", ".venv", "evidence/studies/example-")
    missing = []
    for document in ("README.md", "CONTRIBUTING.md", "ARCHITECTURE.md"):
        text = (ROOT / document).read_text(encoding="utf-8")
        links = re.findall(r"\]\((?!https?:|mailto:|#)([^)#\s]+)", text)
        code = re.findall(r"`([\w.-]+(?:/[\w.-]+)*/?)`", text)
        paths = [name for name in code if re.search(r"/|\.(?:md|ya?ml|bib|toml|lock|cff)$", name)]
        missing += [
            f"{document}: {name}"
            for name in [*links, *paths]
            if not name.startswith(made) and not (ROOT / name).exists()
        ]
    assert missing == []


def _code_lines(document: str) -> Iterator[str]:
    for block in re.findall(r"```(?:sh|bash|console)\n(.*?)```", document, flags=re.DOTALL):
        for line in block.splitlines():
            yield line.partition("#")[0].strip()


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_command_a_document_shows_is_understood(
    document: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    # The one file that the examples suppose to be there.
    (tmp_path / "my.bib").touch()
    monkeypatch.chdir(tmp_path)
    assert isinstance(main, click.Group)
    context = click.Context(main)
    shown = 0
    for line in _code_lines((ROOT / document).read_text(encoding="utf-8")):
        program, *words = shlex.split(line) or [""]
        if program == "make":
            dry = subprocess.run(
                ["make", "-n", *words], cwd=ROOT, capture_output=True, text=True, check=False, timeout=60
            )
            assert dry.returncode == 0, f"{line}: {dry.stderr}"
        elif program == "carta":
            command = main.get_command(context, words[0])
            assert command is not None, f"{line}: there is no such command"
            # Parsing alone: a misspelt or missing option is a usage error.
            command.make_context(words[0], words[1:], parent=context)
            shown += 1
    assert shown


def test_the_example_study_is_a_sound_record(tmp_path: Path) -> None:
    text = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8")
    (example,) = re.findall(r"```yaml\n(.*?)```", text, flags=re.DOTALL)
    (key,) = set(re.findall(r"`evidence/studies/(example-[\w-]+)\.yaml`", text))
    record = tmp_path / "evidence" / "studies" / f"{key}.yaml"
    record.parent.mkdir(parents=True)
    shutil.copy(ROOT / "evidence" / "vocabulary.yaml", tmp_path / "evidence")

    record.write_text(example, encoding="utf-8")
    reading = read_base(tmp_path, use_cache=False)
    assert as_text(reading.findings) == ""
    study, words = reading.records.studies[key], reading.records.vocabulary
    assert study.product is not None
    assert study.design in words.designs
    assert study.product.cell_source in words.cell_sources
    assert set(study.diseases) <= words.diseases.keys()
    assert set(study.product.targets) <= words.targets.keys()
    for fact in study.facts.values():
        assert fact.unit in words.units
        assert fact.outcome is None or fact.outcome in words.outcomes

    record.write_text(example.replace("status: read", "status: seen"), encoding="utf-8")
    (finding,) = read_base(tmp_path, use_cache=False).findings
    assert (finding.file, finding.line) == (
        f"evidence/studies/{key}.yaml",
        example.splitlines().index("    status: read") + 1,
    )


def test_editor_completes_every_kind_of_record() -> None:
    bound = json.loads((ROOT / ".vscode/settings.json").read_text(encoding="utf-8"))["yaml.schemas"]
    assert [schema for schema in bound if not (ROOT / schema).is_file()] == []
    unbound = []
    for path in sorted((ROOT / "evidence").rglob("*.yaml")):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith("evidence/models/"):
            # These are put together from parts, and only the whole is a model with its schema.
            continue
        if sum(fnmatch(name, pattern) for pattern in bound.values()) != 1:
            unbound.append(name)
    assert unbound == []


def test_citation_and_changelog_name_this_version() -> None:
    citation = yaml.safe_load((ROOT / "CITATION.cff").read_text(encoding="utf-8"))
    assert str(citation["version"]) == carta.__version__
    assert citation["repository-code"] == PROJECT["urls"]["Source"]
    changelog = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
    assert f"## [{carta.__version__}]" in changelog
