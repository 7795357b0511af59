"""A small project for the watch to look after, and the indexes that agree with it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from click.testing import CliRunner, Result

from carta.cli import main
from index_server import Work, World, study
from projects import BIBLIOGRAPHY, write_project

QUERIES = {
    f"evidence/queries/{name}.txt": "# a remark\nlupus AND\n  CAR-T\n"
    for name in ("clinicaltrials", "pubmed", "europe-pmc")
}

TRIAL = """\
# A remark that must stay.
title: A study of KYV-101
conditions: [Lupus]
diseases: [sle]
phase: Phase 1
status: Recruiting
status_note: as of May
enrollment: 12  # read in the registry
start: 2024-02
completion: 2028-03-01
sponsor: A Sponsor

# Our own words.
intervention: 'KYV-101: cells'
targets: [cd19]
read_fields: [title, status, status_note, enrollment, sponsor]
added: 2026-01-02
"""


def watched_project(root: Path, **extra: str) -> Path:
    """Write a sound project with queries, one trial with remarks, and further files by path."""
    bibliography = BIBLIOGRAPHY.replace("doi = {10.1000/alpha}", "doi = {10.1000/alpha},\n  pmid = {1001}")
    files = {"references.bib": bibliography, "evidence/trials/NCT00000001.yaml": TRIAL, **QUERIES, **extra}
    return write_project(root, **files)


def agreeing_world() -> World:
    """The indexes as they stand when the base is up to date with them, but for fields we never had."""
    return World(
        trials=[study("NCT00000001", title="A study of KYV-101", start="2024-02-10")],
        cited=[
            Work("1001", "10.1000/alpha", "A case series of fifteen", year=2024),
            Work("1002", "10.1000/beta", "A case series of five", year=2023),
        ],
    )


def run(root: Path, environment: dict[str, str], *arguments: str) -> Result:
    """Run the command on a project with a cache of its own, and return what came of it."""
    command = ["watch", "--root", str(root), "--cache", str(root / "_build" / "cache"), *arguments]
    result = CliRunner().invoke(main, command, env=environment)
    if result.exception is not None and not isinstance(result.exception, SystemExit):
        raise result.exception
    return result


def found(root: Path, environment: dict[str, str], *arguments: str) -> dict[str, Any]:
    """Run the command and return its change set."""
    content: dict[str, Any] = json.loads(run(root, environment, "--format", "json", *arguments).stdout)
    return content


def files(root: Path) -> dict[str, bytes]:
    """Return every file of the project but the built ones."""
    return {
        path.relative_to(root).as_posix(): path.read_bytes()
        for path in sorted(root.rglob("*"))
        if path.is_file() and "_build" not in path.parts
    }


def eventful_world() -> World:
    """A new trial, changed fields, a retraction, a wrong year and two new works."""
    world = agreeing_world()
    world.trials[0] = study(
        "NCT00000001", title="A study of KYV-101", status="COMPLETED", enrollment=6, start="2024-02-10"
    )
    world.trials.append(study("NCT00000002", title="CD19 CAR-T in lupus"))
    world.trials.append(study("NCT00000003", conditions=["Lymphoma"]))
    world.cited[0].notices.append(("RetractionIn", "10.1000/retraction", "2001"))
    world.cited[1].year = 2022
    world.works = [
        Work("3001", "10.1000/new-1", "CD19 CAR T cells in systemic sclerosis: a case series"),
        Work("3002", "10.1000/new-2", "Tandem CAR T cells in refractory myositis and lupus"),
        Work("1001", "10.1000/ALPHA", "A case series of fifteen", year=2024),
    ]
    return world
