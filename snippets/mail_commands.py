"""`flask snippets mail`: what has become of the messages; `sent` and `again` decide of those that may have arrived."""

import re
from collections.abc import Callable, Iterator

import click
from flask.cli import with_appcontext
from redis import RedisError
from sqlalchemy.orm import Session

from snippets.arguments import note_option
from snippets.audit import COMMAND_LINE, By
from snippets.columns import columns
from snippets.lanes import SEND
from snippets.mail_doubts import count_as_sent, send_again
from snippets.mail_models import Message
from snippets.mail_state import mail_state
from snippets.messages import State, one_line
from snippets.moderation_commands import end, named
from snippets.ops_figures import duration
from snippets.queue import enqueue_once
from snippets.site import site

HEAD = ["MESSAGE", "KIND", "STATE", "TO", "WRITTEN", "ATTEMPTS", "WHY"]
SAID = {State.SENT: "counts as sent", State.WAITING: "waits to be sent"}
REDIS_AWAY = "Redis does not answer: the workers' sweep will enqueue what waits."

_NUMBER = re.compile(r"[0-9]{1,18}")  # a longer one has no room in a row

Decide = Callable[[Session, int, By], bool]


@click.group(invoke_without_command=True)
@click.pass_context
@with_appcontext
def mail(context: click.Context) -> None:
    """Show how many messages wait and what became of the others, and each that something is the matter with.

    What becomes of an uncertain one, which may have arrived, is yours to say: see the commands.
    """
    if context.invoked_subcommand is None:
        _show()


@mail.command()
@click.argument("messages", nargs=-1, metavar="[MESSAGE]...")
@note_option
@with_appcontext
def sent(messages: tuple[str, ...], note: str | None) -> None:
    """Count uncertain messages as sent: nothing is kept of them.

    Without any number, or for “-”, they are read from standard input, one a line. Ends with 1 where one could not be.
    """
    end(sum(not done for _, done in _each(messages, count_as_sent, State.SENT, note)))


@mail.command()
@click.argument("messages", nargs=-1, metavar="[MESSAGE]...")
@note_option
@with_appcontext
def again(messages: tuple[str, ...], note: str | None) -> None:
    """Send uncertain messages again, each under its own Message-ID; they are named as for `sent`."""
    _say_where_none_is_sent()
    found = list(_each(messages, send_again, State.WAITING, note))
    try:
        enqueue_once(site().redis, SEND, [number for number, done in found if done])
    except RedisError:
        click.echo(REDIS_AWAY, err=True)
    end(sum(not done for _, done in found))


def _each(given: tuple[str, ...], do: Decide, state: State, note: str | None) -> Iterator[tuple[int, bool]]:
    """Do it to each message by itself and say so; give its number, and whether it is in that state by now."""
    by = By(COMMAND_LINE, note or None)
    for name in named(given):
        number = int(name) if _NUMBER.fullmatch(name) else 0
        with site().sessions.begin() as session:
            done = do(session, number, by)
            why_not = None if done else _why_not(session.get(Message, number), state)
        said = SAID[state] if done else why_not or f"{SAID[state]} already"
        click.echo(f"{one_line(name)[:200]}{':' if why_not else ''} {said}", err=bool(why_not))
        yield number, why_not is None


def _why_not(message: Message | None, state: State) -> str | None:
    """Return why a message cannot be in that state; None: it is."""
    if message is None:
        return "there is no such message"
    if message.state == state:
        return None
    if message.state == State.UNCERTAIN:
        return "its text was not kept, so that it can only count as sent"
    return f"it is not uncertain, but {message.state}"


def _show() -> None:
    _say_where_none_is_sent()
    state = mail_state(site().sessions)
    for name, count in state.counts.items():
        oldest = f", the oldest for {duration(state.oldest)}" if name == "waiting" and state.oldest else ""
        click.echo(f"{name:9} {count:,}{oldest}")
    if state.troubled:
        click.echo("\n".join(["", *columns([HEAD, *map(_row, state.troubled)])]))


def _say_where_none_is_sent() -> None:
    if not site().settings.smtp_url:
        click.echo("SMTP_URL is not set: nothing is sent.", err=True)


def _row(message: Message) -> list[str]:
    written = f"{duration(message.created_at)} ago"
    tried, why = str(message.attempts), message.error or ""
    return [str(message.id), message.kind, message.state, message.recipient or "", written, tried, why]
