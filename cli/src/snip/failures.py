"""What can go wrong, with the exit code of each: the manual lists them."""

from typing import IO, Any

import click

from snip.terminal import say


class Failure(click.ClickException):
    """An end that is explained in one sentence on standard error."""

    def show(self, file: IO[Any] | None = None) -> None:
        """Say it, whatever control characters the site has put into it."""
        say(f"snip: {self.message}")


class Refused(Failure):
    """The site says no."""

    exit_code = 1

    def __init__(self, message: str, status: int = 0) -> None:
        """Keep the HTTP status."""
        super().__init__(message)
        self.status = status


class Unusable(Failure):
    """What was asked for cannot be done from here: a file that is no text, a folder in the way."""

    exit_code = 2


class Unreachable(Failure):
    """The site does not answer, or is out of order, or what answers is no such site."""

    exit_code = 3

    def __init__(self, message: str, *, may_pass: bool = False) -> None:
        """Tell whether it is worth another try."""
        super().__init__(message)
        self.may_pass = may_pass


class Missing(Refused):
    """There is no such snippet, or none any more."""

    exit_code = 4
