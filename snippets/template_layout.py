"""Templates without the layout of their source: a browser shows no blanks at the beginning of a line."""

import re

from jinja2.ext import Extension

_INDENT = re.compile(r"(?<=\n)[ \t]+(?=<)")  # before a tag; text, such as that of an example, keeps its own


class Unindented(Extension):
    """Takes the indentation off every template before it is compiled."""

    def preprocess(self, source: str, name: str | None, filename: str | None = None) -> str:
        """Return what is compiled."""
        return _INDENT.sub("", source)
