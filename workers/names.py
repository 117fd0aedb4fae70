"""Where the highlighter's host is: looked up within a limit of time, and kept for a minute.

The system's own look-up knows no limit: where no name server answers it lasts 30 s and more, past the deadline of the
call and the time of the whole job.
"""

import os
import socket
import threading
import time
from functools import lru_cache

from urllib3.util.connection import allowed_gai_family

KEPT = 60  # seconds


def addresses(host: str, port: int, seconds: float) -> list[str]:
    """Return the addresses of a host, or raise within `seconds`: TimeoutError, another OSError, or UnicodeError.

    A look-up that takes longer goes on, for the next who asks.
    """
    book = _book(os.getpid())
    look = book.get((host, port))
    if look is None or look.is_stale():
        look = book[host, port] = _LookUp(host, port)
    return look.answer(seconds)


class _LookUp:
    def __init__(self, host: str, port: int) -> None:
        self._host, self._port = host, port
        self._found: list[str] = []
        self._error: Exception | None = None
        self._until = float("inf")
        self._ended = threading.Event()
        threading.Thread(target=self._look, daemon=True).start()

    def _look(self) -> None:
        try:
            found = socket.getaddrinfo(self._host.strip("[]"), self._port, allowed_gai_family(), socket.SOCK_STREAM)
            self._found = list(dict.fromkeys(str(address[0]) for *_, address in found))
        except (OSError, UnicodeError) as error:
            self._error = error
        self._until = time.monotonic() + (0 if self._error else KEPT)
        self._ended.set()

    def is_stale(self) -> bool:
        """Whether it is to be done anew: it failed, or a minute has passed."""
        return time.monotonic() >= self._until

    def answer(self, seconds: float) -> list[str]:
        """Wait for the addresses."""
        if not self._ended.wait(max(0, seconds)):
            raise TimeoutError(f"no name server told the address within {seconds:.1f} s")
        if self._error:
            raise self._error
        return self._found


@lru_cache(maxsize=1)
def _book(_pid: int) -> dict[tuple[str, int], _LookUp]:
    """Return this process's look-ups: a forked child has none of the threads that would end its parent's."""
    return {}
