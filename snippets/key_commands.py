"""`flask snippets key …`: what an operator does with API keys."""

import click
from flask.cli import with_appcontext
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from snippets.audit import COMMAND_LINE, Action, By, record
from snippets.keys import Scope, issue, revoke
from snippets.models import ApiKey
from snippets.site import site


@click.group()
def key() -> None:
    """Hand out and revoke API keys."""


@key.command("new")
@click.argument("name")
@click.option(
    "--scope", "scopes", type=click.Choice([each.value for each in Scope]), multiple=True, default=["read", "write"]
)
@with_appcontext
def new_key(name: str, scopes: list[str]) -> None:
    """Make a key called NAME and print it: it is stored as a digest and cannot be shown again."""
    try:
        with site().sessions.begin() as session:
            made = issue(session, name, [Scope(each) for each in scopes])
            record(session, By(COMMAND_LINE), Action.NEW_KEY, name)
    except IntegrityError:
        raise click.ClickException(f"There is, or was, a key called {name}.") from None
    click.echo(made)


@key.command("list")
@with_appcontext
def list_keys() -> None:
    """List the keys by name, with their scopes."""
    with site().sessions() as session:
        for each in session.scalars(select(ApiKey).order_by(ApiKey.name)):
            state = f"revoked {each.revoked_at:%Y-%m-%d}" if each.revoked_at else f"since {each.created_at:%Y-%m-%d}"
            click.echo(f"{each.name}\t{each.scopes}\t{state}")


@key.command("revoke")
@click.argument("name")
@with_appcontext
def revoke_key(name: str) -> None:
    """Make the key called NAME worthless; what was shared with it stays."""
    with site().sessions.begin() as session:
        if not revoke(session, name):
            raise click.ClickException(f"There is no key called {name} that is still good.")
        record(session, By(COMMAND_LINE), Action.REVOKE_KEY, name)
    click.echo("revoked")
