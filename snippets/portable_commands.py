"""`flask snippets export` and `import`: how snippets leave the site as plain files, and come back."""

import re
from collections import Counter
from pathlib import Path

import click
from flask.cli import with_appcontext

from snippets.arguments import PATH
from snippets.audit import Action
from snippets.exporting import export as write_export
from snippets.human import plural
from snippets.import_sources import source
from snippets.importing import Fate, Importer
from snippets.messages import one_line
from snippets.models import hash_secret
from snippets.outcomes import note, obstacles
from snippets.owners import SECRET
from snippets.progress import progress
from snippets.site import site


class Owner(click.ParamType[str]):
    """Whose snippets: a secret, as an API key is one, or its SHA-256 as the rows have it; `-` asks for it unseen."""

    name = "key"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Return the owner's hash."""
        if value == "-":
            value = click.prompt("The owner's secret", hide_input=True)
        if re.fullmatch(r"[0-9a-f]{64}", value):
            return value
        if not SECRET.fullmatch(value):
            self.fail("an owner's secret, an API key, or the SHA-256 of either", param, ctx)
        return hash_secret(value)


@click.command("export")
@click.argument("target", type=PATH)
@click.option("--owner", type=Owner(), metavar="KEY", help="Only what was shared with this secret or API key; -: ask.")
@click.option("--all", "everything", is_flag=True, help="All snippets.")
@with_appcontext
def export_command(target: Path, *, owner: str | None, everything: bool) -> None:
    """Write snippets as plain files, with a document of their terms each, to the folder TARGET or a new TARGET.zip.

    Private ones and those behind a password are among them, readable; what may be read once only is not.
    """
    if (owner is None) != everything:
        raise click.UsageError("Say whose snippets: --owner KEY, or --all.")
    with obstacles():
        done = write_export(site().sessions, owner, target, progress)
        note(Action.EXPORT, owner or "all")
    click.echo(f"{plural(done.snippets, 'snippet')} exported to {target}")
    if done.sealed:
        click.echo(f"{plural(done.sealed, 'snippet')} left out that may be read once only")


@click.command("import")
@click.argument("path", type=PATH)
@click.option("--owner", type=Owner(), metavar="KEY", help="Whose they shall be: a secret or an API key; -: ask.")
@with_appcontext
def import_command(path: Path, *, owner: str | None) -> None:
    """Take in what an export at PATH holds, a folder or a zip, each snippet under its old address.

    What is there already stays as it is: interrupted, call it again. Without --owner they belong to nobody.
    """
    fates: Counter[Fate] = Counter()
    with obstacles():
        note(Action.IMPORT, path.name)
        given = source(path)
        importer = Importer(given, site().sessions, site().redis, site().settings, owner)
        with progress("Importing", sum(1 for _ in given.ids())) as step:
            for outcome in importer.take():
                fates[outcome.fate] += 1
                if outcome.why:
                    click.echo(f"{outcome.id}: {one_line(outcome.why)}", err=True)
                step(1)
    click.echo("; ".join(f"{fates[fate]:,} {fate}" for fate in Fate if fates[fate]) or "no snippet in it")
    if fates[Fate.REFUSED]:
        raise click.ClickException("Not all could be taken; the lines above say why.")


portable_commands = (export_command, import_command)
