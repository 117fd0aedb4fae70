"""How a command about data ends: what is in its way, what the audit trail says of it, and what is left to do."""

from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta

import click

from snippets.audit import COMMAND_LINE, Action, By, record
from snippets.database import Sessions
from snippets.site import site
from snippets.sweep import sweep
from snippets.tables import Obstacle


@contextmanager
def obstacles() -> Iterator[None]:
    """Say in one sentence what is in the way."""
    try:
        yield
    except Obstacle as obstacle:
        raise click.ClickException(str(obstacle)) from obstacle


def note(action: Action, subject: str, why: str | None = None, *, sessions: Sessions | None = None) -> None:
    """Put what the command line does into the audit trail: the site's, or that of another database."""
    with (sessions or site().sessions).begin() as session:
        record(session, By(COMMAND_LINE, why or None), action, subject)


def tell_of_colours() -> None:
    """See to the colours that are pending, and say so."""
    pending = sweep(site().sessions, site().redis, timedelta(0))
    if pending is None:
        click.echo("Redis does not answer: the workers will see to the colours that are pending.")
    else:
        click.echo(f"{pending:,} files wait for their colours.")
