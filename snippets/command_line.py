"""`flask …`: the site's own commands are imported when somebody asks for them, which no web process does."""

import click
from flask.cli import AppGroup

OURS = "snippets"


class CommandLine(AppGroup):
    """The commands of an app, with `snippets` among them: importing those takes a tenth of a start."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """Name them all."""
        return sorted({OURS, *super().list_commands(ctx)})

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """Return one by its name."""
        if cmd_name != OURS:
            return super().get_command(ctx, cmd_name)
        from snippets.commands import commands  # noqa: PLC0415 — see above

        return commands
