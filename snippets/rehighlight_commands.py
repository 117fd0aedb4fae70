"""`flask snippets rehighlight`: an order for better colours, and how far it has come."""

import hashlib
from datetime import timedelta

import click
from flask.cli import with_appcontext
from redis import Redis, RedisError
from sqlalchemy import ColumnElement

from snippets.arguments import Age, LanguageName
from snippets.audit import COMMAND_LINE, Action, By, record
from snippets.database import Sessions
from snippets.human import span
from snippets.models import VISIBILITIES
from snippets.progress import progress
from snippets.rehighlight import Unserved, count, matching, offer
from snippets.site import site

MARK = "snippets:rehighlight:"  # before a digest of the filters: the last file that was enqueued
MARK_TTL = 30 * 86400  # seconds


@click.command()
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
            click.echo(f"Going on after file {after}.", err=True)
        _record(sessions, filters)
        _offer(sessions, redis, which, (after, total, mark))
    except RedisError as error:
        raise click.ClickException("Redis does not answer: call again with the same filters to go on.") from error
    except Unserved:
        raise click.ClickException("No worker serves bulk: start one (`rq worker bulk`) and call again.") from None
    click.echo(f"{total:,} files enqueued")


def _record(sessions: Sessions, filters: dict[str, str | timedelta | None]) -> None:
    said = {name: span(value) if isinstance(value, timedelta) else value for name, value in filters.items() if value}
    told = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in said.items())
    with sessions.begin() as session:
        record(session, By(COMMAND_LINE), Action.REHIGHLIGHT, told or "every file")


def _offer(sessions: Sessions, redis: Redis, which: ColumnElement[bool], place: tuple[int, int, str]) -> None:
    """Enqueue them, and keep under the mark how far that has come."""
    after, total, mark = place
    with progress("Enqueued", total) as advance:
        for enqueued, last in offer(sessions, redis, which, after):
            redis.set(mark, last, ex=MARK_TTL)
            advance(enqueued)
    redis.delete(mark)
