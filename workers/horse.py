"""A work horse that is kept: one forked child that does many jobs, one after the other, at its parent's order."""

import json
import os
import resource
import socket
import time
from collections.abc import Callable
from contextlib import suppress
from select import POLLIN, poll
from typing import Any, NoReturn

from workers.memory import MEGABYTE

LARGEST = 4096  # bytes of an order or an answer: a few ids and numbers
LOOK_ROUND = 5  # seconds after which an idle horse sees whether its parent is still there


class Horse:
    """The parent's end of a forked child, which leaves when this end is closed, also by the parent's death.

    The child is the leader of a process group of its own, as RQ's horses are, so that it can be killed with all that
    it may have started, and a signal to the parent's group does not reach it.
    """

    def __init__(self, perform: Callable[..., None]) -> None:
        """Fork; `perform` is called in the child with what each `order` was given."""
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)  # one message is one recv, whole
        parent = os.getpid()  # not the child's to ask: its parent may be another by then
        self.pid = os.fork()
        if self.pid == 0:
            ours.close()
            _live(theirs, perform, parent)
        theirs.close()
        with suppress(OSError):  # the child does it as well: whoever comes first
            os.setpgid(self.pid, self.pid)
        self._socket = ours
        self._answered_at = time.monotonic()
        self.jobs = 0
        self.megabytes = 0.0  # the most that it has had resident by its last answer

    def order(self, *order: Any) -> None:
        """Have a job done. Raises OSError when the child is gone: then nothing of it was begun."""
        self._socket.send(json.dumps(order).encode())
        self.jobs += 1

    def answers(self, seconds: float) -> bool:
        """Wait for the end of the job, or of the child; False when neither comes in time."""
        return _is_readable(self._socket, seconds)

    def is_done(self) -> bool:
        """Take the answer that `answers` saw; False when the child has died at work instead.

        Raises ConnectionError when it died before it took its order: then nothing of it was begun. Linux resets the
        other end of a socket that is closed with a message unread.
        """
        answer = self._socket.recv(LARGEST)
        self._answered_at = time.monotonic()
        if answer:
            self.megabytes = float(answer)
        return bool(answer)

    def rested(self) -> float:
        """Return the seconds since its last job, or since it was forked."""
        return time.monotonic() - self._answered_at

    def leave(self) -> tuple[int, int, Any]:
        """Send the child home and wait for it; give what os.wait4 says of it."""
        with suppress(OSError):  # it is gone already
            self._socket.shutdown(socket.SHUT_RDWR)  # closing would not do: another child may hold a copy
        self._socket.close()
        return os.wait4(self.pid, 0)


def _live(orders: socket.socket, perform: Callable[..., None], parent: int) -> NoReturn:
    code = 1
    try:
        os.setpgrp()
        while order := _next(orders, parent):
            perform(*json.loads(order))
            orders.send(b"%.1f" % (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / MEGABYTE))
        code = 0
    except BrokenPipeError:  # the parent died while the job was being done
        code = 0
    finally:
        os._exit(code)  # whatever came up has been logged by RQ; the parent's stack is not ours to unwind


def _next(orders: socket.socket, parent: int) -> bytes:
    """Wait for an order; give none once the parent is gone, even where a copy of its end lives on."""
    while not _is_readable(orders, LOOK_ROUND):
        if os.getppid() != parent:
            return b""
    return orders.recv(LARGEST)


def _is_readable(end: socket.socket, seconds: float) -> bool:
    readable = poll()  # anew each time: a signal's handler may wait for the same horse
    readable.register(end, POLLIN)
    return bool(readable.poll(max(0, seconds) * 1000))
