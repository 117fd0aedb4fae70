"""The ladder: HTTP highlighter, then Pygments, then plain text. It always ends."""

import logging
import time
from dataclasses import dataclass

from snippets.markup import Runs, plain
from snippets.notes import Note
from snippets.settings import Settings
from workers import http, local
from workers.failure import HighlighterError

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Highlighted:
    """Runs that add up to the code; which rung delivered them; the notes of those that did not, joined by commas."""

    runs: Runs
    engine: str  # http- and the dialect, pygments, or plain
    note: str | None  # None: the first choice
    took_ms: int


def highlight(code: str, language: str, settings: Settings, *, private: bool = False) -> Highlighted:
    """Colour `code` as well as can be had within the deadlines; expected failures end in the note, not here.

    A private text goes to the HTTP highlighter only when `settings.highlighter_private` says that it may.
    """
    started = time.perf_counter()
    notes: list[Note] = []
    if language == "text" or not code.strip():  # nothing to colour
        runs, engine = plain(code), "plain"
    else:
        runs, engine = _climbed_down(code, language, settings, private, notes)
    took_ms = round((time.perf_counter() - started) * 1000)
    return Highlighted(runs, engine, ",".join(notes) or None, took_ms)


def _climbed_down(code: str, language: str, settings: Settings, private: bool, notes: list[Note]) -> tuple[Runs, str]:
    """Return the runs of the first rung that holds, and its name; append why those above it did not."""
    rungs = {"pygments": local.highlight}
    if settings.highlighter_url and private and not settings.highlighter_private:
        notes.append(Note.PRIVATE)  # as configured: nothing to log
    elif settings.highlighter_url:
        rungs = {f"http-{settings.highlighter_dialect}": http.highlight, **rungs}
    for engine, rung in rungs.items():
        try:
            return rung(code, language, settings), engine
        except HighlighterError as error:
            notes.append(error.note)
            log.warning("%s failed on %d characters of %s: %s", engine, len(code), language, error)
    return plain(code), "plain"
