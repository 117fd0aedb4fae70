"""What an operator runs by hand: `flask snippets …`."""

import click
from flask.cli import AppGroup, with_appcontext

from snippets.site import site
from snippets.sweep import sweep as sweep_pending

commands = AppGroup("snippets", help="Look after the snippets.")


@commands.command()
@with_appcontext
def sweep() -> None:
    """Enqueue every file that has waited for its colours for 30 s or longer."""
    swept = sweep_pending(site().sessions, site().redis)
    if swept is None:
        raise click.ClickException("Redis does not answer: nothing was enqueued.")
    click.echo(f"{swept} pending")
