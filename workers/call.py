"""One remote call, bounded: its time by a timer that shuts the socket, its bytes by a meter on the wire."""

import io
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, Self

from snippets.notes import Note
from workers.failure import HighlighterError
from workers.limit import TimeLimit
from workers.patience import Patience

current: ContextVar["Call"] = ContextVar("call")


class Call(TimeLimit):
    """The exchange going on within `with Call(...)`: its socket is shut once `seconds`, or `patience`, are over.

    Leaving an overdue call raises HighlighterError(SLOW), whatever a shut socket made it look like: an error, or a
    short reply.
    """

    def __init__(self, seconds: float, most_bytes: int, patience: Patience | None = None) -> None:
        super().__init__(seconds, patience)
        self._bytes_left = most_bytes

    def __enter__(self) -> Self:
        self._before = current.set(self)
        return super().__enter__()

    def __exit__(self, kind: type[BaseException] | None, *how: object) -> None:
        current.reset(self._before)
        super().__exit__(kind, *how)
        if self.is_over and (kind is None or issubclass(kind, HighlighterError)):
            raise HighlighterError(Note.SLOW)

    def count(self, size: int) -> None:
        """Count bytes read off the wire. Raises HighlighterError(LARGE) beyond `most_bytes`."""
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise HighlighterError(Note.LARGE)


class Meter(io.RawIOBase):
    """A stream whose bytes are counted as they are read."""

    def __init__(self, raw: io.RawIOBase, count: Callable[[int], None]) -> None:
        self._raw = raw
        self._count = count

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Fill the buffer; see io.RawIOBase."""
        size = self._raw.readinto(buffer)
        self._count(size or 0)
        return size

    def close(self) -> None:
        """Close the stream beneath as well."""
        self._raw.close()
        super().close()
