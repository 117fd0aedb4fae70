"""Snippets as a person reads them in a terminal."""

import time
from collections.abc import Iterable
from typing import IO, Any

import click

from snip.api import Api
from snip.colours import Runs, coloured
from snip.failures import Failure
from snip.terminal import one_line, say, visible
from snip.waiting import PATIENCE, wait_for_runs

Fields = dict[str, Any]


def show(api: Api, snippet: Fields, files: list[Fields], stream: IO[Any], *, waits: bool, in_colours: bool) -> None:
    """Print files: `waits` until their colours are there or time is up, and then shows these if wanted `in_colours`."""
    until = time.monotonic() + PATIENCE
    for file in files:
        runs = _find_runs(api, snippet["id"], file, until) if waits else None
        text = coloured(file["code"], runs) if runs and in_colours else visible(file["code"])
        if len(snippet["files"]) > 1:
            heading = f"==> {label(file)} <=="
            click.echo(click.style(heading, bold=True) if in_colours else heading, file=stream, color=True)
        click.echo(text, file=stream, color=True, nl=not text.endswith("\n"))


def label(file: Fields) -> str:
    """Return what to call a file."""
    return one_line(file["name"] or f"file {file['number']}")


def print_list(snippets: Iterable[Fields]) -> None:
    """Print one line for each snippet: address, time, visibility, title or names, with tabs between."""
    for snippet in snippets:
        title = snippet["title"] or ", ".join(label(file) for file in snippet["files"])
        moment = str(snippet["created_at"])[:16].replace("T", " ")
        click.echo("\t".join(one_line(str(each)) for each in (snippet["url"], moment, snippet["visibility"], title)))


def _find_runs(api: Api, snippet_id: str, file: Fields, until: float) -> Runs | None:
    """Return a file's colours once they are there; None, after a word about it, where they do not come in time."""
    try:
        runs = wait_for_runs(api, snippet_id, file["number"], until)
    except Failure as failure:
        say(f"No colours for {label(file)}: {failure.message}")
        return None
    if runs is None:
        say(f"No colours for {label(file)} yet: they will be at its address.")
    return runs
