"""Which part of a snippet another site shows, and how tall that is."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

from markupsafe import Markup

from snippets import markup
from snippets.languages import LANGUAGES
from snippets.models import File
from snippets.refused import Refused
from snippets.visible import visible_name

THEMES = ("auto", "light", "dark")
MOST = 1000  # lines in a frame; its link leads to the rest

# Pixels, as embed.css makes them
HEAD, LINE, PADDING, BORDER = 41, 20, 28, 2
TALLEST = 1280

_LINES = re.compile(r"L?(\d{1,7})(?:-L?(\d{1,7}))?")


@dataclass(frozen=True, slots=True)
class Choice:
    """What was chosen, as it stands in the address of an embed; by itself all files, as light or dark as the reader."""

    file: int | None = None
    lines: str = ""
    theme: str = "auto"

    @classmethod
    def read(cls, options: Mapping[str, str]) -> Self:
        """Return what the options say; empty ones say nothing. Raises Refused."""
        file, lines, theme = (options.get(name, "").strip() for name in ("file", "lines", "theme"))
        if file and not re.fullmatch(r"\d{1,4}", file):
            raise Refused("file must be the number of one, such as 2.", "file", status=400)
        if lines and not _LINES.fullmatch(lines):
            raise Refused("lines must be one or two numbers, such as 3 or 3-9.", "lines", status=400)
        if theme not in ("", *THEMES):
            raise Refused(f"theme must be one of {', '.join(THEMES)}.", "theme", status=400)
        return cls(int(file) if file else 1 if lines else None, lines, theme or "auto")

    def options(self) -> dict[str, Any]:
        """Return what differs from choosing nothing, for an address."""
        said = {"file": self.file, "lines": self.lines or None, "theme": self.theme if self.theme != "auto" else None}
        return {name: value for name, value in said.items() if value is not None}

    def range(self, total: int) -> tuple[int, int]:
        """Return the first and the last line of a file of `total` lines. Raises Refused when it has none of them."""
        found = _LINES.fullmatch(self.lines)
        if found is None:
            return 1, total
        first, last = sorted((int(found[1]), int(found[2] or found[1])))
        if first > total:
            raise Refused(f"The file has {total:,} lines; there is no line {first:,}.", "lines", status=404)
        return max(first, 1), max(min(last, total), 1)


class Excerpt:
    """Lines `first` to `last` of a file."""

    def __init__(self, file: File, choice: Choice, room: int) -> None:
        """Cut what was chosen to `room` lines. Raises Refused."""
        self._file = file
        self.number = file.position
        self.name = visible_name(file.name or "") or ("" if file.position == 1 else f"file {file.position}")
        language = LANGUAGES.get(file.language)
        self.language_name = language.name if language else file.language
        self.total = file.code.count("\n") + (not file.code.endswith("\n"))
        self.first, last = choice.range(self.total)
        self.last = min(last, self.first + room - 1)
        self.anchor = f"{file.anchor}L{self.first}" + (f"-L{self.last}" if self.last > self.first else "")

    @property
    def is_whole(self) -> bool:
        """Whether nothing of the file is left out."""
        return (self.first, self.last) == (1, self.total)

    @property
    def lines(self) -> Markup:
        """The numbered lines, coloured if they are. Markup of our own making, like a page's."""
        file = self._file
        if file.html is not None and self.total <= markup.NUMBERED:
            return Markup(markup.cut(file.html, self.first, self.last))  # noqa: S704
        code = "\n".join(file.code.split("\n")[self.first - 1 : self.last])
        return Markup(markup.lines(code, markup.plain(code), file.anchor, self.first))  # noqa: S704


def excerpts(files: list[File], choice: Choice) -> list[Excerpt]:
    """Return what was chosen of these files, MOST lines at most. Raises Refused for what is not there."""
    chosen = [file for file in files if choice.file in (None, file.position)]
    if not chosen:
        raise Refused(f"The snippet has {len(files)} files; there is no file {choice.file}.", "file", status=404)
    found: list[Excerpt] = []
    room = MOST
    for file in chosen:
        if room > 0:
            found.append(Excerpt(file, choice, room))
            room -= found[-1].last - found[-1].first + 1
    return found


def height(shown: list[Excerpt]) -> int:
    """Return how many pixels a frame needs to show these; beyond TALLEST it scrolls."""
    lines = sum(each.last - each.first + 1 for each in shown)
    return min(BORDER + len(shown) * (HEAD + PADDING) + lines * LINE, TALLEST)
