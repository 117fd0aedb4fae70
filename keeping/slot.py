"""One place of a kept command: a process is always in it, and another takes over before it is told to go."""

import signal
import time
from collections.abc import Callable

from keeping.child import Child, Command

EARLY = 10.0  # seconds: who lived longer did not end early
SHORTEST, LONGEST = 0.2, 10.0  # seconds of a pause before the next start
BOOT = 60.0  # seconds within which a successor must be ready


class Slot:
    """Starts again what ends, after a pause that doubles while it keeps ending early; replaces it when told to."""

    def __init__(self, command: Command, grace: float, say: Callable[[str], None]) -> None:
        """Begin with nothing in it: `look` starts the first process."""
        self._command, self._grace, self._say = command, grace, say
        self._pause = SHORTEST
        self._start_at = 0.0
        self.child: Child | None = None
        self.successor: Child | None = None
        self.leaving: list[Child] = []
        self.code = 0  # of the last that ended, as a shell gives it
        self.failed = ""  # why the last replacement came to nothing

    @property
    def children(self) -> list[Child]:
        """All that run."""
        return [each for each in (self.child, self.successor, *self.leaving) if each]

    @property
    def is_ready(self) -> bool:
        """Whether the process in it serves."""
        return bool(self.child and self.child.is_ready and not self.child.is_stuck)

    @property
    def due(self) -> float:
        """Seconds until there is something to do without anything having happened."""
        return max(self._start_at - time.monotonic(), 0)

    def replace(self) -> None:
        """Start a successor, which takes over once it is ready; where nothing runs, start it now."""
        self.failed = ""
        self._pause = SHORTEST
        if self.child is None:
            self._start_at = 0
        elif self.successor is None:
            self.successor = self._started()
            if self.successor is None:
                self.failed = f"no new {self._command.name} could be started"

    def insist(self) -> None:
        """Kill what is stuck, and what was told to go and did not."""
        now = time.monotonic()
        for each in self.children:
            each.settle()
            if now >= each.killed_at or each.is_stuck:
                self._say(f"{self._command.name} {each.pid} " + ("gives no sign of life" if each.is_stuck else "stays"))
                each.signal(signal.SIGKILL)
                each.killed_at = now + 1

    def look(self) -> None:
        """Do what the time has come for."""
        if self.successor:
            self._look_at(self.successor)
        if self.child is None and time.monotonic() >= self._start_at:
            self._start_at = float("inf")
            self.child = self._started()
            if self.child is None:
                self._start_later()

    def _started(self) -> Child | None:
        try:
            return Child(self._command)
        except OSError as error:  # too many processes, too little memory: both may pass
            self._say(f"{self._command.name} cannot be started now: {error.strerror}")
            return None

    def _look_at(self, successor: Child) -> None:
        if successor.is_ready:
            if self.child:
                self.child.end(self._grace)
                self.leaving.append(self.child)
            self.child, self.successor = successor, None
        elif successor.lived > BOOT and successor.killed_at == float("inf"):
            self.failed = f"the new {self._command.name} was not ready after {BOOT:.0f} s"
            successor.end(5)

    def end(self) -> None:
        """Have every process end, and start none any more."""
        self._start_at = float("inf")
        for each in self.children:
            each.end(self._grace)

    def took(self, pid: int, code: int, *, going_on: bool) -> bool:
        """Take note that a process has ended; False when it is none of ours."""
        ended = next((each for each in self.children if each.pid == pid), None)
        if ended is None:
            return False
        if not ended.is_ready:
            self.failed = self.failed or f"the new {self._command.name} ended with code {code} before it was ready"
        if ended is self.child:
            self.child, self.code = None, code
            if going_on:
                self._start_again(ended, code)
        elif ended is self.successor:
            self.successor = None
        else:
            self.leaving.remove(ended)
        return True

    def _start_again(self, ended: Child, code: int) -> None:
        if ended.lived >= EARLY:
            self._pause = SHORTEST
        lived, pause = f"{ended.lived:.0f} s", f"{self._pause:.1f} s"
        self._say(f"{self._command.name} ended with code {code} after {lived}: it is started again in {pause}")
        self._start_later()

    def _start_later(self) -> None:
        self._start_at = time.monotonic() + self._pause
        self._pause = min(2 * self._pause, LONGEST)
