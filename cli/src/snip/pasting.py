"""`snip paste`, which is what `snip` does when it is told nothing else."""

import functools
import json
import os
import sys
import time
import webbrowser
from typing import Any

import click

from snip.api import Api
from snip.failures import Unusable
from snip.gathering import gather
from snip.reach import Reach, as_json, reaching
from snip.showing import show
from snip.terminal import can_ask, is_terminal, may_colour, say, visible

SOON = 0.1  # seconds: most colours are there by then, and the site would have us ask again a second later


@click.command(short_help="Share files, folders, standard input (the default).")
@click.argument("paths", metavar="[FILE|FOLDER|-]...", nargs=-1, type=click.Path())
@click.option("-t", "--title", help="A title.")
@click.option("-n", "--name", help="The file name of standard input, or of the only file.")
@click.option("-l", "--language", help="The language of all files; else the site looks at names and text.")
@click.option("-e", "--expires", metavar="WHEN", help="10m, 1h, 1d, 1w, 30d, 1y, never, or a day: 2030-12-31.")
@click.option("--tag", "tags", multiple=True, help="A tag; may be given again.")
@click.option("--public", "visibility", flag_value="public", help="Readable by all, and listed.")
@click.option("--private", "visibility", flag_value="private", help="Readable by you alone.")
@click.option("--burn", is_flag=True, help="Readable once; reading deletes it.")
@click.option("--password", "with_password", is_flag=True, help="Readable with a password, asked for or SNIP_PASSWORD.")
@click.option("--open", "in_browser", is_flag=True, help="Open the page in a browser.")
@click.option("--wait", is_flag=True, help="Wait for the colours, 30 s at most, and show them.")
@as_json
@reaching
def paste(paths: tuple[str, ...], name: str | None, reach: Reach, **options: Any) -> None:
    """Share files, folders and standard input (-), and print the address.

    Unlisted unless it is said otherwise: readable by whoever has the address.
    """
    if not paths and is_terminal(sys.stdin):
        say("Type or paste the text; Ctrl-D ends it.")
    api = reach.writer()
    texts = gather(paths, name, functools.cache(lambda: int(api.get("/limits").data["max_bytes"])))
    body = {
        "files": [{"code": text.code, "name": text.name, "language": options["language"]} for text in texts],
        **{field: options[field] for field in ("title", "visibility", "expires", "burn") if options[field]},
        **({"tags": list(options["tags"])} if options["tags"] else {}),
        **({"password": _new_password()} if options["with_password"] else {}),
    }
    snippet = api.create(body).data
    snippet.pop("token", None)
    click.echo(json.dumps(snippet, indent=2) if options["as_json"] else visible(snippet["url"]))
    if options["in_browser"]:
        _open(snippet["url"])
    if options["wait"]:
        _show(api, snippet, body.get("password"))


def _new_password() -> str:
    given = os.environ.get("SNIP_PASSWORD")
    if given:
        return given
    if not can_ask():
        raise Unusable("There is nobody to ask for a password: put it into SNIP_PASSWORD.")
    asked: str = click.prompt("Password", hide_input=True, confirmation_prompt=True, err=True)
    return asked


def _open(url: str) -> None:
    if not (url.startswith(("https://", "http://")) and webbrowser.open(url)):
        say("No browser could be started.")


def _show(api: Api, snippet: dict[str, Any], password: str | None) -> None:
    """Show it beside the address, which alone is on standard output."""
    time.sleep(SOON)
    if password:
        api.unlock(password)
    show(api, snippet, snippet["files"], sys.stderr, waits=True, in_colours=may_colour(sys.stderr))
