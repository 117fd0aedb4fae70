"""The commands together; without the name of one, `snip` pastes."""

import sys
from typing import Any

import click
from click.shell_completion import CompletionItem

from snip import __version__
from snip.configuring import completion, config
from snip.editing import edit
from snip.getting import get, show
from snip.owning import delete, mine, search
from snip.pasting import paste
from snip.terminal import is_terminal, say

_OWN = ("-h", "--help", "--version")
_ANYWHERE = {"--site": 2, "--insecure": 1, "--json": 1}  # options that may precede the command; how many words


class Snip(click.Group):
    """A group whose command may be left out."""

    def parse_args(self, ctx: click.Context, args: list[str]) -> list[str]:
        """Put the command first, and `paste` where there is none."""
        is_bare = not args and (ctx.resilient_parsing or is_terminal(sys.stdin))
        if not is_bare and args[:1] not in [[each] for each in _OWN]:
            args[:] = self._with_command(args)
        return super().parse_args(ctx, args)

    def invoke(self, ctx: click.Context) -> Any:
        """Do it, and end as shells do when it is interrupted."""
        try:
            return super().invoke(ctx)
        except (KeyboardInterrupt, click.Abort):
            say("")
            ctx.exit(130)

    def shell_complete(self, ctx: click.Context, incomplete: str) -> list[CompletionItem]:
        """Complete commands, and what `paste` takes.

        Files come first: in bash, click's script forgets at the word for them what came before it.
        """
        context = click.Context(paste, parent=ctx)
        return [
            *([] if incomplete.startswith("-") else [CompletionItem(incomplete, type="file")]),
            *super().shell_complete(ctx, incomplete),
            *paste.shell_complete(context, incomplete),
        ]

    def _with_command(self, args: list[str]) -> list[str]:
        at = 0
        while at < len(args) and (words := _ANYWHERE.get(args[at].partition("=")[0])):
            at += 1 if "=" in args[at] else words
        if at < len(args) and args[at] in self.commands:
            return [args[at], *args[:at], *args[at + 1 :]]
        return ["paste", *args]


snip = Snip(
    "snip",
    no_args_is_help=True,
    help="Share files, folders and standard input (-), and print the address. `snip paste --help` lists its options.",
    context_settings={"help_option_names": ["-h", "--help"]},
    commands={
        each.name: each for each in (paste, get, show, edit, mine, search, delete, config, completion) if each.name
    },
)
click.version_option(__version__, prog_name="snip")(snip)
