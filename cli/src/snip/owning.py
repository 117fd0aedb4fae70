"""`snip mine`, `snip search` and `snip delete`."""

import click

from snip.failures import Failure, Unusable
from snip.listing import print_found
from snip.reach import Reach, as_json, reaching
from snip.terminal import can_ask, say

how_many = click.option("--limit", type=click.IntRange(min=1), default=20, show_default=True, help="How many at most.")


@click.command(short_help="List what you have shared.")
@how_many
@as_json
@reaching
def mine(*, limit: int, as_json: bool, reach: Reach) -> None:
    """List what you have shared, the newest first: address, time, visibility, title."""
    api = reach.reader()
    if not api.is_signed:
        say(f"Nothing has been pasted to {api.site} from here yet.")
    print_found(api, "/snippets" if api.is_signed else None, limit, as_json=as_json, owner="me")


@click.command(short_help="Find public snippets.")
@click.argument("words", nargs=-1, required=True)
@how_many
@as_json
@reaching
def search(*, words: tuple[str, ...], limit: int, as_json: bool, reach: Reach) -> None:
    """Find public snippets by any part of title, file names or code; language:go and tag:web narrow it."""
    print_found(reach.reader(), "/search", limit, as_json=as_json, q=" ".join(words))


@click.command(short_help="Delete snippets of yours.")
@click.argument("snippets", metavar="ID|URL...", nargs=-1, required=True)
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@reaching
def delete(*, snippets: tuple[str, ...], yes: bool, reach: Reach) -> None:
    """Delete snippets of yours. There is no way back."""
    found = [reach.snippet(each) for each in snippets]
    if not yes and not can_ask():
        raise Unusable("There is nobody to ask: --yes deletes without.")
    failures = []
    for api, snippet_id in found:
        if not yes and not click.confirm(f"Delete {api.site}/{snippet_id}?", err=True):
            continue
        try:
            api.call("DELETE", f"/snippets/{snippet_id}")
        except Failure as failure:
            failures.append(failure)
            say(f"{snippet_id}: {failure.message}")
    if failures:
        raise click.exceptions.Exit(failures[-1].exit_code)
