"""What each kind of message says. What visitors wrote stands behind `> `: nobody is to take it for the site's."""

from typing import NamedTuple

from snippets.decisions import DAYS
from snippets.messages import Letter, printable


class Page(NamedTuple):
    """A snippet as a message names it."""

    title: str
    address: str


def report(page: Page, *, reason: str, address: str | None, take_down: str, keep: str) -> Letter:
    """Return what tells the operator of a report, with two links that decide without his password."""
    answer = f"An answer goes to {address}." if address else "Whoever wrote this wants no answer."
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


def quoted(text: str) -> str:
    """Return a visitor's text, each line behind `> `."""
    return "\n".join(f"> {line}".rstrip() for line in printable(text).split("\n"))
