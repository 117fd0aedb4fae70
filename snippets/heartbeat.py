"""One honest sentence about the queue, from the newest rows."""

import time
from datetime import datetime, timedelta
from statistics import median
from typing import NamedTuple

from sqlalchemy import select
from sqlalchemy.exc import SQLAlchemyError

from snippets.database import Sessions
from snippets.models import File, now
from snippets.notes import Note

SAMPLE = 20  # files
LATELY = timedelta(hours=1)
LATE = timedelta(seconds=10)
AWAY = (Note.UNREACHABLE, Note.SLOW, Note.DOWN)  # what one text alone does not bring about
ENOUGH = 3  # files in a row
KEPT = 10.0  # seconds for which a sentence is kept: pages do not pay for a query each


class Colouring(NamedTuple):
    """When a file was saved, when its colours landed (None: they are still to come), and why they are not better."""

    created_at: datetime
    highlighted_at: datetime | None
    note: str | None


class Heartbeat:
    """Says how long colours take now; remembers it for KEPT seconds in this process."""

    def __init__(self, sessions: Sessions) -> None:
        """Ask nothing before the first page does."""
        self._sessions = sessions
        self._sentence: str | None = None
        self._until = 0.0

    def __call__(self) -> str | None:
        """Return the sentence, or None when nothing was pasted lately."""
        if time.monotonic() >= self._until:
            self._sentence, self._until = sentence(self._newest(), now()), time.monotonic() + KEPT
        return self._sentence

    def _newest(self) -> list[Colouring]:
        query = select(File.created_at, File.highlighted_at, File.note).order_by(File.id.desc()).limit(SAMPLE)
        try:
            with self._sessions() as session:
                return [Colouring(*row) for row in session.execute(query)]
        except SQLAlchemyError:
            return []  # the page that says so must not fail over its footer


def sentence(newest: list[Colouring], at: datetime) -> str | None:
    """Say what the newest files, newest first, tell of the queue at a moment."""
    lately = [each for each in newest if each.created_at > at - LATELY]
    if any(each.highlighted_at is None and each.created_at < at - LATE for each in lately):
        return "colours are late: the queue is busy or away"
    none = timedelta()  # a worker whose clock is slow may say that colours landed before the paste
    landed = [(max(one.highlighted_at - one.created_at, none), one.note) for one in lately if one.highlighted_at]
    if not landed:
        return None
    last = [note.split(",")[0] if note else "" for _, note in landed[:ENOUGH]]
    if len(last) == ENOUGH and all(word in AWAY for word in last):
        return "the highlighter is down, Pygments is filling in"
    return f"colours land in ~{_rounded(median(waited / timedelta(milliseconds=1) for waited, _ in landed))}"


def _rounded(milliseconds: float) -> str:
    return f"{milliseconds:.0f} ms" if milliseconds < 1000 else f"{milliseconds / 1000:.1f} s"
