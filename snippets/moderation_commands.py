"""`flask snippets takedown`, and `restore` of snippets: what /ops/moderation does, for one or for a list of them."""

import re
import sys
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy.orm import Session

from snippets import moderation
from snippets.arguments import note_option
from snippets.audit import COMMAND_LINE, By
from snippets.messages import one_line
from snippets.models import Snippet
from snippets.site import site

_ADDRESS = re.compile(r"(?:https?://\S+/|/)?([A-Za-z0-9_-]{11})")


@click.command()
@click.argument("snippets", nargs=-1, metavar="[ID]...")
@note_option
@with_appcontext
def takedown(snippets: tuple[str, ...], note: str | None) -> None:
    """Let nobody read the snippets of these ids or addresses any more.

    Without any, or for “-”, they are read from standard input, one a line. Each is done by itself: interrupted, call
    again with the same list. Ends with 1 where there was no such snippet.
    """
    _each(snippets, moderation.take_down, By(COMMAND_LINE, note or None), "taken down")


def are_ids(given: tuple[str, ...]) -> bool:
    """Whether a command line names snippets, or standard input for them, and no file that is there."""
    return all(each == "-" or (_ADDRESS.fullmatch(each) and not Path(each).exists()) for each in given)


def put_back(snippets: tuple[str, ...], note: str | None) -> None:
    """Let everybody read again what was taken down, by ids or addresses as `takedown` takes them."""
    _each(snippets, moderation.restore, By(COMMAND_LINE, note or None), "readable")


def named(given: tuple[str, ...]) -> Iterator[str]:
    """Give what was named on the command line or, for “-” or nothing, on standard input. Raises UsageError."""
    if not given and sys.stdin.isatty():
        raise click.UsageError("Name at least one, or send a list to standard input.")
    for each in given or ("-",):
        lines: Iterable[str] = sys.stdin if each == "-" else [each]
        yield from filter(None, (line.strip() for line in lines))


def end(failed: int) -> None:
    """End the command with 1 where something could not be done."""
    if failed:
        click.get_current_context().exit(1)


def _each(given: tuple[str, ...], do: Callable[[Session, str, By], bool], by: By, done: str) -> None:
    failed = 0
    for name in named(given):
        if (found := _ADDRESS.fullmatch(name)) and (said := _one(found[1], do, by, done)):
            click.echo(f"{found[1]} {said}")
            continue
        failed += 1
        missing = "there is no such snippet" if found else "that is neither an id of 11 characters nor an address"
        click.echo(f"{one_line(name)[:200]}: {missing}", err=True)
    end(failed)


def _one(snippet_id: str, do: Callable[[Session, str, By], bool], by: By, done: str) -> str | None:
    """Return what came of it; None: there is no such snippet."""
    with site().sessions.begin() as session:
        if do(session, snippet_id, by):
            return done
        return f"{done} already" if session.get(Snippet, snippet_id) else None
