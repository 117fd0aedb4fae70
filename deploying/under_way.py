"""One deployment at a time on a server; one that nobody ended is written down by the next."""

import fcntl
import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from typing import TextIO

from deploying.git import Refused
from deploying.journal import note
from deploying.server import Server


class UnderWay:
    """What the lock file says of the deployment that holds it."""

    def __init__(self, file: TextIO) -> None:
        """Take the file, which is locked."""
        self._file = file

    def begin(self, **what: str) -> None:
        """Say what is under way, for who comes meanwhile, and after an end that nobody saw."""
        json.dump({"began": datetime.now(UTC).isoformat(timespec="seconds"), **what}, self._file)
        self._file.flush()

    def end(self) -> None:
        """Say that nothing is."""
        self._file.seek(0)
        self._file.truncate()


@contextmanager
def alone(here: Server, who: dict[str, str]) -> Iterator[UnderWay]:
    """Hold the lock. Raises Refused where another does, with what is under way."""
    with (here.site / "deploying.lock").open("a+", encoding="utf-8") as file:
        file.seek(0)
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise Refused(f"Another deployment is under way{_named(file.read())}.") from None
        if left := file.read():
            note(here.journal, **_told(left), outcome="broken off", found_by=who["by"])
        under_way = UnderWay(file)
        under_way.end()
        yield under_way


def _named(text: str) -> str:
    what = _told(text)
    return f": {what['tag']}, by {what['by'] or what['as']}, since {what['began']}" if what else ""


def _told(text: str) -> dict[str, str]:
    """Return what a deployment has said of itself; nothing where it could not say it whole."""
    try:
        return dict(json.loads(text))
    except ValueError:
        return {}
