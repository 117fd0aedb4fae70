"""What reaches the terminal: no text from elsewhere may drive it."""

import os
import re
import sys
from typing import IO, Any

import click

# Controls but tab and line end; what reorders text or hides in it, so that code reads otherwise than it runs.
_DRIVING = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069\ufeff\ud800-\udfff]")


def visible(text: str) -> str:
    """Return the text with every character that would act on a terminal replaced by one, or a few, that show it."""
    return _DRIVING.sub(_picture, text)


def one_line(text: str) -> str:
    """Return visible text without tabs and line ends."""
    return visible(" ".join(text.split()))


def say(text: str) -> None:
    """Tell the person, not the pipe."""
    click.echo(visible(text), err=True)


def is_terminal(stream: IO[Any]) -> bool:
    """Tell whether a person reads the stream."""
    return stream.isatty()


def may_colour(stream: IO[Any]) -> bool:
    """Tell whether colours are welcome on the stream: see no-color.org."""
    return is_terminal(stream) and not os.environ.get("NO_COLOR") and os.environ.get("TERM") != "dumb"


def can_ask() -> bool:
    """Tell whether there is somebody to answer a question, be standard input a pipe or not."""
    if sys.stdin.isatty():
        return True
    try:
        os.close(os.open("/dev/tty", os.O_RDWR | os.O_NOCTTY))
    except OSError:
        return False
    return True


def _picture(match: re.Match[str]) -> str:
    code = ord(match[0])
    if code < 0x20:
        return chr(0x2400 + code)  # ␛ for escape
    return "␡" if code == 0x7F else f"<U+{code:04X}>"
