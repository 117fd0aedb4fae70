"""`flask snippets audit`: what operators did, in a terminal."""

import click
from flask.cli import with_appcontext

from snippets.audit import Action, entries
from snippets.site import site

MOST = 1_000_000  # entries


@click.command()
@click.option("--most", type=click.IntRange(1, MOST), default=50, show_default=True, help="Only so many, the latest.")
@click.option("--action", type=click.Choice([each.value for each in Action]), help="Only what was done so.")
@with_appcontext
def audit(most: int, action: str | None) -> None:
    """List what operators did, the latest first: when, who, what, to what, why."""
    left, before = most, None
    while left:
        with site().sessions() as session:
            found = entries(session, before, action=action)[:left]
        for each in found:
            told = (f"{each.at:%Y-%m-%d %H:%M:%S}Z", each.actor, each.action, each.subject or "–", each.note or "–")
            click.echo("\t".join(told))
        if not found:
            return
        left, before = left - len(found), found[-1].id
