"""What an operator runs by hand: `flask snippets …`."""

from typing import Any

import click
from flask.cli import AppGroup, with_appcontext
from redis import RedisError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from snippets.audit import COMMAND_LINE, Action, By, record
from snippets.audit_commands import audit
from snippets.block_commands import block, blocks, unblock
from snippets.data_commands import data_commands
from snippets.database import DATABASE_AWAY
from snippets.doctor.command import doctor
from snippets.key_commands import key
from snippets.mail_commands import mail
from snippets.mail_sweep import sweep_mail
from snippets.models import File
from snippets.moderation_commands import takedown
from snippets.portable_commands import portable_commands
from snippets.priority import move_to_front
from snippets.progress import progress
from snippets.purge import due, purge_batches
from snippets.queue_table import queue_table
from snippets.rehighlight_commands import rehighlight
from snippets.relisting import relist
from snippets.site import site
from snippets.staging_commands import staging_commands
from snippets.stats_commands import stats
from snippets.sweep import sweep as sweep_pending


class Commands(AppGroup):
    """Commands that each say in one sentence that the database failed; none is the worse for being called again."""

    def invoke(self, ctx: click.Context) -> Any:
        """Run the one that was named."""
        try:
            return super().invoke(ctx)
        except DATABASE_AWAY as error:
            said = str(getattr(error, "orig", None) or error).strip().partition("\n")[0]
            raise click.ClickException(f"The database failed: {said}. It is safe to call again.") from error


commands = Commands("snippets", help="Look after the snippets.")
for each in (
    audit,
    block,
    blocks,
    doctor,
    key,
    mail,
    rehighlight,
    stats,
    takedown,
    unblock,
    *data_commands,
    *portable_commands,
    *staging_commands,
):
    commands.add_command(each)
REDIS_AWAY = "Redis does not answer: nothing was enqueued."


@commands.command()
@with_appcontext
def sweep() -> None:
    """Enqueue every file that has waited for its colours for 30 s or longer, and every message that is due."""
    swept = sweep_pending(site().sessions, site().redis)
    if swept is None:
        raise click.ClickException(REDIS_AWAY)
    click.echo(f"{swept} pending")
    if messages := sweep_mail(site().sessions, site().redis):
        click.echo(f"{messages} messages enqueued")


@commands.command()
@with_appcontext
def purge() -> None:
    """Delete what has expired; a worker does so by itself every few seconds.

    Interrupted, it goes on with what is left when it is called again.
    """
    sessions = site().sessions
    with sessions.begin() as session:
        record(session, By(COMMAND_LINE), Action.PURGE)
    purged = 0
    with progress("Purged", due(sessions)) as advance:
        for batch in purge_batches(sessions):
            purged += batch
            advance(batch)
    click.echo(f"{purged:,} purged")


@commands.command("list")
@with_appcontext
def list_again() -> None:
    """List the public snippets that no list shows, such as those from before there were lists."""
    click.echo(f"{relist(site().sessions, site().settings.listing_delay):,} listed")


@commands.command()
@with_appcontext
def queue() -> None:
    """Show what is pending and since when, the queues, the workers and the breaker."""
    try:
        click.echo(queue_table(site().sessions, site().redis, site().settings))
    except RedisError:
        raise click.ClickException("Redis does not answer.") from None
    except SQLAlchemyError:
        raise click.ClickException("The database does not answer.") from None


@commands.command()
@click.argument("snippet")
@with_appcontext
def first(snippet: str) -> None:
    """Move the waiting jobs of SNIPPET, an id, to the front of their queues."""
    with site().sessions() as session:
        query = select(File.id).where(File.snippet_id == snippet).order_by(File.id.desc())
        files = session.scalars(query).all()  # the last first: each goes before the one moved before it
    try:
        moved = sum(move_to_front(site().redis, file_id) for file_id in files)
    except RedisError:
        raise click.ClickException("Redis does not answer.") from None
    if not moved:
        raise click.ClickException("no job of it waits")
    click.echo(f"{moved} job{'s' if moved > 1 else ''} moved to the front")
