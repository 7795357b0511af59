"""What a command ends with when it could not do its work."""

from __future__ import annotations

import click

#: Exit code of the contract.
COULD_NOT_RUN = 2


class Failure(click.ClickException):
    """The command could not do its work: one message, exit code 2."""

    exit_code = COULD_NOT_RUN
