"""A web process from its first request to its last: SIGTERM lets every connection end where HTTP has an end.

It takes no new connection then, says `Connection: close` with each answer, and goes once none is left, or after QUIET
seconds without a request: whoever sends one at that moment sees what RFC 9112, section 9.5, tells clients to repeat.
"""

import asyncio
import os
import signal
import socket
import stat
from collections.abc import Awaitable
from pathlib import Path
from typing import Any

from granian.rsgi import HTTPProtocol, Scope

from snippets.front import Front
from snippets.notices import ALIVE, READY, interval, tell

QUIET = 2.0  # seconds
LOOK = 0.05  # seconds between two looks at what is still open


class Draining:
    """An RSGI application that tells its keeper that it serves, and leaves politely."""

    def __init__(self, site: Front, listener: int) -> None:
        """Serve the site; `listener` is the descriptor of the socket that connections come from."""
        self._site, self._listener = site, listener
        self._closing = False
        self._quiet_at = 0.0  # time of the loop

    def __rsgi_init__(self, loop: asyncio.AbstractEventLoop) -> None:
        """Say that we are there; called by granian once all is loaded."""
        self._loop = loop
        loop.add_signal_handler(signal.SIGTERM, self._close)
        tell(READY)
        if seconds := interval():
            self._live(seconds)

    def __rsgi__(self, scope: Scope, protocol: HTTPProtocol) -> Awaitable[None]:
        """Answer one request."""
        if self._closing:
            self._quiet_at = self._loop.time() + QUIET
            protocol = _Last(protocol)  # type: ignore[assignment]
        return self._site.__rsgi__(scope, protocol)

    def _live(self, seconds: float) -> None:
        """Give signs of life from the loop that answers requests: they stop when it does."""
        tell(ALIVE)
        self._loop.call_later(seconds, self._live, seconds)

    def _close(self) -> None:
        if self._closing:
            return
        self._closing = True
        self._quiet_at = self._loop.time() + QUIET
        with socket.socket(fileno=os.dup(self._listener)) as shared:
            port = shared.getsockname()[1]
        _listen_no_more(self._listener)
        self._leave(port)

    def _leave(self, port: int) -> None:
        if self._loop.time() >= self._quiet_at or not _is_connected(port):
            os.kill(os.getpid(), signal.SIGINT)  # which is left to granian: it ends what is under way, and then itself
        else:
            self._loop.call_later(LOOK, self._leave, port)


class _Last:
    """Answers the last request of a connection."""

    def __init__(self, protocol: HTTPProtocol) -> None:
        self._protocol = protocol

    def __getattr__(self, name: str) -> Any:
        found = getattr(self._protocol, name)
        if not name.startswith("response_"):
            return found
        return lambda status, headers, *rest: found(status, [*headers, ("connection", "close")], *rest)

    def __aiter__(self) -> Any:
        return aiter(self._protocol)

    def __call__(self) -> Any:
        return self._protocol()


def _listen_no_more(listener: int) -> None:
    """Put a socket that nobody knows in the place of the one that connections come from.

    Granian itself stops to listen only when it ends, and closes connections that have sent nothing yet. The shared
    socket stays open in the keeper and in our successor.
    """
    with socket.socket(socket.AF_UNIX) as unknown:
        unknown.bind("")  # to a name of the kernel's choice: unix(7)
        unknown.listen(1)
        unknown.setblocking(False)
        os.dup2(unknown.fileno(), listener)


def _is_connected(port: int) -> bool:
    """Whether any connection to that port of ours is open in this process."""
    return any(_is_to(int(each.name), port) for each in Path("/proc/self/fd").iterdir())


def _is_to(descriptor: int, port: int) -> bool:
    try:
        if not stat.S_ISSOCK(os.fstat(descriptor).st_mode):
            return False
        with socket.socket(fileno=os.dup(descriptor)) as each:
            return each.family in (socket.AF_INET, socket.AF_INET6) and each.getsockname()[1] == port
    except OSError:  # closed meanwhile
        return False
