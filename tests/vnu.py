"""The Nu HTML Checker, the one behind validator.w3.org, on files of this machine."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Iterable
from pathlib import Path

from needs import lacking

_JAR = Path(__file__).parents[1] / "node_modules" / "vnu-jar" / "build" / "dist" / "vnu.jar"

#: What the checker says wrongly, each with the reason.
FALSE_POSITIVES: dict[str, str] = {}


def html_errors(pages: Iterable[Path]) -> list[str]:
    """Return each error as file, line and what is wrong; warnings and advice are no errors.

    Without Java or the checker the test is skipped, or fails in CI.
    """
    java = shutil.which("java")
    if java is None:
        lacking("no Java found: install the package default-jre-headless")
    if not _JAR.is_file():
        lacking("the HTML checker is missing: `make environment` installs the packages of package-lock.json")
    run = subprocess.run(
        # A page nests deep, and one start of the checker reads all pages.
        [
            java,
            "-Xss8m",
            "-jar",
            str(_JAR),
            "--format",
            "json",
            "--stdout",
            "--exit-zero-always",
            "--errors-only",
            *map(str, pages),
        ],
        capture_output=True,
        text=True,
        check=False,
    )
    assert run.returncode == 0 and run.stdout, run.stderr[-2000:]
    return [
        f"{found.get('url', '?').rpartition('/html/')[2]}:{found.get('lastLine', '?')}: {found['message']}"
        for found in json.loads(run.stdout)["messages"]
        if found["type"] in ("error", "non-document-error")
        and not any(re.search(pattern, found["message"]) for pattern in FALSE_POSITIVES)
    ]
