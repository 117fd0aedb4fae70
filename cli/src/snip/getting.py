"""`snip get`, for programs and files, and `snip show`, for eyes."""

import json
import sys
from pathlib import Path
from typing import Any

import click

from snip.failures import Unusable
from snip.reach import Reach, as_json, reaching
from snip.reading import choose, read
from snip.saving import save
from snip.showing import show as show_files
from snip.terminal import is_terminal, may_colour, say, visible

snippet_argument = click.argument("snippet", metavar="ID|URL")
one_file = click.option("-f", "--file", "wanted", metavar="N|NAME", help="One file, by number or name.")
burning = click.option("--burn", is_flag=True, help="Read a snippet that can be read once, which deletes it.")


@click.command(short_help="Print a snippet's text, or save its files.")
@snippet_argument
@one_file
@click.option("-o", "--output", type=click.Path(file_okay=False, path_type=Path), help="Save the files in this folder.")
@click.option("--force", is_flag=True, help="With --output: replace files that are there.")
@burning
@as_json
@reaching
def get(*, snippet: str, output: Path | None, reach: Reach, **options: Any) -> None:
    """Print a snippet's text, byte for byte; of several files one after the other."""
    api, snippet_id = reach.snippet(snippet)
    _keep_from_burning_in_vain(options["burn"], options["wanted"])
    if options["burn"] and output and output.exists() and any(output.iterdir()):
        raise Unusable(f"{output} is not empty: what can be read once needs a folder in which nothing is in the way.")
    found = read(api, snippet_id, burn=options["burn"])
    if options["as_json"]:
        click.echo(json.dumps(found, indent=2))
        return
    files = choose(found, options["wanted"])
    if output:
        _save(files, output, **options)
    else:
        _print(files)


def _save(files: list[dict[str, Any]], folder: Path, *, force: bool, burn: bool, **_: Any) -> None:
    try:
        for path in save(files, folder, force=force):
            say(str(path))
    except Unusable:
        if burn:  # there is no second try
            _print(files)
        raise


def _print(files: list[dict[str, Any]]) -> None:
    text = "".join(file["code"] for file in files)
    click.echo(visible(text) if is_terminal(sys.stdout) else text.encode(), nl=False)


@click.command(short_help="Show a snippet in colours.")
@snippet_argument
@one_file
@burning
@click.option(
    "--color", type=click.Choice(["auto", "always", "never"]), default="auto", help="For a pager: always, and less -R."
)
@reaching
def show(*, snippet: str, wanted: str | None, burn: bool, color: str, reach: Reach) -> None:
    """Show a snippet in the terminal, in colours when they are ready within 30 s."""
    api, snippet_id = reach.snippet(snippet)
    _keep_from_burning_in_vain(burn, wanted)
    found = read(api, snippet_id, burn=burn)
    in_colours = color == "always" or (color == "auto" and may_colour(sys.stdout))
    show_files(api, found, choose(found, wanted), sys.stdout, waits=in_colours and not burn, in_colours=in_colours)


def _keep_from_burning_in_vain(burn: bool, wanted: str | None) -> None:
    """Raise Unusable where a wrong name would lose what can be read once."""
    if burn and wanted:
        raise Unusable("What can be read once is read whole: --burn goes without --file.")
