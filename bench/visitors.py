"""Many visitors who paste at times that were fixed before, and what became of their files."""

import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import datetime
from threading import local

from sqlalchemy import func, select

from bench.client import Client, form
from bench.inputs import SMALL
from snippets.database import Sessions
from snippets.models import File

VISITORS = 16  # connections
PATIENCE = 120  # seconds


@dataclass(frozen=True, slots=True)
class Coloured:
    """Files by the order in which they were saved: seconds of the Unix epoch."""

    saved: Sequence[float]
    coloured: Sequence[float]

    @property
    def waits(self) -> list[float]:
        """Seconds to colour."""
        return [done - begun for begun, done in zip(self.saved, self.coloured, strict=True)]


class Visitors:
    """Several connections that paste the same text, each of its own thread."""

    def __init__(self, url: str) -> None:
        """Connect at the first paste."""
        self._url, self._mine, self._form = url, local(), form(SMALL)

    def paste(self) -> None:
        """Paste once."""
        if not hasattr(self._mine, "client"):
            self._mine.client = Client(self._url)
        self._mine.client.paste(*self._form)

    def paste_at(self, arrivals: Sequence[float]) -> None:
        """Paste at each of these seconds from now, answered or not what was before."""
        began = time.monotonic()
        with ThreadPoolExecutor(VISITORS) as pool:
            for at in arrivals:
                time.sleep(max(0.0, began + at - time.monotonic()))
                pool.submit(self.paste)


def last(sessions: Sessions) -> int:
    """Return the highest id of a file, 0 where there is none."""
    with sessions() as session:
        return session.scalar(select(func.max(File.id))) or 0


def wait_for(sessions: Sessions, after: int) -> Coloured:
    """Return the times of the files behind this id once all have their colours."""
    deadline = time.monotonic() + PATIENCE
    query = select(File.created_at, File.highlighted_at).where(File.id > after).order_by(File.created_at)
    while time.monotonic() < deadline:
        with sessions() as session:
            rows: list[tuple[datetime, datetime | None]] = [(row[0], row[1]) for row in session.execute(query)]
        if rows and all(done for _, done in rows):
            return Coloured(
                [at.timestamp() for at, _ in rows], [done.timestamp() for _, done in rows if done is not None]
            )
        time.sleep(0.25)
    raise TimeoutError("the files do not get their colours")
