"""Tell whoever started us that we serve and that we are alive: systemd's protocol, which bin/keep speaks as well.

One datagram to the socket that NOTIFY_SOCKET names; see sd_notify(3).
"""

import os
import socket

READY = "READY=1"
ALIVE = "WATCHDOG=1"


def tell(message: str) -> None:
    """Send a notice, without waiting; where nobody asked for any, or nobody listens any more, do nothing."""
    if not (address := os.environ.get("NOTIFY_SOCKET")):
        return
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as sender:
        sender.setblocking(False)
        try:
            sender.sendto(message.encode(), _path(address))
        except OSError:  # gone, or so full that it has enough to read: the next notice says the same
            return


def interval() -> float | None:
    """Return how many seconds may pass between two signs of life, a third of what was asked for; None: none are."""
    told = os.environ.get("WATCHDOG_USEC", "")
    return int(told) / 3_000_000 if told.isdecimal() and int(told) else None


def _path(address: str) -> str:
    return "\0" + address[1:] if address.startswith("@") else address
