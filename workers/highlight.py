"""The ladder: HTTP highlighter, then Pygments, then plain text. It always ends."""

import logging
import time
from collections.abc import Callable
from functools import partial

from snippets.breaker import Breaker
from snippets.colours import PLAIN, Colours
from snippets.markup import Runs, plain
from snippets.notes import Note
from snippets.settings import Settings
from workers import http, local
from workers.failure import HighlighterError
from workers.patience import Patience

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
    patience: Patience | None = None,
) -> Colours:
    """Colour `code` as well as can be had within the deadlines; expected failures end in the note, not here.

    A private text goes to the HTTP highlighter only when `settings.highlighter_private` says that it may, and none
    does while the `breaker` is open, but for a probe. With `patience` no rung gets more time than that; where even
    Pygments needs more, and the patience hands over, TooSlow is raised: there may be colours for who waits.
    """
    if language == "text" or not code.strip():  # nothing to colour
        return Colours(plain(code), PLAIN)
    notes: list[Note] = []
    rungs = _rungs(settings, private, breaker, patience, notes)
    return _climbed_down(code, language, settings, rungs, notes)


def _rungs(
    settings: Settings, private: bool, breaker: Breaker | None, patience: Patience | None, notes: list[Note]
) -> dict[str, Rung]:
    """Return the rungs to try, by the engine's name; note why the first is not among them."""
    here = {"pygments": _patient(patience)}
    if not settings.highlighter_url:
        return here
    if private and not settings.highlighter_private:
        notes.append(Note.PRIVATE)
    elif breaker and not breaker.allows(probe=patience is None or not patience.hands_over):
        notes.append(Note.DOWN)
    else:
        remote = _guarded(breaker, patience) if breaker else partial(http.highlight, patience=patience)
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


def _guarded(breaker: Breaker, patience: Patience | None) -> Rung:
    def remote(code: str, language: str, settings: Settings) -> Runs:
        began = time.monotonic()
        try:
            runs = http.highlight(code, language, settings, patience)
        except HighlighterError as error:
            had_its_time = patience is None or time.monotonic() - began >= settings.highlighter_deadline
            if error.note != Note.SLOW or had_its_time:  # else it is our impatience, not its failure
                breaker.failed(error.note)
            raise
        breaker.succeeded()
        return runs

    return remote


def _patient(patience: Patience | None) -> Rung:
    """Return Pygments' rung, which raises TooSlow where somebody else would go on."""

    def here(code: str, language: str, settings: Settings) -> Runs:
        try:
            return local.highlight(code, language, settings, patience)
        except HighlighterError as error:
            if error.note == Note.LOCAL_SLOW and patience and patience.hands_over:
                raise TooSlow from error
            raise

    return here
