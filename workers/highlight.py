"""The ladder: HTTP highlighter, then Pygments, then plain text. It always ends."""

import logging
import time
from collections.abc import Callable
from dataclasses import replace

from snippets.breaker import Breaker
from snippets.colours import PLAIN, Colours
from snippets.markup import Runs, plain
from snippets.notes import Note
from snippets.settings import Settings
from workers import http, local
from workers.failure import HighlighterError

log = logging.getLogger(__name__)
Rung = Callable[[str, str, Settings], Runs]


class TooSlow(Exception):
    """Colours are to be had, but not as quickly as was asked for."""


def highlight(
    code: str,
    language: str,
    settings: Settings,
    *,
    private: bool = False,
    breaker: Breaker | None = None,
    patience: float | None = None,
) -> Colours:
    """Colour `code` as well as can be had within the deadlines; expected failures end in the note, not here.

    A private text goes to the HTTP highlighter only when `settings.highlighter_private` says that it may, and none
    does while the `breaker` is open. With `patience` no rung gets more than so many seconds; where even Pygments needs
    more, TooSlow is raised: there may be colours for who waits.
    """
    if language == "text" or not code.strip():  # nothing to colour
        return Colours(plain(code), PLAIN)
    notes: list[Note] = []
    rungs = _rungs(settings, private, breaker, patience, notes)
    return _climbed_down(code, language, _hurried(settings, patience), rungs, notes)


def _rungs(
    settings: Settings, private: bool, breaker: Breaker | None, patience: float | None, notes: list[Note]
) -> dict[str, Rung]:
    """Return the rungs to try, by the engine's name; note why the first is not among them."""
    here = {"pygments": _patient(local.highlight, patience)}
    if not settings.highlighter_url:
        return here
    if private and not settings.highlighter_private:
        notes.append(Note.PRIVATE)
    elif breaker and not breaker.allows():
        notes.append(Note.DOWN)
    else:
        remote = _guarded(breaker, patience) if breaker else http.highlight
        return {f"http-{settings.highlighter_dialect}": remote, **here}
    return here


def _climbed_down(code: str, language: str, settings: Settings, rungs: dict[str, Rung], notes: list[Note]) -> Colours:
    """Return the colours of the first rung that holds, and the time that it took; note why those above it did not."""
    for engine, rung in rungs.items():
        started = time.perf_counter()
        try:
            runs = rung(code, language, settings)
        except HighlighterError as error:
            notes.append(error.note)
            log.warning("%s failed on %d characters of %s: %s", engine, len(code), language, error)
        else:
            took_ms = round((time.perf_counter() - started) * 1000)
            return Colours(runs, engine, ",".join(notes) or None, took_ms)
    return Colours(plain(code), PLAIN, ",".join(notes))


def _guarded(breaker: Breaker, patience: float | None) -> Rung:
    def remote(code: str, language: str, settings: Settings) -> Runs:
        try:
            runs = http.highlight(code, language, settings)
        except HighlighterError as error:
            if patience is not None and error.note == Note.SLOW:
                breaker.undecided()
            else:
                breaker.failed(error.note)
            raise
        breaker.succeeded()
        return runs

    return remote


def _patient(rung: Rung, patience: float | None) -> Rung:
    """Make a rung raise TooSlow where it would fail for want of time."""
    if patience is None:
        return rung

    def hurried(code: str, language: str, settings: Settings) -> Runs:
        try:
            return rung(code, language, settings)
        except HighlighterError as error:
            if error.note == Note.LOCAL_SLOW:
                raise TooSlow from error
            raise

    return hurried


def _hurried(settings: Settings, patience: float | None) -> Settings:
    if patience is None:
        return settings
    return replace(
        settings,
        highlighter_deadline=min(settings.highlighter_deadline, patience),
        pygments_deadline=min(settings.pygments_deadline, patience),
    )
