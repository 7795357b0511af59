"""The ``carta`` command: it reads options, calls the core, prints, and chooses the exit code."""

from __future__ import annotations

import csv
import io
import json
import sys
from collections.abc import Callable, Sequence
from datetime import date, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from carta import __version__
from carta.commands.failure import Failure
from carta.commands.grade import grade
from carta.commands.simulate_economics import economics
from carta.commands.simulate_kinetics import kinetics
from carta.commands.watch import watch
from carta.files import ProjectNotFoundError, find_root
from carta.findings import FORMATS, Finding, fails, sort_findings

if TYPE_CHECKING:
    from carta.evidence import BoundFact, Evidence

#: Exit code of the contract; that of a command that could not run is with :class:`Failure`.
FOUND = 1

CHECKS = ("evidence", "bibliography", "prose", "exercises")
KINDS = ("html", "pdf", "epub", "data", "notebooks")


def _choices(
    allowed: Sequence[str],
) -> Callable[[click.Context, click.Parameter, str | None], tuple[str, ...]]:
    """Make a callback that reads a comma-separated list of the allowed words."""

    def read(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, ...]:
        if value is None:
            return tuple(allowed)
        words = tuple(dict.fromkeys(word.strip() for word in value.split(",") if word.strip()))
        unknown = [word for word in words if word not in (*allowed, "all")]
        if unknown or not words:
            raise click.BadParameter(f"{', '.join(unknown) or 'nothing'}: choose of {', '.join(allowed)}")
        return tuple(allowed) if "all" in words else words

    return read


_root_option = click.option(
    "--root",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="The project's folder (found from the working folder when not given).",
)
_quiet_option = click.option("--quiet", is_flag=True, help="Print results and errors only.")


def _project(root: Path | None) -> Path:
    try:
        return find_root(root)
    except ProjectNotFoundError as error:
        raise Failure(str(error)) from error


def _say(quiet: bool, text: str) -> None:
    if not quiet:
        click.echo(text, err=True)


@click.group(context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100})
@click.version_option(__version__, prog_name="carta")
def main() -> None:
    """CARTA: a living review of CAR T-cell therapy in autoimmune disease, bound to its evidence.

    Example: carta check --only evidence
    """


@main.command()
@_root_option
@_quiet_option
@click.option(
    "--only", callback=_choices(CHECKS), help=f"Comma-separated: {', '.join(CHECKS)}. Default: all."
)
@click.option(
    "--bib",
    "bibs",
    type=click.Path(path_type=Path),
    multiple=True,
    help="Check this BibTeX file (any in the world) and nothing else; may be given several times.",
)
@click.option("--format", "form", type=click.Choice(sorted(FORMATS)), default="text", show_default=True)
@click.option(
    "--notices/--no-notices", default=None, help="List notices too (default: in json; in text a count)."
)
def check(
    root: Path | None,
    quiet: bool,
    only: tuple[str, ...],
    bibs: tuple[Path, ...],
    form: str,
    notices: bool | None,
) -> None:
    """Check evidence, bibliography, prose and exercises.

    Exit code 0: nothing to mend (notices state marked weaknesses and fail nothing); 1: findings; 2: could not run.

    Example: carta check --only evidence,bibliography --format github
    """
    if bibs:
        from carta.bibliography.check import check_bibliography

        # Each file stands for itself: one key in two of them is no duplicate. A file named twice is read once.
        findings = [
            finding for bib in dict.fromkeys(bibs) for finding in check_bibliography(bib, root=Path.cwd())
        ]
        shown_notices = True if notices is None else notices
    else:
        place = _project(root)
        findings = run_checks(place, only, progress=lambda text: _say(quiet, text))
        shown_notices = form == "json" if notices is None else notices
    listed = findings if shown_notices else [finding for finding in findings if finding.severity != "notice"]
    if listed or form == "json":
        click.echo(FORMATS[form](listed))
    counts = {name: sum(f.severity == name for f in findings) for name in ("error", "warning", "notice")}
    hint = "" if shown_notices or not counts["notice"] else " (list them with --notices)"
    _say(
        quiet,
        f"{counts['error']} errors, {counts['warning']} warnings, {counts['notice']} notices{hint}.",
    )
    sys.exit(FOUND if fails(findings) else 0)


def run_checks(root: Path, only: Sequence[str], progress: Callable[[str], None]) -> list[Finding]:
    """Run the checks named and return all findings, sorted."""
    from carta.bibliography.check import check_entries
    from carta.bibliography.reading import read_bibliography
    from carta.evidence.loading import read_base
    from carta.evidence.rules import check_evidence

    found: list[Finding] = []
    bib_file = read_bibliography(root / "references.bib", root=root)
    keys = {entry.key for entry in bib_file.entries}
    studies = read_base(root).records.studies
    if "evidence" in only:
        progress("checking evidence")
        found += check_evidence(root, bibliography=keys)
    pages = sorted((root / "book").rglob("*.md")) if (root / "book").is_dir() else []
    if "bibliography" in only:
        progress("checking bibliography")
        found += check_entries(bib_file, cited=_citations(pages, root), known=studies)
    if "prose" in only:
        from carta.prose.check import check_prose

        progress(f"checking prose ({len(pages)} pages)")
        names = read_base(root).records.vocabulary.names
        found += check_prose(pages, root=root, names=names)
    if "exercises" in only:
        from carta.workbook.check import check_exercises

        progress("checking exercises")
        found += check_exercises(root, _evidence(root), progress=progress)
    return sort_findings(found)


def _citations(pages: Sequence[Path], root: Path) -> dict[str, tuple[str, int]]:
    """Map each key cited in prose to the file and line of its first citation."""
    from carta.findings import relative_to_project
    from carta.prose.document import read_document

    cited: dict[str, tuple[str, int]] = {}
    for page in pages:
        for role in read_document(page).roles:
            if role.name.startswith("cite"):
                for key in role.content.split(","):
                    cited.setdefault(key.strip(), (relative_to_project(page, root), role.line))
    return cited


def _evidence(root: Path) -> Evidence:
    from carta.evidence import EvidenceError, load

    try:
        return load(root)
    except EvidenceError as error:
        raise Failure(f"the evidence base cannot be used:\n{error}") from error


@main.command()
@_root_option
@_quiet_option
@click.option("--study", help="Only this study's facts.")
@click.option(
    "--status", type=click.Choice(["read", "second-hand", "unverified"]), help="Only facts of this status."
)
@click.option("--outcome", help="Only facts of this outcome of the vocabulary.")
@click.option("--disease", help="Only facts of studies in this disease of the vocabulary.")
@click.option(
    "--format", "form", type=click.Choice(["text", "csv", "json"]), default="text", show_default=True
)
def facts(
    root: Path | None,
    quiet: bool,
    study: str | None,
    status: str | None,
    outcome: str | None,
    disease: str | None,
    form: str,
) -> None:
    """Query the evidence base; on standard error, how much it holds.

    Example: carta facts --study muller-2024-nejm --format csv
    """
    from carta.evidence import UnknownRecordError

    evidence = _evidence(_project(root))
    try:
        chosen = evidence.facts(study=study, status=status, outcome=outcome, disease=disease)
    except UnknownRecordError as error:
        raise Failure(str(error)) from error
    rows = [_fact_row(bound, evidence) for bound in chosen]
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
    elif form == "csv":
        stream = io.StringIO()
        names = list(rows[0]) if rows else ["name"]
        writer = csv.DictWriter(stream, names)
        writer.writeheader()
        writer.writerows(rows)
        click.echo(stream.getvalue(), nl=False)
    else:
        for row in rows:
            click.echo(f"{row['name']}: {row['what']}: {row['shown']} [{row['status']}; {row['locator']}]")
    _say(
        quiet,
        f"{len(rows)} facts listed. The base holds {len(evidence.studies())} studies, {len(evidence.facts())} facts, "
        f"{len(evidence.patients())} patient rows, {len(evidence.trials())} trials, {len(evidence.claims())} claims.",
    )


def _fact_row(bound: BoundFact, evidence: Evidence) -> dict[str, Any]:
    from carta.evidence.formatting import format_fact

    content = bound.fact.model_dump(mode="json")
    shown = format_fact(bound.fact, "full", evidence.vocabulary())
    return {"name": bound.name, "what": content.pop("what"), "shown": shown, **content}


@main.command()
@_root_option
@_quiet_option
@click.option("--outcome", help="An outcome of the vocabulary (default: every outcome that can be pooled).")
@click.option(
    "--by",
    type=click.Choice(["disease", "target", "cell-source"]),
    help="Group by this; with --input, by the column of that name.",
)
@click.option(
    "--input",
    "source",
    type=click.Path(dir_okay=False, path_type=Path),
    help="Pool this CSV file (columns study, events, n) and not the evidence base.",
)
@click.option(
    "--model",
    type=click.Choice(["glmm", "beta-binomial", "iv-logit", "iv-freeman-tukey"]),
    default="glmm",
    show_default=True,
)
@click.option(
    "--rule",
    type=click.Choice(["largest", "latest"]),
    default="largest",
    show_default=True,
    help="Which of several reports of the same patients is taken.",
)
@click.option(
    "--format", "form", type=click.Choice(["text", "json", "csv"]), default="text", show_default=True
)
def pool(
    root: Path | None,
    quiet: bool,
    outcome: str | None,
    by: str | None,
    source: Path | None,
    model: str,
    rule: str,
    form: str,
) -> None:
    """Pool proportions, of the evidence base or of any CSV file.

    Of all reports of the same patients one is taken; the others are listed with the reason. Exit code 2: the input is
    wrong, or no sound number can be given; the message says why.

    Example: carta pool --outcome crs-any --by target

    Example: carta pool --input counts.csv --model beta-binomial --format json
    """
    if source is not None and outcome is not None:
        raise click.UsageError(
            "--outcome is a question to the evidence base, --input a file: give one of them."
        )
    try:
        from carta.synthesis.command import pool_base, pool_file
    except ModuleNotFoundError as error:
        raise Failure(f"{error.name} is not installed: pip install 'carta[synthesis]'") from error
    from carta.synthesis.counts_file import CountsFileError
    from carta.synthesis.refusal import PoolingRefused

    def say(text: str) -> None:
        _say(quiet, text)

    try:
        if source is not None:
            click.echo(pool_file(source, by=by, model=model, form=form, say=say), nl=False)
        else:
            evidence = _evidence(_project(root))
            text = pool_base(evidence, outcome=outcome, by=by, model=model, rule=rule, form=form, say=say)
            click.echo(text, nl=False)
    except (CountsFileError, PoolingRefused, ValueError) as error:
        raise Failure(str(error)) from error


@main.command()
@_root_option
@_quiet_option
@click.argument("kinds", callback=_choices(KINDS), required=False)
@click.option(
    "--as-of",
    "day",
    type=click.DateTime(["%Y-%m-%d"]),
    help="Build the review as the evidence stood on this day, into _build/KIND-as-of-DATE.",
)
@click.option(
    "--paper",
    type=click.Choice(["a4", "us-letter"]),
    default="a4",
    show_default=True,
    help="Size of the pages of the PDF.",
)
def build(root: Path | None, quiet: bool, kinds: tuple[str, ...], day: datetime | None, paper: str) -> None:
    """Build KINDS (html, pdf, epub, data, notebooks; comma-separated, or all) into _build/KIND.

    A failed build leaves the last good one in place. The PDF is the whole book, and a file for each part.

    Example: carta build html,data

    Example: carta build pdf --paper us-letter

    Example: carta build html --as-of 2025-06-30
    """
    place = _project(root)
    source, suffix = place, ""
    if day is not None:
        source, suffix = _snapshot(place, day.date()), f"-as-of-{day.date().isoformat()}"
    for kind in kinds:
        out = place / "_build" / f"{kind}{suffix}"
        if kind == "data":
            _build_data(source, out, quiet)
        elif kind == "notebooks":
            _build_notebooks(source, out, quiet)
        else:
            _build_pages(kind, source, out, quiet, paper, strict=day is None)


def _snapshot(root: Path, day: date) -> Path:
    from carta.bibliography.entries import BibliographyError
    from carta.commands.as_of import make_snapshot
    from carta.evidence import EvidenceError

    if day > date.today():
        raise click.UsageError(f"--as-of {day.isoformat()}: the day has not come yet; give one up to today.")
    try:
        return make_snapshot(root, day)
    except (EvidenceError, BibliographyError, ValueError) as error:
        raise Failure(f"the project cannot be read: {error}") from error


def _build_data(root: Path, out: Path, quiet: bool) -> None:
    from carta.bibliography.reading import load_bibliography
    from carta.files import write_changed

    evidence = _evidence(root)
    try:
        from carta.site.open_data import open_data

        files = open_data(root, evidence, load_bibliography(root / "references.bib"))
    except ModuleNotFoundError as error:
        raise Failure(f"{error.name} is not installed: pip install 'carta[data]'") from error
    written = write_changed(out, files)
    _say(quiet, f"{len(written)} files in {out}")


def _build_notebooks(root: Path, out: Path, quiet: bool) -> None:
    try:
        from carta.workbook.build import build_notebooks
    except ModuleNotFoundError as error:
        raise Failure(f"{error.name} is not installed: pip install 'carta[workbook]'") from error
    from carta.workbook import ExpressionError, WorkbookError
    from carta.workbook.settings import SettingsError

    try:
        written = build_notebooks(root, _evidence(root), out, progress=lambda text: _say(quiet, text))
    except (ExpressionError, SettingsError, WorkbookError) as error:
        raise click.ClickException(str(error)) from error
    _say(quiet, f"{len(written)} files in {out}")


def _build_pages(kind: str, root: Path, out: Path, quiet: bool, paper: str, *, strict: bool) -> None:
    try:
        from carta.pdf.build import build_pdf
        from carta.site.build import BuildError, build_html
        from carta.site.epub.build import build_epub
    except ModuleNotFoundError as error:
        extra = "pdf" if kind == "pdf" else "site"
        raise Failure(f"{error.name} is not installed: pip install 'carta[{extra}]'") from error
    try:
        if kind == "pdf":
            result = build_pdf(root, out=out, paper=paper, quiet=quiet, strict=strict)
        else:
            build_pages = build_epub if kind == "epub" else build_html
            result = build_pages(root, out=out, quiet=quiet, strict=strict)
    except BuildError as error:
        raise click.ClickException(str(error)) from error
    _say(quiet, f"{len(result.changed)} files changed, {len(result.removed)} removed in {result.out}")


@main.group()
def simulate() -> None:
    """Run a model.

    Example: carta simulate economics --model lupus-us --n 10000
    """


simulate.add_command(economics)
simulate.add_command(kinetics)
main.add_command(watch)
main.add_command(grade)


@main.command()
@_root_option
@click.option("--port", type=click.IntRange(0, 65535), default=8000, show_default=True)
@click.option("--open/--no-open", "open_browser", default=False, help="Open the page in a browser.")
def serve(root: Path | None, port: int, open_browser: bool) -> None:
    """Serve the site on this machine and rebuild it when a source changes.

    Example: carta serve --port 8123
    """
    try:
        from carta.site.serve import serve as serve_site
    except ModuleNotFoundError as error:
        raise Failure(f"{error.name} is not installed: pip install 'carta[site]'") from error
    serve_site(_project(root), port=port, open_browser=open_browser)


@main.command()
@_root_option
@_quiet_option
def schema(root: Path | None, quiet: bool) -> None:
    """Write the JSON Schemas that editors use into evidence/schema/.

    Example: carta schema
    """
    from carta.evidence.loading import schemas
    from carta.files import write_text_atomically

    folder = _project(root) / "evidence" / "schema"
    for name, content in schemas().items():
        write_text_atomically(folder / name, json.dumps(content, indent=2, ensure_ascii=False) + "\n")
    _say(quiet, f"schemas written to {folder}")


if __name__ == "__main__":
    main()
