"""``carta watch``: what is new, changed or retracted."""

from __future__ import annotations

import sys
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, get_args

import click

from carta.commands.failure import Failure
from carta.evidence.records import WatchSource
from carta.files import ProjectNotFoundError, find_root

if TYPE_CHECKING:
    from carta.watch.changes import ChangeSet
    from carta.watch.known import Known

SOURCES: tuple[str, ...] = get_args(WatchSource)


def _sources(context: click.Context, parameter: click.Parameter, value: str | None) -> tuple[str, ...]:
    words = [word.strip() for word in (value or "all").split(",") if word.strip()]
    unknown = [word for word in words if word not in (*SOURCES, "all")]
    if unknown or not words:
        raise click.BadParameter(f"{', '.join(unknown) or 'nothing'}: choose of {', '.join(SOURCES)}")
    return tuple(name for name in SOURCES if "all" in words or name in words)


@click.command()
@click.option(
    "--root",
    type=click.Path(file_okay=False, path_type=Path),
    default=None,
    help="The project's folder (found from the working folder when not given).",
)
@click.option("--quiet", is_flag=True, help="Print the change set and errors only.")
@click.option(
    "--since",
    type=click.DateTime(["%Y-%m-%d"]),
    help="How far searches go back. Default: 14 days before the last complete check, or no limit.",
)
@click.option("--apply", "write", is_flag=True, help="Write the change set into evidence/.")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
@click.option("--only", callback=_sources, help=f"Comma-separated: {', '.join(SOURCES)}. Default: all.")
@click.option("--fresh", is_flag=True, help="Ask again what was answered within the last six hours.")
@click.option(
    "--cache", type=click.Path(file_okay=False, path_type=Path), help="Folder of remembered answers."
)
def watch(
    root: Path | None,
    quiet: bool,
    since: datetime | None,
    write: bool,
    form: str,
    only: tuple[WatchSource, ...],
    fresh: bool,
    cache: Path | None,
) -> None:
    """Ask ClinicalTrials.gov, PubMed, Europe PMC and Crossref what is new, changed or retracted.

    Prints a change set to review; nothing is written without --apply, which writes all of it or nothing: new trials,
    changed fields with their old values in the history, notices, works to screen, what is in disagreement, and
    evidence/watch.yaml, which says what was checked when. references.bib is never changed.

    \b
    Exit code 0: every source was read whole, and nothing is new.
    Exit code 1: every source was read whole, and changes were found (with --apply: written).
    Exit code 2: a source could not be read whole, or the watch could not run. What was
                 read is listed all the same, and written with --apply.

    CARTA_CONTACT (an e-mail address) tells the indexes whom to write to; NCBI_API_KEY allows more requests to PubMed.

    Example: carta watch --since 2026-11-01 --only clinicaltrials,pubmed
    """
    try:
        place = find_root(root)
    except ProjectNotFoundError as error:
        raise Failure(str(error)) from error
    try:
        from carta.watch import journal
        from carta.watch.changes import as_json, as_text
        from carta.watch.run import watch as run
        from carta.watch.settings import SettingError, settings_from
    except ModuleNotFoundError as error:
        raise Failure(f"{error.name} is not installed: pip install 'carta[watch]'") from error
    from carta.bibliography.entries import BibliographyError
    from carta.evidence import EvidenceError
    from carta.watch.queries import QueryError

    def say(text: str) -> None:
        if not quiet:
            click.echo(text, err=True)

    try:
        if write:
            # Until the command ends.
            click.get_current_context().with_resource(journal.alone(place))
        if journal.is_pending(place):
            if not write:
                with journal.alone(place):
                    # Whoever holds the lock is just putting files in place.
                    raise Failure(
                        "an apply was cut short: run 'carta watch --apply', which finishes it first"
                    )
            say(f"finished an apply that was cut short: {len(journal.finish(place))} files")
        changes, known = run(
            place,
            settings_from(),
            sources=only,
            since=since.date() if since else None,
            fresh=fresh,
            cache=cache,
            say=say,
        )
    except (SettingError, QueryError, EvidenceError, BibliographyError, journal.JournalError) as error:
        raise Failure(str(error)) from error
    click.echo(as_json(changes) if form == "json" else as_text(changes))
    if write and not changes.refused:
        written = _apply(place, changes, known)
        say(f"{len(written)} files written" if written else "nothing to write")
        for name in written:
            say(f"  {name}")
    sys.exit(changes.exit_code)


def _apply(root: Path, changes: ChangeSet, known: Known) -> list[str]:
    from carta.watch.apply import files_of
    from carta.watch.journal import JournalError, write_together

    try:
        files = files_of(changes, known)
        write_together(root, files)
    except (JournalError, ValueError) as error:
        raise Failure(f"nothing was applied: {error}") from error
    except OSError as error:
        raise Failure(
            f"the change set could not be written whole ({error.strerror}); "
            "run 'carta watch --apply' again, nothing is lost"
        ) from error
    return sorted(files)
