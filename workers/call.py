"""One remote call, bounded: its time by a timer that shuts the socket, its bytes by a meter on the wire."""

import io
import socket
import threading
import time
from contextlib import suppress
from contextvars import ContextVar
from typing import Any, Self

from snippets.notes import Note
from workers.failure import HighlighterError
from workers.patience import LOOK, Patience

current: ContextVar["Call"] = ContextVar("call")


class Call:
    """The exchange going on within `with Call(...)`: its socket is shut once `seconds`, or `patience`, are over.

    Requests' own timeout is per wait, so that a peer who sends a byte now and then outlives it for ever. Leaving an
    overdue call raises HighlighterError(SLOW), whatever a shut socket made it look like: an error, or a short reply.
    """

    def __init__(self, seconds: float, most_bytes: int, patience: Patience | None = None) -> None:
        self._overdue = False
        self._bytes_left = most_bytes
        self._socket: socket.socket | None = None
        self._seconds = seconds
        self._patience = patience
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._wait, daemon=True)

    def __enter__(self) -> Self:
        self._before = current.set(self)
        self._ends = time.monotonic() + self._seconds
        self._watch.start()
        return self

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        current.reset(self._before)
        self._ended.set()
        self._watch.join()  # or it might yet shut the socket under the next call
        if self._overdue and (kind is None or issubclass(kind, HighlighterError)):
            raise HighlighterError(Note.SLOW)

    def hold(self, sock: socket.socket) -> None:
        """Remember the socket in use; it is shut at once when connecting has outlasted the call."""
        self._socket = sock
        if self._overdue:
            self._shut()

    def count(self, size: int) -> None:
        """Count bytes read off the wire. Raises HighlighterError(LARGE) beyond `most_bytes`."""
        self._bytes_left -= size
        if self._bytes_left < 0:
            raise HighlighterError(Note.LARGE)

    def left(self) -> float:
        """Return the seconds that are left: 0 once the call is overdue."""
        return 0.0 if self._overdue else max(0.0, self._ends - time.monotonic())

    def _wait(self) -> None:
        pause = self._patience.seconds if self._patience else self._seconds
        while not self._ended.wait(min(pause, self.left())):
            if not self.left() or (self._patience and self._patience.is_over()):
                self._overdue = True
                self._shut()
                return
            pause = LOOK

    def _shut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # it is gone already
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # TLS's own would unwrap it under the reader


class Meter(io.RawIOBase):
    """A stream whose bytes the current call counts."""

    def __init__(self, raw: io.RawIOBase) -> None:
        self._raw = raw

    def readable(self) -> bool:
        """Return True."""
        return True

    def readinto(self, buffer: Any) -> int | None:
        """Fill the buffer; see io.RawIOBase."""
        size = self._raw.readinto(buffer)
        current.get().count(size or 0)
        return size

    def close(self) -> None:
        """Close the stream beneath as well."""
        self._raw.close()
        super().close()
