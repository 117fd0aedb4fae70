"""The first lines of a file as a list shows them: cut out of the markup of the whole, once, and kept."""

import re
from collections.abc import Iterator
from html import escape, unescape

LINES = 5
WIDTH = 160  # characters of a line

# A coloured span holds text alone; what else there is are the numbers and what holds whole lines: see markup.lines.
_PIECE = re.compile(r'<span class="(\w{1,3})">([^<]*)</span>|<[^>]*>|([^<]+)')


def excerpt(html: str) -> str:
    """Return the first lines of what `markup.lines` returned, or of text that is merely escaped, without numbers."""
    return "\n".join("".join(_cut(html, start, end)) for start, end in _first_lines(html))


def plain(code: str) -> str:
    """Return the same of a text that has no colours yet."""
    return excerpt(escape(code[: LINES * 10_000], quote=False))


def _first_lines(html: str) -> Iterator[tuple[int, int]]:
    start = 0
    for _ in range(LINES):
        end = html.find("\n", start)
        if end < 0:
            yield start, len(html)
            return
        yield start, end
        start = end + 1


def _cut(html: str, start: int, end: int) -> Iterator[str]:
    room = WIDTH
    for piece in _PIECE.finditer(html, start, end):
        text = unescape(piece[2] or piece[3] or "")[:room]
        shown = escape(text, quote=False)
        yield f'<span class="{piece[1]}">{shown}</span>' if piece[1] else shown
        room -= len(text)
        if room <= 0:
            return
