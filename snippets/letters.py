"""What each kind of message says. What visitors wrote stands behind `> `: nobody is to take it for the site's."""

from datetime import datetime
from typing import NamedTuple

from snippets.decisions import DAYS
from snippets.mail_address import is_address
from snippets.messages import Letter, printable

MOST = 20  # kinds of failures that are listed


class Page(NamedTuple):
    """A snippet as a message names it."""

    title: str
    address: str


def report(page: Page, *, reason: str, address: str | None, take_down: str, keep: str) -> Letter:
    """Return what tells the operator of a report, with two links that decide without his password."""
    answer = _answer(address) if address else "Whoever wrote this wants no answer."
    body = f"""A reader has reported a snippet:

{quoted(page.title)}
{page.address}

What is wrong with it:

{quoted(reason)}

{answer}

To take it down:
{take_down}

To keep it, and be done with its reports:
{keep}

Each opens a page with one button, and nothing happens before that is pressed.
They are good for {DAYS} days, for whoever has this message.
"""
    return Letter(f"Reported: {page.title}", body)


def share(page: Page, *, note: str, site_name: str) -> Letter:
    """Return what tells somebody of a snippet, and that it is a visitor who does."""
    said = f"\nwith these words:\n\n{quoted(note)}\n" if note else ""
    body = f"""A visitor of {site_name} sends you the address of a snippet:

{quoted(page.title)}
{page.address}
{said}
{site_name} does not know who this was, sends you this one message, and forgets your
address within a week.
"""
    return Letter(f"{page.title} – a snippet on {site_name}", body)


def digest(operations: str, since: datetime, jobs: list[str], messages: list[str]) -> Letter | None:
    """Return what tells the operator of failed jobs and of messages that nobody knows the end of; None: of nothing."""
    if not jobs and not messages:
        return None
    parts = [("Jobs that failed:", jobs), ("Messages that have failed, or may have arrived (uncertain):", messages)]
    told = "\n".join(f"{title}\n\n{_listed(lines)}\n" for title, lines in parts if lines)
    counts = f"{len(jobs)} kinds of failed jobs, {len(messages)} of messages"
    body = f"""Since {since:%-d %B %Y, %H:%M} UTC:

{told}
All of them, and a button for each: {operations}
"""
    return Letter(f"Failures: {counts}", body)


def _answer(address: str) -> str:
    return f"An answer goes to {address}." if is_address(address) else f"An answer goes to:\n\n{quoted(address)}"


def _listed(lines: list[str]) -> str:
    more = [f"  and {len(lines) - MOST} kinds more"] if len(lines) > MOST else []
    return "\n".join([f"  {line}" for line in lines[:MOST]] + more)


def quoted(text: str) -> str:
    """Return a visitor's text, each line behind `> `."""
    return "\n".join(f"> {line}".rstrip() for line in printable(text).split("\n"))
