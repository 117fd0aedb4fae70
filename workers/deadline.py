"""The time limit of a job under RQ: nothing that the job catches can outlive it."""

import signal
from types import FrameType
from typing import Any

from rq.timeouts import HorseMonitorTimeoutException, UnixSignalDeathPenalty

from workers.alarm import AGAIN


class JobOvertime(BaseException):
    """The job's time is up. No Exception, so that no handler for those can mistake it for one of its own."""


class Deadline(UnixSignalDeathPenalty):
    """Rings when the job's time is up and again each second: a job that swallows one alarm does not swallow the next.

    RQ times its own waiting for a horse by the same class. That is left to `SnippetWorker.wait_for_horse`, which
    waits on a socket: an alarm between its reading the answer and returning it would lose the answer.
    """

    def __init__(self, timeout: int, exception: type[BaseException], **kwargs: Any) -> None:
        """Limit what runs inside to `timeout` seconds."""
        super().__init__(timeout, exception, **kwargs)
        self._waits_for_horse = issubclass(exception, HorseMonitorTimeoutException)

    def setup_death_penalty(self) -> None:
        """Arm the alarm."""
        if not self._waits_for_horse:
            signal.signal(signal.SIGALRM, self.handle_death_penalty)
            signal.setitimer(signal.ITIMER_REAL, self._timeout, AGAIN)

    def cancel_death_penalty(self) -> None:
        """Disarm it; one that is ringing now finds nobody."""
        if not self._waits_for_horse:
            signal.signal(signal.SIGALRM, signal.SIG_IGN)
            signal.setitimer(signal.ITIMER_REAL, 0)

    def handle_death_penalty(self, signum: int, frame: FrameType | None) -> None:
        """Raise JobOvertime wherever the job is."""
        raise JobOvertime(f"the job took more than {self._timeout} s")
