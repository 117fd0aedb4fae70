"""`flask snippets mail`: what has become of the messages."""

import click
from flask.cli import with_appcontext

from snippets.columns import columns
from snippets.mail_models import Message
from snippets.mail_state import mail_state
from snippets.ops_figures import duration
from snippets.site import site

HEAD = ["MESSAGE", "KIND", "STATE", "TO", "WRITTEN", "ATTEMPTS", "WHY"]


@click.command()
@with_appcontext
def mail() -> None:
    """Show how many messages wait and what became of the others, and each that something is the matter with."""
    if not site().settings.smtp_url:
        click.echo("SMTP_URL is not set: nothing is sent.", err=True)
    state = mail_state(site().sessions)
    for name, count in state.counts.items():
        oldest = f", the oldest for {duration(state.oldest)}" if name == "waiting" and state.oldest else ""
        click.echo(f"{name:9} {count:,}{oldest}")
    if state.troubled:
        click.echo("\n".join(["", *columns([HEAD, *map(_row, state.troubled)])]))


def _row(message: Message) -> list[str]:
    written = f"{duration(message.created_at)} ago"
    tried, why = str(message.attempts), message.error or ""
    return [str(message.id), message.kind, message.state, message.recipient or "", written, tried, why]
