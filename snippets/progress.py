"""How far a long command has come: a bar on a terminal, a line now and then into a file."""

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager

import click

EVERY = 10  # seconds between two lines off a terminal

Step = Callable[[int], None]  # is told how many more are done
Progress = Callable[[str, int], AbstractContextManager[Step]]  # begins with a label and a total


@contextmanager
def progress(label: str, total: int) -> Iterator[Step]:
    """Give a function that is told how many more of `total` are done."""
    began = told = time.monotonic()
    with click.progressbar(length=total, show_pos=True, label=label) as bar:
        bar.item_show_func = lambda _: f"{bar.pos / (time.monotonic() - began):,.0f}/s"

        def advance(done: int) -> None:
            nonlocal told
            bar.update(done)
            if not sys.stdout.isatty() and time.monotonic() > told + EVERY:
                click.echo(f"{bar.pos:,} of {total:,}")  # a bar draws itself on a terminal only
                told = time.monotonic()

        yield advance
