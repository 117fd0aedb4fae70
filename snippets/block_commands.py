"""`flask snippets block`, `unblock` and `blocks`: what /ops/blocks does, in a terminal."""

from collections.abc import Callable
from datetime import datetime, timedelta

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from snippets import blocking
from snippets.arguments import Age, note_option
from snippets.audit import COMMAND_LINE, By
from snippets.blocking import Target, content_of, network_of
from snippets.models import now
from snippets.moderation_commands import end, named
from snippets.refused import Refused
from snippets.site import site

network_option = click.option(
    "--network", "maker", is_flag=True, help="Of a snippet, the network it came from, not what it holds."
)


@click.command()
@click.argument("what", nargs=-1, metavar="[NETWORK|ID|DIGEST]...")
@click.option("--for", "lasts", type=Age(), help="Only so long: 12h, 30d, …; else for good.")
@network_option
@note_option
@with_appcontext
def block(what: tuple[str, ...], lasts: timedelta | None, maker: bool, note: str | None) -> None:
    """Keep networks from writing, and contents from being shared: that of a snippet, or one by its SHA-256.

    Without any, or for “-”, they are read from standard input, one a line. Ends with 1 where one is none.
    """
    until = now() + lasts if lasts else None

    def do(session: Session, target: Target) -> str:
        blocking.block(session, target, until, By(COMMAND_LINE, note or None))
        return f"blocked {_until(until)}"

    _each(what, maker, do)


@click.command()
@click.argument("what", nargs=-1, metavar="[NETWORK|ID|DIGEST]...")
@network_option
@note_option
@with_appcontext
def unblock(what: tuple[str, ...], maker: bool, note: str | None) -> None:
    """Let in again what `block` keeps out, named in the same way."""

    def do(session: Session, target: Target) -> str:
        return "unblocked" if blocking.unblock(session, target, By(COMMAND_LINE, note or None)) else "was not blocked"

    _each(what, maker, do)


@click.command()
@with_appcontext
def blocks() -> None:
    """List what is kept out: kind, what, until when, why."""
    with site().sessions() as session:
        for each in blocking.blocks(session):
            click.echo("\t".join((*each.target, _until(each.until), each.note or "–")))


def _each(what: tuple[str, ...], maker: bool, do: Callable[[Session, Target], str]) -> None:
    failed = 0
    for each in named(what):
        try:
            with site().sessions.begin() as session:
                target = _target(session, each, maker)
                said = do(session, target)
            click.echo(f"{target.kind} {target.value} {said}")
        except Refused as refusal:
            failed += 1
            click.echo(f"{each[:200]}: {refusal.message}", err=True)
    site().blocked.forget()
    end(failed)


def _target(session: Session, named: str, maker: bool) -> Target:
    if not maker:
        return blocking.target(session, named)
    content_of(session, named)  # says so where there is no such snippet
    return network_of(session, named)


def _until(until: datetime | None) -> str:
    return f"until {until:%Y-%m-%d %H:%M}Z" if until else "for good"
