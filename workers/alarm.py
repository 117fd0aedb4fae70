"""A time limit that nothing under it can swallow."""

import signal
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from types import FrameType
from typing import TypeVar

from workers.patience import LOOK, Patience

T = TypeVar("T")
AGAIN = 1.0  # seconds: a lexer with a bare `except:` survives one alarm, not each of them
AT_ONCE = 0.001  # seconds: zero would disarm the timer


class Overtime(BaseException):
    """The time is up. No Exception, so that no handler for those can mistake it for one of its own."""


def within(seconds: float, work: Callable[[], T], patience: Patience | None = None) -> T:
    """Return what `work` returns, or raise Overtime once `seconds` are over, and again each second after.

    With `patience` also once that is over, which is looked at again and again. An outer alarm (RQ's, for the job)
    stays armed: one that is due first ends `work` on time, and rings itself as soon as `work` has been left. Signals
    reach the main thread only: elsewhere `work` has to watch `ticking` itself.
    """
    if threading.current_thread() is not threading.main_thread():
        return work()
    started = time.monotonic()
    left, interval = signal.setitimer(signal.ITIMER_REAL, 0)
    ends = started + min(seconds, left or seconds)
    outer = signal.signal(signal.SIGALRM, _bell(ends, patience))
    try:
        try:
            first = min(ends - started, patience.seconds) if patience else ends - started
            signal.setitimer(signal.ITIMER_REAL, first, LOOK if patience and first < ends - started else AGAIN)
            return work()
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    finally:  # twice, for an alarm that rang on the way into the first: the next is a second away
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, outer or signal.SIG_DFL)
        if left:
            elapsed = time.monotonic() - started
            signal.setitimer(signal.ITIMER_REAL, max(left - elapsed, AT_ONCE), interval)


def ticking(seconds: float, items: Iterable[T]) -> Iterator[T]:
    """Yield the items; raise Overtime before the first one that comes after `seconds`."""
    ends = time.monotonic() + seconds
    for item in items:
        if time.monotonic() > ends:
            raise Overtime
        yield item


def _bell(ends: float, patience: Patience | None) -> Callable[[int, FrameType | None], None]:
    """Return what rings: always, but while `patience` lasts before the end."""
    looking = False

    def ring(_signal: int, _frame: FrameType | None) -> None:
        nonlocal looking
        if patience is None or time.monotonic() >= ends - AT_ONCE:
            raise Overtime
        if looking:  # a look can last longer than the pause to the next
            return
        looking = True
        try:
            if patience.is_over():
                raise Overtime
        finally:
            looking = False

    return ring
