"""What changed within a line."""

import re

from snippets.diffing import ends

LONGEST = 1000  # characters: a longer line is not looked into

_PIECES = re.compile(r"<[^>]*>|&[^;]*;|[^<&]")
Span = tuple[int, int]  # characters, from and up to


def differing(old: str, new: str) -> tuple[Span, Span] | None:
    """Return what differs between two lines; None where they share too little to be the same line changed."""
    if max(len(old), len(new)) > LONGEST:
        return None
    head, tail = ends(old, new)
    kept = len(old[:head].strip()) + len(old[len(old) - tail :].strip())
    if 2 * kept < max(len(old.strip()), len(new.strip())):
        return None
    return (head, len(old) - tail), (head, len(new) - tail)


def mark(html: str, span: Span) -> str:
    """Put `<mark>` around those characters of a line of our markup, closed before each tag and opened after it."""
    pieces, at, is_open = [], 0, False
    for piece in _PIECES.findall(html):
        is_text = not piece.startswith("<")
        wanted = is_text and span[0] <= at < span[1]
        if wanted != is_open:
            pieces.append("<mark>" if wanted else "</mark>")
        pieces.append(piece)
        at, is_open = at + is_text, wanted
    return "".join(pieces) + ("</mark>" if is_open else "")
