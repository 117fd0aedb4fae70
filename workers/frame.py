"""What both rungs do to a text around colouring it: its blank edges are kept back, and the answer must spell it."""

from collections.abc import Callable, Iterable

from snippets.markup import Runs, plain
from snippets.notes import Note
from workers.failure import HighlighterError

Piece = tuple[str, str]  # a class of markup.CLASSES, or ""; the text that it covers


def framed(code: str, colour: Callable[[str], Runs]) -> Runs:
    """Return the runs of `code`, of which `colour` sees only what lies between its first and last blank lines.

    Highlighters drop a byte order mark always, and newlines at either end by default: what they never see, they
    cannot drop. `colour` is not called when nothing is left.
    """
    core = code.lstrip("\ufeff\n")
    head = len(code) - len(core)
    core = core.rstrip("\n")
    if not core:
        return plain(code)
    return [("", head), *colour(core), ("", len(code) - head - len(core))]


def spelled(pieces: Iterable[Piece], text: str, note: Note) -> Runs:
    """Return the pieces as runs over `text`, which they must spell; one more newline at the end is cut off.

    Raises HighlighterError(note) at the first difference. Only lengths are kept: no piece is ever shown.
    """
    ended = text + "\n"
    runs: Runs = []
    at = 0
    for css, piece in pieces:
        if not ended.startswith(piece, at):
            raise HighlighterError(note, f"different after {at} of {len(text)} characters")
        if piece:
            runs.append((css, len(piece)))
            at += len(piece)
    if at < len(text):
        raise HighlighterError(note, f"ended after {at} of {len(text)} characters")
    if at > len(text):
        css, length = runs.pop()
        runs.append((css, length - 1))
    return runs
