"""`flask snippets copy-down`: what a staging site is filled with."""

import click
from flask.cli import with_appcontext

from snippets.audit import Action
from snippets.copying_down import copy_down as bring_down
from snippets.copying_down import production
from snippets.outcomes import note, obstacles, tell_of_colours
from snippets.progress import progress
from snippets.site import site


@click.command("copy-down")
@click.argument("where", metavar="BACKUP|DATABASE_URL")
@click.option("--unlisted", is_flag=True, help="Unlisted snippets too.")
@click.option("--private", is_flag=True, help="Private snippets too, those behind passwords and those to be read once.")
@click.option("--yes", is_flag=True, help="Do not ask before this site's snippets are replaced.")
@with_appcontext
def copy_down(where: str, *, unlisted: bool, private: bool, yes: bool) -> None:
    """Have this site, which is not production, show what production shows in public; its own snippets are deleted.

    Production is a backup of it, or its database. Owners, passwords, API keys, reports, mail, networks and the audit
    trail stay behind. Interrupted, it goes on when it is called again.
    """
    if site().settings.site_env == "production":
        raise click.ClickException(
            "This site is production, by SITE_ENV or since that is not set: its snippets would be deleted."
        )
    if not yes:
        click.confirm("All snippets of this site will be replaced by those of production. Go on?", abort=True)
    visibilities = {"public"} | ({"unlisted"} if unlisted else set()) | ({"private"} if private else set())
    with obstacles():
        note(Action.COPY_DOWN, ", ".join(sorted(visibilities)))
    with obstacles(), production(where, site().sessions, progress) as found:
        copied = bring_down(found, site().sessions, frozenset(visibilities), progress)
    click.echo(f"{copied:,} snippets are here now")
    tell_of_colours()


staging_commands = (copy_down,)
