"""A limit of time that holds for an exchange as a whole, by a timer that shuts its socket."""

import socket
import threading
import time
from contextlib import suppress
from typing import Self

from workers.patience import LOOK, Patience


class TimeLimit:
    """What goes on within `with TimeLimit(...)` over a socket: that is shut once `seconds`, or `patience`, are over.

    A socket's own timeout is per wait, so that a peer who sends a byte now and then outlives it for ever.
    """

    def __init__(self, seconds: float, patience: Patience | None = None) -> None:
        self.is_over = False
        self._socket: socket.socket | None = None
        self._seconds = seconds
        self._patience = patience
        self._ended = threading.Event()
        self._watch = threading.Thread(target=self._wait, daemon=True)

    def __enter__(self) -> Self:
        self._ends = time.monotonic() + self._seconds
        self._watch.start()
        return self

    def __exit__(self, _kind: type[BaseException] | None, *_: object) -> None:
        self._ended.set()
        self._watch.join()  # or it might yet shut the socket under the next exchange

    def hold(self, sock: socket.socket) -> None:
        """Remember the socket in use; it is shut at once when connecting has outlasted the limit."""
        self._socket = sock
        if self.is_over:
            self._shut()

    def left(self) -> float:
        """Return the seconds that are left: 0 once they are over."""
        return 0.0 if self.is_over else max(0.0, self._ends - time.monotonic())

    def _wait(self) -> None:
        pause = self._patience.seconds if self._patience else self._seconds
        while not self._ended.wait(min(pause, self.left())):
            if not self.left() or (self._patience and self._patience.is_over()):
                self.is_over = True
                self._shut()
                return
            pause = LOOK

    def _shut(self) -> None:
        if self._socket is not None:
            with suppress(OSError):  # it is gone already
                socket.socket.shutdown(self._socket, socket.SHUT_RDWR)  # TLS's own would unwrap it under the reader
