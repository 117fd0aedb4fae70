"""What an operator runs by hand: `flask snippets …`."""

import hashlib
import re
import sys
import time
from datetime import timedelta

import click
from flask.cli import AppGroup, with_appcontext
from redis import RedisError
from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from snippets import languages
from snippets.key_commands import key
from snippets.models import VISIBILITIES, File
from snippets.priority import move_to_front
from snippets.purge import purge as purge_expired
from snippets.queue_table import queue_table
from snippets.rehighlight import Unserved, count, matching, offer
from snippets.relisting import relist
from snippets.site import site
from snippets.sweep import sweep as sweep_pending

commands = AppGroup("snippets", help="Look after the snippets.")
commands.add_command(key)
MARK = "snippets:rehighlight:"  # before a digest of the filters: the last file that was enqueued
EVERY = 10  # seconds between two lines about a long command off a terminal
MARK_TTL = 30 * 86400  # seconds
REDIS_AWAY = "Redis does not answer: nothing was enqueued."


class Age(click.ParamType[timedelta]):
    """A time such as 90m, 12h or 30d."""

    name = "age"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> timedelta:
        """Return it as a timedelta."""
        if not (match := re.fullmatch(r"(\d{1,5})([smhd])", value)):
            self.fail("a number and one of s, m, h, d, such as 30d", param, ctx)
        unit = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}[match[2]]
        return timedelta(**{unit: int(match[1])})


class LanguageName(click.ParamType[str]):
    """A language by alias or name."""

    name = "language"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return its alias."""
        if (found := languages.find(value)) is None:
            self.fail(f"{value} is not a language known here", param, ctx)
        return found.alias


@commands.command()
@with_appcontext
def sweep() -> None:
    """Enqueue every file that has waited for its colours for 30 s or longer."""
    swept = sweep_pending(site().sessions, site().redis)
    if swept is None:
        raise click.ClickException(REDIS_AWAY)
    click.echo(f"{swept} pending")


@commands.command()
@with_appcontext
def purge() -> None:
    """Delete what has expired; a worker does so by itself every few seconds."""
    click.echo(f"{purge_expired(site().sessions):,} purged")


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


@commands.command()
@click.option("--engine", help="Only files coloured by this engine: http-tokens, pygments, plain, …")
@click.option("--language", type=LanguageName(), help="Only files in this language.")
@click.option("--older-than", type=Age(), help="Only colours of this age: 12h, 30d, …")
@click.option("--visibility", type=click.Choice(VISIBILITIES), help="Only files of such snippets.")
@click.option("--dry-run", is_flag=True, help="Count the files, enqueue none.")
@click.option("--restart", is_flag=True, help="Begin with the first file, also after an interruption.")
@with_appcontext
def rehighlight(*, dry_run: bool, restart: bool, **filters: str | timedelta | None) -> None:
    """Have files highlighted anew on the queue bulk; the old colours stay until better ones land.

    Interrupted, it goes on where it was when it is called again with the same filters.
    """
    sessions, redis = site().sessions, site().redis
    which = matching(**filters)  # type: ignore[arg-type]
    mark = MARK + hashlib.sha256(repr(sorted(filters.items())).encode()).hexdigest()[:16]
    try:
        after = 0 if restart else int(redis.get(mark) or 0)
        total = count(sessions, which, after)
        if dry_run:
            click.echo(f"{total:,} files")
            return
        if after:
            click.echo(f"Going on after file {after:,}.", err=True)
        began = told = time.monotonic()
        with click.progressbar(length=total, show_pos=True, label="Enqueued") as bar:
            bar.item_show_func = lambda _: f"{bar.pos / (time.monotonic() - began):,.0f}/s"
            for enqueued, last in offer(sessions, redis, which, after):
                redis.set(mark, last, ex=MARK_TTL)
                bar.update(enqueued)
                if not sys.stdout.isatty() and time.monotonic() > told + EVERY:
                    click.echo(f"{bar.pos:,} of {total:,}")  # a bar draws itself on a terminal only
                    told = time.monotonic()
        redis.delete(mark)
    except RedisError as error:
        raise click.ClickException("Redis does not answer: call again with the same filters to go on.") from error
    except Unserved:
        raise click.ClickException("No worker serves bulk: start one (`rq worker bulk`) and call again.") from None
    click.echo(f"{total:,} files enqueued")
