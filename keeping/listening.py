"""The socket that kept processes share: connections wait in it while one process takes over from another."""

import os
import socket
import time

from keeping.child import SOCKET

BACKLOG = 1024  # connections that may wait
PATIENCE = 10  # seconds for whoever had the address before


def listener(address: tuple[str, int] | None) -> int | None:
    """Return the socket that systemd has handed over, or one bound to `address`; None where there is neither.

    Raises OSError for an address that cannot be had.
    """
    if os.environ.get("LISTEN_PID") == str(os.getpid()) and os.environ.get("LISTEN_FDS") == "1":
        return SOCKET
    return _bound(address).detach() if address else None


def _bound(address: tuple[str, int]) -> socket.socket:
    give_up = time.monotonic() + PATIENCE
    family = socket.AF_INET6 if ":" in address[0] else socket.AF_INET
    while True:
        try:
            bound = socket.create_server(address, family=family, backlog=BACKLOG)
        except OSError:
            if time.monotonic() > give_up:
                raise
            time.sleep(0.2)
        else:
            bound.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)  # which each connection inherits
            return bound
