"""`flask snippets backup`, `restore`, `move`: what keeps the data when the machine does not."""

from pathlib import Path

import click
from flask.cli import with_appcontext
from sqlalchemy import make_url

from snippets.arguments import PATH, DatabaseUrl, note_option
from snippets.audit import Action
from snippets.backup import back_up
from snippets.database import connect
from snippets.human import plural, size
from snippets.moderation_commands import are_ids, put_back
from snippets.moving import move as move_to
from snippets.outcomes import note as put_down
from snippets.outcomes import obstacles, tell_of_colours
from snippets.progress import progress
from snippets.restoring import restore as bring_back
from snippets.site import site


@click.command()
@click.argument("target", type=PATH)
@with_appcontext
def backup(target: Path) -> None:
    """Write all that the site holds to the file TARGET, or to one named by the time in the folder TARGET.

    The site goes on meanwhile; the file holds it as it was at one moment, secrets' digests and private snippets too.
    """
    with obstacles():
        path, tail = back_up(site().sessions, target, progress)
    rows = sum(each.rows for each in tail.digests.values())
    click.echo(f"{path}: {rows:,} rows in {size(path.stat().st_size)}, SHA-256 of the content {tail.sha256}")


@click.command()
@click.argument("what", nargs=-1, required=True, metavar="FILE|ID...")
@click.option("--replace", is_flag=True, help="Delete what the database holds and the backup does not.")
@click.option("--yes", is_flag=True, help="Do not ask before that.")
@note_option
@with_appcontext
def restore(what: tuple[str, ...], *, replace: bool, yes: bool, note: str | None) -> None:
    """Bring back what the backup FILE holds, into an empty database; stop web and workers before.

    Interrupted, it goes on where it was when it is called again. Of IDs, let everybody read again these snippets that
    were taken down, as `takedown` takes them; “-” reads them from standard input.
    """
    if are_ids(what):
        put_back(what, note)
        return
    if len(what) > 1:
        raise click.UsageError("Name one backup, or the ids of snippets.")
    file = Path(what[0])
    if replace and not yes:
        click.confirm("What the database holds and the backup does not will be deleted. Go on?", abort=True)
    with obstacles():
        counts = bring_back(file, site().sessions, progress, replace=replace)
    rows, among = plural(sum(counts.values()), "row"), plural(counts["snippets"], "snippet")
    click.echo(f"{rows} restored, {among} among them, and compared.")
    tell_of_colours()
    put_down(Action.RESTORE_BACKUP, file.name, note)  # the last, since the backup does not have this row


@click.command()
@click.argument("target", type=DatabaseUrl(), metavar="DATABASE_URL")
@click.option("--replace", is_flag=True, help="Delete what the target holds and the site does not.")
@click.option("--yes", is_flag=True, help="Do not ask before that.")
@note_option
@with_appcontext
def move(target: str, *, replace: bool, yes: bool, note: str | None) -> None:
    """Copy all that the site holds to the database at DATABASE_URL: SQLite or PostgreSQL, empty, migrated or not.

    Interrupted, it goes on where it was when it is called again. What is written meanwhile stays behind: it says so,
    and with the site stopped a second call with --replace brings the rest.
    """
    if replace and not yes:
        click.confirm("What the target holds and the site does not will be deleted. Go on?", abort=True)
    sessions = connect(target)
    try:
        with obstacles():
            behind = move_to(site().sessions, sessions, progress, replace=replace)
            if not behind:  # the old one stays as it was: the trail goes on in the new one
                way = f"from {named(site().settings.database_url)} to {named(target)}"
                put_down(Action.MOVE, way, note, sessions=sessions)
    finally:
        sessions.kw["bind"].dispose()
    if behind:
        raise click.ClickException(
            f"The site was written to meanwhile: {', '.join(behind)} went on. Stop web and workers, then call again"
            " with --replace: it brings the rest, and takes as long as reading does."
        )
    shown = make_url(target).difference_update_query(("password", "sslpassword")).render_as_string()
    click.echo(
        f"Every row is there, compared one by one. Next, with web and workers stopped since before this command: set"
        f" DATABASE_URL={shown} and start them. The old database is as it was."
    )


def named(url: str) -> str:
    """Return which database an address is of, without whoever opens it and by what password."""
    parts = make_url(url)
    return f"{parts.get_backend_name()} {parts.host + '/' if parts.host else ''}{parts.database}"


data_commands = (backup, move, restore)
