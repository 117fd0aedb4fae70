"""`flask snippets doctor`, or `python -m snippets.doctor` where a bad setting keeps the app from starting."""

import json
import sys
from collections.abc import Iterable
from dataclasses import asdict

import click

from snippets.doctor.examination import examine
from snippets.doctor.finding import Finding, State


@click.command()
@click.option("--json", "as_json", is_flag=True, help="Print one JSON object, for a program to read.")
def doctor(*, as_json: bool) -> None:
    """Look at every part of the site, and say how to mend what is not well; then the exit code is 1."""
    findings = list(_as_json(examine()) if as_json else _told(examine()))
    sys.exit(any(each.state is State.ILL for each in findings))


def _told(findings: Iterable[Finding]) -> Iterable[Finding]:
    for each in findings:
        click.echo(f"{each.state:<5} {each.part:<16} {each.said}")
        if each.mend:
            click.echo(f"{'':<23}{each.mend}")
        yield each


def _as_json(findings: Iterable[Finding]) -> Iterable[Finding]:
    found = list(findings)
    is_well = not any(each.state is State.ILL for each in found)
    click.echo(json.dumps({"ok": is_well, "findings": [asdict(each) for each in found]}, indent=2))
    return found
