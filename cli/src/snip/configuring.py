"""`snip config` and `snip completion`."""

import sys

import click
from click.shell_completion import get_completion_class

from snip import config as configuration
from snip import secret
from snip.reach import Reach, reaching
from snip.terminal import is_terminal, say


@click.group(short_help="Choose the site, keep a secret.")
def config() -> None:
    """Choose the site, or bring a secret from another machine."""


@config.command()
@click.argument("url", required=False)
def site(url: str | None) -> None:
    """Print the site in use, or use another one from now on."""
    click.echo(configuration.keep_site(url) if url else configuration.site())


@config.command()
@reaching
def token(reach: Reach) -> None:
    """Keep a secret, asked for or from standard input, for the site in use.

    It is an API key where a site gives such, or the secret of another machine: what it owns is then yours here too.
    """
    api = reach.reader()
    given = click.prompt("Secret", hide_input=True, err=True) if is_terminal(sys.stdin) else sys.stdin.readline()
    secret.keep(api.site, given)
    say(f"It is kept in {secret.path(api.site)}")


@click.command(short_help="Print a shell's completion.")
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.pass_context
def completion(context: click.Context, shell: str) -> None:
    """Print what makes a shell complete snip's words: eval "$(snip completion bash)"."""
    kind = get_completion_class(shell)
    assert kind is not None  # noqa: S101 — click knows the three
    click.echo(kind(context.find_root().command, {}, "snip", "_SNIP_COMPLETE").source())
